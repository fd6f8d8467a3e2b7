using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast demo</c>: the sample from import to forecast.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var command = new Command("demo", "Imports the sample (data/sample), trains, scores and shows what the engine answers. Works in a workspace of its own, "
            + "<workspace>/demo, unless --workspace is given; may be run again.");
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation)));
        return HelpWithExamples.With(command, "forecast demo", "forecast demo --workspace /tmp/trial --json");
    }

    private static async Task<int> Run(CommandContext context)
    {
        var (sample, map) = (DataFolders.Sample(), DataFolders.Map("forecastengine"));
        using var workspace = context.OpenDemo(out var folder);
        var before = workspace.Models.State.Champion;
        var (import, training, scored) = await context.Run(async progress =>
        {
            var read = ImportSample.Run(workspace, sample, map, null, progress, context.Cancellation);
            var trained = TrainModels.Run(workspace, null, new TrainingOptions { Threads = context.Threads }, progress, context.Cancellation);
            return (read, trained, await RescorePipeline.Run(workspace, null, new ScoringOptions { Threads = context.Threads }, progress, context.Cancellation));
        });
        if (context.Json)
        {
            JsonOutput.Write(new
            {
                provenance = Provenance.Of(scored.Pipeline), import, training = new { training.Card, training.Decision }, forecasts = scored.Forecasts,
                scores = DealsView.Largest(scored.Pipeline),
            });
            return ExitCode.Done;
        }
        Show(context.Screen, import, training, scored, before);
        ShowNext(context.Screen, scored, folder);
        return ExitCode.Done;
    }

    private static void Show(Screen screen, ImportCrmResult import, TrainModelsResult training, RescorePipelineResult scored, string? before)
    {
        var pipeline = scored.Pipeline;
        var company = scored.Forecasts.Where(f => f.Dimension == Dimension.Company).ToList();
        screen.Line($"Imported: {ImportView.Summary(import)}");
        screen.Title($"Revenue by quarter, {pipeline.History.Currency}");
        ForecastView.Show(screen, [.. company.Where(f => f.Period.IsQuarter)]);
        screen.Title($"Revenue by month, {pipeline.History.Currency}");
        ForecastView.Show(screen, [.. company.Where(f => !f.Period.IsQuarter)]);
        screen.Title($"This quarter by team, {pipeline.History.Currency}");
        ForecastView.Show(screen, [.. scored.Forecasts.Where(f => f.Dimension == Dimension.Team && f.Period.Contains(pipeline.AsOf.Date))]);
        screen.Title("Open deals with the largest expected revenue");
        DealsView.ShowTop(screen, pipeline, 8);
        screen.Title($"Open deals by grade ({Format.Count(pipeline.Deals.Count)} in all)");
        DealsView.ShowGrades(screen, pipeline);
        screen.Title("The model");
        ModelView.Show(screen, training.Card, training.Card.Version == before ? "the same data and seed give the same version, and it is the champion already." : training.Decision.Reason);
        Provenance.Show(screen, pipeline);
    }

    private static void ShowNext(Screen screen, RescorePipelineResult scored, string folder)
    {
        screen.Title("What next");
        var deal = DealsView.Largest(scored.Pipeline).FirstOrDefault()?.OpportunityId ?? "<deal>";
        screen.Line($"  forecast explain {deal} --workspace {folder}");
        screen.Line($"  forecast forecast --by product --workspace {folder}");
        screen.Line("  forecast import <folder> --map salesforce      your own data; see README.md");
    }
}
