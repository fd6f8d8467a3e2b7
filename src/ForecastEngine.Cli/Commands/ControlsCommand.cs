using System.CommandLine;
using ForecastEngine.Backtesting.Controls;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast controls</c>: trials whose right answer is known beforehand.</summary>
internal static class ControlsCommand
{
    private const int Top = 10;

    public static Command Create()
    {
        var (asOf, seed) = (GlobalOptions.AsOf(), new Option<long>("--seed") { Description = "Seed of every draw; the same data and seed give the same figures", HelpName = "n", DefaultValueFactory = _ => 1 });
        var command = new Command("controls", "Checks the engine on your history where the right answer is known: nothing may be found in shuffled outcomes, and planted leaks must be caught. Ends with 1 when a control fails. Changes nothing.") { asOf, seed };
        command.SetAction((parse, cancellation) =>
        {
            var context = new CommandContext(parse, cancellation);
            return Run(context, new ControlsRequest { AsOf = parse.GetValue(asOf), Options = new ControlOptions { Seed = parse.GetValue(seed), Threads = context.Threads } });
        });
        return HelpWithExamples.With(command, "forecast controls", "forecast controls --seed 7 --as-of 2026-06-30", "forecast controls --json");
    }

    private static async Task<int> Run(CommandContext context, ControlsRequest request)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => RunControls.Run(workspace, request, progress, context.Cancellation));
        if (context.Json) JsonOutput.Write(result); else Show(context.Screen, result);
        if (result.Hold) return ExitCode.Done;
        foreach (var failed in result.Controls.Where(c => !c.Holds))
            Console.Error.WriteLine($"error: control \"{failed.Name}\": found {failed.Found}; expected {failed.Expected}. {Advice(failed)}");
        return ExitCode.Failed;
    }

    private static string Advice(ControlResult failed) => failed.Name switch
    {
        SingleFeatures.Name => "Map the column as ignored, or tell when it is known, and import again.",
        ShuffledLabels.Name or ShuffledTime.Name => "Try another --seed: chance fails a control once in some hundred runs. If it fails again, do not trust figures measured on this history.",
        _ => "A leak in your own columns might go unseen: look at what the import reports of each.",
    };

    private static void Show(Screen screen, RunControlsResult result)
    {
        screen.Title($"Learnt from {Format.Count(result.LearntFrom)} opportunities known by {Format.Instant(result.Cutoff)}, judged on {Format.Count(result.Judged)} closed after it");
        var table = new TextTable("Control", "Holds", ">Figure", ">Std.\nerror");
        foreach (var control in result.Controls) table.Row(control.Name, control.Holds ? "yes" : "NO", Format.Score(control.Figure), Format.Score(control.StandardError));
        screen.Table(table);
        foreach (var control in result.Controls)
        {
            screen.Title(Format.Sentence(control.Name));
            screen.Line(control.Meaning);
            screen.Line($"Expected: {control.Expected}.", 2);
            screen.Line($"Found: {control.Found}.", 2);
        }
        screen.Title($"What tells most by itself (the first {Top})");
        var features = new TextTable("Feature", ">Age\ndays", ">AUC", ">Std.\nerror", ">Deals", "Standing");
        foreach (var f in Strongest(result.Features))
            features.Row(Format.Name(f.Feature, 32), Format.Count((int)f.AgeDays), Format.Score(f.Auc), Format.Score(f.StandardError), Format.Count(f.Cases), Words(f.Standing));
        screen.Table(features);
        screen.Line("AUC among deals created next to each other: 0.5 is a coin; below it, low values win. Each feature at the age where it tells most.");
        screen.Line();
        screen.Line(result.Hold ? "All controls hold." : "A control failed; see above.");
    }

    private static IEnumerable<FeatureStrength> Strongest(IReadOnlyList<FeatureStrength> features) => features.DistinctBy(f => f.Feature).Take(Top);

    private static string Words(FeatureStanding standing) => standing switch { FeatureStanding.Clear => "", FeatureStanding.Suspicious => "suspicious", _ => "quarantine" };
}
