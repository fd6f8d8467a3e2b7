using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast score</c>: the open pipeline scored and published.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var asOf = GlobalOptions.AsOf();
        var top = GlobalOptions.Checked(new Option<int?>("--top") { Description = "How many deals to list, largest expected revenue first. Default: 15; all in JSON", HelpName = "n" }, n => n is null or >= 0, "0 or more");
        var command = new Command("score", "Scores every open deal with the champion, forecasts revenue, and publishes both as the run of that date.") { asOf, top };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetValue(asOf), parse.GetValue(top)));
        return HelpWithExamples.With(command, "forecast score", "forecast score --top 50", "forecast score --as-of 2026-11-06 --json");
    }

    private static async Task<int> Run(CommandContext context, DateOnly? asOf, int? top)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => RescorePipeline.Run(workspace, asOf, new ScoringOptions { Threads = context.Threads }, progress, context.Cancellation));
        if (context.Json)
        {
            JsonOutput.Write(new
            {
                provenance = Provenance.Of(result.Pipeline), run = new { result.Run.Id, result.Run.AsOf, result.Run.StartedAt, result.Run.PublishedAt, result.Run.ScoreCount, result.Run.ForecastCount },
                scores = DealsView.Largest(result.Pipeline).Take(top ?? int.MaxValue),
            });
            return ExitCode.Done;
        }
        context.Screen.Title("Open deals with the largest expected revenue");
        DealsView.ShowTop(context.Screen, result.Pipeline, top ?? 15);
        context.Screen.Title($"Open deals by grade ({Format.Count(result.Pipeline.Deals.Count)} in all)");
        DealsView.ShowGrades(context.Screen, result.Pipeline);
        if (result.Pipeline.Version.Card.Warnings.Count > 0)
        {
            context.Screen.Title("Warnings of the model");
            context.Screen.Items(result.Pipeline.Version.Card.Warnings);
        }
        Provenance.Show(context.Screen, result.Pipeline);
        return ExitCode.Done;
    }
}
