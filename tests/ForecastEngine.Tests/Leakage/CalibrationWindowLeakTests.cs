using System.Text;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.Leakage;

/// <summary>The window kept out of time calibrates the model and teaches the earlier one nothing; what comes after the cutoff does neither.</summary>
public sealed class CalibrationWindowLeakTests
{
    private static readonly AsOf From = TrainingWorld.Before(LeakWorld.World, 48), Until = LeakWorld.Cutoff;
    private static readonly TrainingOptions Options = LeakWorld.Quick with { CheckFrom = From };

    // Every closing of the window is told to be a win: the most that can be altered there.
    private static readonly CrmHistory AllWon = LeakWorld.WithOtherOutcomes(LeakWorld.History, c => !From.Knows(c.RecordedAt) && Until.Knows(c.RecordedAt), StageKind.Won);

    private static readonly Lazy<TrainedBundle> Real = new(() => BundleTrainer.Train(LeakWorld.History, Until, Options));

    [Fact]
    public void Nothing_recorded_after_the_cutoff_changes_the_model() => Assert.Equal(Files(Real.Value), Files(BundleTrainer.Train(AnotherFuture(), Until, Options)));

    [Fact]
    public void A_training_that_looks_past_its_cutoff_is_found_out()
    {
        var later = AsOf.At(Until.Instant.AddDays(60));
        Assert.NotEqual(Files(BundleTrainer.Train(LeakWorld.History, later, Options)), Files(BundleTrainer.Train(AnotherFuture(), later, Options)));
    }

    [Fact]
    public void Outcomes_inside_the_window_change_the_calibration_and_not_the_earlier_model()
    {
        var other = BundleTrainer.Train(AllWon, Until, Options);
        Assert.Equal(AtStart(Real.Value.Check!), AtStart(other.Check!));
        Assert.NotEqual(Real.Value.Check!.Outcomes.Sum(), other.Check!.Outcomes.Sum());
        Assert.NotEqual((Real.Value.Check!.Weight, Real.Value.Check.Lost), (other.Check.Weight, other.Check.Lost));
    }

    [Fact]
    public void An_earlier_model_that_had_seen_the_window_is_found_out()
    {
        OutOfTimeCheck Leaking(CrmHistory history)
        {
            var world = new TrainingWorld(history, Until);
            return OutOfTimeCheck.Run(world.Train(Options.Win).Model, world.Known, world.Rates, From, Until, 2);
        }
        Assert.NotEqual(AtStart(Leaking(LeakWorld.History)), AtStart(Leaking(AllWon)));
    }

    // What the earlier model said of the deals that were open when the window began: features and model know nothing later.
    private static string[] AtStart(OutOfTimeCheck check)
    {
        var open = check.Deals.Select((id, i) => (Id: id, P: check.ModelProbabilities[i])).Where(d => From.Knows(LeakWorld.History.Opportunities[LeakWorld.History.IndexOf(d.Id)].RecordedAt)).ToList();
        Assert.True(open.Count > 30);
        return [.. open.Select(d => $"{d.Id} {Bits.Of(d.P)}")];
    }

    private static CrmHistory AnotherFuture() => new(LeakWorld.WithAnotherFuture(LeakWorld.World.Facts, Until, 900, 400));

    // ML.NET stamps its own files with the time; ours are compared to the byte.
    private static string[] Files(TrainedBundle trained) =>
        [.. trained.Files.Where(f => f.Key.EndsWith(".json", StringComparison.Ordinal)).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Key + Encoding.UTF8.GetString(f.Value)),
            .. trained.Check!.Probabilities.Select(Bits.Of)];
}
