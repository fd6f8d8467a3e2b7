using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast backup</c>: a copy of the workspace, while the server goes on.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder for the backup, absent or empty; keep it as secret as the workspace" };
        var command = new Command("backup", "Copies database and models of a workspace beside SQLite, with checksums. The server may go on meanwhile.") { folder };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(folder)));
        return HelpWithExamples.With(command, "forecast backup backups/monday", "forecast backup backups/monday --workspace /srv/forecast");
    }

    private static async Task<int> Run(CommandContext context, string folder)
    {
        using var workspace = context.Open();
        var contents = await context.Run(progress => BackUpWorkspace.Run(workspace, folder, progress, context.Cancellation));
        if (context.Json) JsonOutput.Write(contents);
        else
        {
            context.Screen.Line($"Backed up {Format.Count(contents.Files.Count)} files ({Format.Score(contents.Bytes / 1e6, 1)} MB), champion {contents.Champion ?? "none yet"}, to {Path.GetFullPath(folder)}");
            context.Screen.Line("Bring it back: forecast restore <folder> --workspace <new folder>");
        }
        return ExitCode.Done;
    }
}
