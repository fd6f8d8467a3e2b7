using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Registry;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast train</c>: a new model version, sent through the promotion gate.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var (asOf, seed) = (GlobalOptions.AsOf(), GlobalOptions.Seed());
        var command = new Command("train", "Trains a model version, measures it on a time that it has not seen, and promotes it to champion where the gate allows.") { asOf, seed };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetValue(asOf), parse.GetValue(seed)));
        return HelpWithExamples.With(command, "forecast train", "forecast train --as-of 2026-06-30 --seed 7");
    }

    private static async Task<int> Run(CommandContext context, DateOnly? asOf, long seed)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => TrainModels.Run(workspace, asOf, new TrainingOptions { Seed = seed, Threads = context.Threads }, progress, context.Cancellation));
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
