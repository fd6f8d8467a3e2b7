using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast restore</c>: a workspace from its backup.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder that forecast backup wrote" };
        var command = new Command("restore", "Makes a workspace from a backup after checking all of it; the workspace must be absent or empty.") { folder };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(folder)));
        return HelpWithExamples.With(command, "forecast restore backups/monday", "forecast restore backups/monday --workspace /srv/forecast");
    }

    private static async Task<int> Run(CommandContext context, string folder)
    {
        var contents = await context.Run(progress => RestoreWorkspace.Run(folder, context.WorkspaceFolder, context.Database, progress, context.Cancellation));
        using var workspace = context.Open();
        var status = await ShowStatus.Run(workspace, context.Cancellation);
        if (context.Json) JsonOutput.Write(new { status.Folder, status.Database, status.Champion, run = status.LastRun?.Id, contents.MadeAt, files = contents.Files.Count, contents.Bytes });
        else
        {
            context.Screen.Line($"Restored {Format.Count(contents.Files.Count)} files of {Format.Instant(contents.MadeAt)} to {status.Folder}");
            context.Screen.Line($"Champion {status.Champion ?? "none"}; last run {(status.LastRun is { } run ? $"as of {Format.Date(run.AsOf)}, {Format.Count(run.ScoreCount)} scores" : "none")}");
        }
        return ExitCode.Done;
    }
}
