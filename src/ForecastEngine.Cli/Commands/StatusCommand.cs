using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast status</c>: what the workspace holds and what to do next.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var command = new Command("status", "Tells what the workspace holds, how fresh it is, and what to do next.");
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation)));
        return HelpWithExamples.With(command, "forecast status", "forecast status --workspace /srv/forecast --json");
    }

    private static async Task<int> Run(CommandContext context)
    {
        using var workspace = context.Open();
        var status = await ShowStatus.Run(workspace, context.Cancellation);
        if (context.Json)
        {
            JsonOutput.Write(new
            {
                status.Folder, status.Database, status.Champion, status.Versions, status.NextStep,
                lastImport = status.LastImport is { } i ? new { i.Id, i.At, i.ExportedAt, i.MapName, i.Currency, i.IsDegraded } : null,
                lastRun = status.LastRun is { } r ? new { r.Id, r.AsOf, r.ModelVersion, r.DataExportedAt, r.PublishedAt, r.ScoreCount, r.ForecastCount } : null,
            });
            return ExitCode.Done;
        }
        var screen = context.Screen;
        screen.Line($"Workspace    {status.Folder}");
        screen.Line($"Database     {status.Database}");
        screen.Line($"Last import  {(status.LastImport is { } import ? $"{Format.Instant(import.At)}, map {import.MapName}, data of {Format.Instant(import.ExportedAt)}, {import.Currency}{(import.IsDegraded ? ", no stage history" : "")}" : "none")}", 13);
        screen.Line($"Champion     {status.Champion ?? "none"} ({status.Versions} {(status.Versions == 1 ? "version" : "versions")} kept)");
        screen.Line($"Last run     {(status.LastRun is { } run ? $"as of {Format.Date(run.AsOf)}, {Format.Count(run.ScoreCount)} scores by {run.ModelVersion}" : "none")}", 13);
        screen.Line($"Next         {status.NextStep ?? "Everything is up to date."}", 13);
        return ExitCode.Done;
    }
}
