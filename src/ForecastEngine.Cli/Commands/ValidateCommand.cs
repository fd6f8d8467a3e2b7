using System.CommandLine;
using System.Globalization;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Registry;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast validate</c>: the engine on simulated worlds whose truth is known.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var plain = new ValidationRequest();
        var wins = GlobalOptions.Checked(new Option<double>("--wins-per-quarter") { Description = "Won deals a quarter of each world, about", HelpName = "n", DefaultValueFactory = _ => plain.WinsPerQuarter }, n => n is > 0 and <= 10_000, "more than 0, at most 10,000");
        var worlds = GlobalOptions.Checked(new Option<int>("--worlds") { Description = "How many worlds", HelpName = "n", DefaultValueFactory = _ => plain.Worlds }, n => n is >= 1 and <= 1000, "1 to 1000");
        var quarters = GlobalOptions.Checked(new Option<int>("--quarters") { Description = "Quarters per world, each forecast from its start, its sixth and its last week", HelpName = "n", DefaultValueFactory = _ => plain.Quarters }, n => n is >= 1 and <= 40, "1 to 40");
        var seed = new Option<long>("--seed") { Description = "Seed of the first world; each further one adds 1", HelpName = "n", DefaultValueFactory = _ => plain.Seed };
        var hard = new Option<bool>("--hard") { Description = "Companies that differ, with campaigns and deals that only clutter the pipeline" };
        var retrain = GlobalOptions.Checked(new Option<int>("--retrain") { Description = "Days after which a forecast gets a freshly trained model", HelpName = "days", DefaultValueFactory = _ => plain.RetrainDays }, n => n is >= 0 and <= 3650, "0 to 3650");
        var futures = GlobalOptions.Checked(new Option<int>("--futures") { Description = "Possible futures played per forecast, which the truth is taken from", HelpName = "n", DefaultValueFactory = _ => plain.Futures }, n => n is >= 10 and <= 100_000, "10 to 100,000");
        var donors = GlobalOptions.Checked(new Option<int>("--donors") { Description = "Further worlds of the same kind whose deals are pooled into a model to start from", HelpName = "n", DefaultValueFactory = _ => plain.Donors }, n => n is >= 0 and <= 1000, "0 to 1000");
        var features = GlobalOptions.Features();
        var keep = new Option<string?>("--keep") { Description = "Folder for finished rounds: run again, and it goes on where it stopped", HelpName = "folder" };
        var command = new Command("validate", "Trains and forecasts on simulated worlds whose truth is known: how often revenue really falls into the bands, and the error beside an oracle's and every baseline's. Takes minutes.") { wins, worlds, quarters, seed, hard, retrain, donors, futures, features, keep };
        command.SetAction((parse, cancellation) =>
        {
            var context = new CommandContext(parse, cancellation);
            return Run(context, new ValidationRequest
            {
                WinsPerQuarter = parse.GetValue(wins), Worlds = parse.GetValue(worlds), Quarters = parse.GetValue(quarters), Seed = parse.GetValue(seed), Hard = parse.GetValue(hard),
                RetrainDays = parse.GetValue(retrain), Futures = parse.GetValue(futures), Donors = parse.GetValue(donors), Folder = parse.GetValue(keep), Training = new TrainingOptions { Threads = context.Threads, CustomFeatures = GlobalOptions.FeaturesOf(parse.GetValue(features)) },
            });
        });
        return HelpWithExamples.With(command, "forecast validate --wins-per-quarter 24 --worlds 10", "forecast validate --hard --worlds 20 --seed 3001 --keep /tmp/rounds");
    }

    private static async Task<int> Run(CommandContext context, ValidationRequest request)
    {
        var result = await context.Run(progress => ValidateOnTruth.Run(request, progress, context.Cancellation));
        if (context.Json)
        {
            JsonOutput.Write(new { result.Request, result.Report, result.LastWeek });
            return ExitCode.Done;
        }
        context.Screen.Title(string.Create(CultureInfo.InvariantCulture, $"{request.Worlds} {(request.Hard ? "hard" : "plain")} worlds of about {request.WinsPerQuarter:0} wins a quarter, seeds from {request.Seed}{(request.Donors > 0 ? $", {request.Donors} donors pooled" : "")}"));
        BacktestView.Show(context.Screen, result.Report);
        context.Screen.Title("From the last week of a quarter");
        BacktestView.Show(context.Screen, result.LastWeek);
        return ExitCode.Done;
    }
}
