using System.CommandLine;
using System.Globalization;
using ForecastEngine.Cli.Output;
using ForecastEngine.Forecasting;
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
        var quarters = GlobalOptions.Checked(new Option<int>("--quarters") { Description = "Quarters per world, each forecast from its start and from its sixth week", HelpName = "n", DefaultValueFactory = _ => plain.Quarters }, n => n is >= 1 and <= 4, "1 to 4");
        var seed = new Option<long>("--seed") { Description = "Seed of the first world; each further one adds 1", HelpName = "n", DefaultValueFactory = _ => plain.Seed };
        var command = new Command("validate", "Trains and forecasts on simulated worlds whose truth is known: how often revenue really falls into the bands, and the error beside an oracle's. Takes minutes.") { wins, worlds, quarters, seed };
        command.SetAction((parse, cancellation) =>
        {
            var context = new CommandContext(parse, cancellation);
            return Run(context, new ValidationRequest
            {
                WinsPerQuarter = parse.GetValue(wins), Worlds = parse.GetValue(worlds), Quarters = parse.GetValue(quarters), Seed = parse.GetValue(seed),
                Training = new TrainingOptions { Threads = context.Threads },
            });
        });
        return HelpWithExamples.With(command, "forecast validate --wins-per-quarter 24 --worlds 10", "forecast validate --wins-per-quarter 100 --worlds 5 --seed 3001");
    }

    private static async Task<int> Run(CommandContext context, ValidationRequest request)
    {
        var result = await context.Run(progress => ValidateOnTruth.Run(request, progress, context.Cancellation));
        if (context.Json)
        {
            JsonOutput.Write(result);
            return ExitCode.Done;
        }
        var screen = context.Screen;
        screen.Title(string.Create(CultureInfo.InvariantCulture, $"{request.Worlds} worlds of about {request.WinsPerQuarter:0} wins a quarter, seeds from {request.Seed}"));
        var coverage = RevenueForecaster.Levels.Select(l => $">{Format.Level(l)}\nband").ToArray();
        var table = new TextTable(["Asked", ">Cases", ">WAPE", ">of the\noracle", ">Ratio", ">Pipe-\nline", ">Bias", .. coverage, ">Width"]);
        Row("all", result);
        foreach (var kind in result.Windows.GroupBy(w => w.AsOf.AddDays(14) < w.Period.From.AddDays(21)).OrderByDescending(k => k.Key))
            Row(kind.Key ? "start" : "week 6", new ValidateOnTruthResult([.. kind]));
        screen.Table(table);
        screen.Line("WAPE: sum of absolute errors over revenue, of the median. Oracle: knows every hidden quality, hazard and the market. Pipeline: WAPE of won so far plus amount x CRM probability. Bias: mean against the true mean. Bands: true probability that revenue falls into them. Width: of the 80 % band over the oracle's.");
        return ExitCode.Done;

        void Row(string name, ValidateOnTruthResult r) => table.Row([name, Format.Count(r.Windows.Count), Format.Score(r.Wape), Format.Score(r.OracleWape), Format.Score(r.Wape / r.OracleWape, 2),
            Format.Score(r.WeightedWape), Format.Score(r.Bias), .. r.Coverage.Select(c => Format.Percent(c)), Format.Score(r.RelativeWidth, 2)]);
    }
}
