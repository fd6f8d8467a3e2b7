using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Operations.Tables;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast export</c>: what the engine learns from and what it answered, as files for other programs.</summary>
internal static class ExportCommand
{
    private delegate Task<ExportedTable> Write(Workspace workspace, TableFile file, IProgress<OperationProgress>? progress);

    public static Command Create() => HelpWithExamples.With(new Command("export", "Writes tables for other programs: snapshots with every feature, scores, revenue forecasts, a backtest's forecasts. As CSV or Parquet, by the file's ending.")
    {
        Snapshots(),
        Of("scores", "Writes the scores of a published run, a row per deal.", (context, asOf) => (workspace, file, progress) => ExportScores.Run(workspace, asOf, file, progress, context.Cancellation)),
        Of("forecasts", "Writes the revenue forecasts of a published run, a row per part and period.", (context, asOf) => (workspace, file, progress) => ExportForecasts.Run(workspace, asOf, file, progress, context.Cancellation)),
        Backtest(),
    }, "forecast export snapshots --out snapshots.parquet", "forecast export scores --out scores.csv");

    private static Command Snapshots()
    {
        var (to, force, asOf) = (Out(), Force(), GlobalOptions.AsOf());
        var labels = new Option<bool>("--labels") { Description = "The training landmarks up to the date with their labels, instead of the deals open at the date" };
        var model = new Option<string?>("--model") { Description = "Version whose features are the columns. Default: the champion", HelpName = "id" };
        var command = new Command("snapshots", "Writes the deals open at a date with every feature as scoring sees it, or the table that training learns from. Nothing in it was known later than the date.") { to, asOf, labels, model, force };
        command.SetAction((parse, cancellation) =>
        {
            var context = new CommandContext(parse, cancellation);
            var request = new SnapshotsRequest { AsOf = parse.GetValue(asOf), Version = parse.GetValue(model), Labels = parse.GetValue(labels), Threads = context.Threads };
            return Run(context, parse.GetRequiredValue(to), parse.GetValue(force), (workspace, file, progress) => ExportSnapshots.Run(workspace, request, file, progress, cancellation));
        });
        return HelpWithExamples.With(command, "forecast export snapshots --out open.csv --as-of 2026-11-06", "forecast export snapshots --labels --out training.parquet");
    }

    private static Command Of(string name, string description, Func<CommandContext, DateOnly?, Write> write)
    {
        var (to, force) = (Out(), Force());
        var asOf = GlobalOptions.AsOf();
        asOf.Description = "The run of this day, or the last one before it. Default: the newest";
        var command = new Command(name, description) { to, asOf, force };
        command.SetAction((parse, cancellation) =>
        {
            var context = new CommandContext(parse, cancellation);
            return Run(context, parse.GetRequiredValue(to), parse.GetValue(force), write(context, parse.GetValue(asOf)));
        });
        return HelpWithExamples.With(command, $"forecast export {name} --out {name}.csv", $"forecast export {name} --out {name}.parquet --as-of 2026-11-06 --force");
    }

    private static Command Backtest()
    {
        var (to, force) = (Out(), Force());
        var command = new Command("backtest", "Writes the forecasts of the newest backtest, a row per forecast and method, with what came.") { to, force };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(to), parse.GetValue(force),
            (workspace, file, progress) => ExportBacktest.Run(workspace, file, progress, cancellation)));
        return HelpWithExamples.With(command, "forecast export backtest --out backtest.csv");
    }

    private static Option<string> Out() => new("--out") { Description = "The file; its ending .csv or .parquet says the format", HelpName = "file", Required = true };

    private static Option<bool> Force() => new("--force") { Description = "Write over a file that is there" };

    private static async Task<int> Run(CommandContext context, string to, bool force, Write write)
    {
        var file = TableFile.At(to, force);
        using var workspace = context.Open();
        var result = await context.Run(progress => Task.Run(() => write(workspace, file, progress), context.Cancellation));
        if (context.Json)
        {
            JsonOutput.Write(result);
            return ExitCode.Done;
        }
        context.Screen.Line($"Wrote {Format.Count(result.Rows)} rows of {Format.Count(result.Columns)} columns to {result.File}");
        context.Screen.Line($"As of {Format.Date(result.AsOf)}{(result.ModelVersion is { } version ? $", model {version}" : "")}; data exported {Format.Instant(result.DataExportedAt)}.");
        return ExitCode.Done;
    }
}
