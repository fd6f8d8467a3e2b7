using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast simulate</c>: the export of a CRM whose true probabilities are known.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var plain = new SimulateRequest();
        var folder = new Option<string>("--out") { Description = "Folder to write the export into; files of the same name are replaced", HelpName = "folder", Required = true };
        var sample = new Option<bool>("--sample") { Description = "The fixed world of data/sample, byte for byte; no other option applies" };
        var wins = GlobalOptions.Checked(new Option<double>("--wins-per-quarter") { Description = "Won deals a quarter, about", HelpName = "n", DefaultValueFactory = _ => plain.WinsPerQuarter }, n => n is > 0 and <= 1_000_000, "more than 0");
        var weeks = GlobalOptions.Checked(new Option<int>("--weeks") { Description = "Length in weeks", HelpName = "n", DefaultValueFactory = _ => plain.Weeks }, n => n is >= 1 and <= 2000, "1 to 2000");
        var seed = new Option<long>("--seed") { Description = "Key of every draw", HelpName = "n", DefaultValueFactory = _ => plain.Seed };
        var hard = new Option<bool>("--hard") { Description = "With the nuisances of a real CRM: campaigns, deals that never close, late recording, few activities" };
        var command = new Command("simulate", "Writes the export of a simulated CRM in the engine's own format, for trials and tests.") { folder, sample, wins, weeks, seed, hard };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(folder), new SimulateRequest
        {
            IsSample = parse.GetValue(sample), WinsPerQuarter = parse.GetValue(wins), Weeks = parse.GetValue(weeks), Seed = parse.GetValue(seed), IsHard = parse.GetValue(hard),
        }));
        return HelpWithExamples.With(command, "forecast simulate --out /tmp/world --wins-per-quarter 50 --weeks 120", "forecast simulate --sample --out data/sample");
    }

    private static async Task<int> Run(CommandContext context, string folder, SimulateRequest request)
    {
        var result = await context.Run(progress => SimulateCrm.Run(folder, request, context.Threads, progress, context.Cancellation));
        if (context.Json)
        {
            JsonOutput.Write(result);
            return ExitCode.Done;
        }
        context.Screen.Line($"Wrote {Format.Count(result.Opportunities)} opportunities until {Format.Instant(result.ExportedAt)} ({Format.Score(result.Bytes / 1e6, 1)} MB) to {result.Folder}");
        context.Screen.Line("Import them: forecast import <folder> --map forecastengine");
        return ExitCode.Done;
    }
}
