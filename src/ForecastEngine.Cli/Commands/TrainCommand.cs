using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast train</c>: a new model version, sent through the promotion gate.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var (asOf, seed) = (GlobalOptions.AsOf(), GlobalOptions.Seed());
        var donors = new Option<string[]>("--donor") { Description = "Another team's workspace to learn from as well; repeat for more. What they teach together answers where it does better than this team's own model", HelpName = "folder" };
        var hold = new Option<bool>("--hold") { Description = "Only register the version as challenger, and tell what the gate would decide" };
        var (features, plain) = (GlobalOptions.Features(), new Option<bool>("--no-features") { Description = "Leave out the custom features of the champion, which stay by default" });
        var command = new Command("train", "Trains a model version, measures it on a time that it has not seen, and promotes it to champion where the gate allows.") { asOf, seed, hold, features, plain, donors };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetValue(asOf), parse.GetValue(seed), parse.GetValue(hold), parse.GetValue(donors) ?? [],
            GlobalOptions.FeaturesOf(parse.GetValue(features), parse.GetValue(plain))));
        return HelpWithExamples.With(command, "forecast train", "forecast train --as-of 2026-06-30 --seed 7", "forecast train --feature meetings.cs --feature features.dll", "forecast train --donor ../north --donor ../south");
    }

    private static async Task<int> Run(CommandContext context, DateOnly? asOf, long seed, bool hold, string[] donors, IReadOnlyList<CustomFeature>? features)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress =>
        {
            var options = new TrainingOptions { Seed = seed, Threads = context.Threads, CustomFeatures = features };
            if (donors.Length > 0)
                options = options with { Prior = PoolTeams.Run(donors, asOf, TimeProvider.System, options.Win with { Seed = seed, Threads = context.Threads }, progress, context.Cancellation) };
            return hold
                ? TrainModels.Hold(workspace, asOf, options, progress, context.Cancellation)
                : TrainModels.Run(workspace, asOf, options, progress, context.Cancellation);
        });
        if (context.Json)
        {
            JsonOutput.Write(new { result.Card, result.Decision });
            return ExitCode.Done;
        }
        context.Screen.Title("Model");
        ModelView.Show(context.Screen, result.Card, result.Decision.Reason);
        return ExitCode.Done;
    }
}
