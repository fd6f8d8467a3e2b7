using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Leakage;

/// <summary>A snapshot may not change by a bit when what was recorded after its date does; a recorder or a clock that leaks must be found out by that.</summary>
public sealed class SnapshotLeakTests
{
    [Fact]
    public void Snapshots_do_not_change_with_the_future() => Assert.Null(FirstChange(facts => At(new CrmHistory(facts), LeakWorld.Cutoff)));

    [Fact]
    public void A_recorder_that_dates_late_facts_back_is_found_out() =>
        Assert.NotNull(FirstChange(facts => At(new CrmHistory(LeakWorld.RecordedWhenTheyHappened(facts)), LeakWorld.Cutoff)));

    [Fact]
    public void A_clock_that_is_a_few_ticks_ahead_is_found_out() =>
        Assert.NotNull(FirstChange(facts => At(new CrmHistory(facts), AsOf.At(LeakWorld.Cutoff.Instant.AddTicks(3)))));

    [Fact]
    public void The_simulated_recorder_does_enter_facts_late_so_that_there_is_something_to_date_back()
    {
        Assert.True(LeakWorld.World.Facts.Changes.Count(c => c.At <= LeakWorld.Cutoff.Instant && c.RecordedAt > LeakWorld.Cutoff.Instant) > 5);
        Assert.NotEqual(At(LeakWorld.History, LeakWorld.Cutoff), At(new CrmHistory(LeakWorld.RecordedWhenTheyHappened(LeakWorld.World.Facts)), LeakWorld.Cutoff));
    }

    // The first snapshot that another future changes, or null.
    private static string? FirstChange(Func<CrmFacts, string[]> snapshots)
    {
        var expected = snapshots(LeakWorld.World.Facts);
        Assert.True(expected.Length > 30);
        for (var mutant = 0; mutant < 10; mutant++)
        {
            var found = snapshots(LeakWorld.WithAnotherFuture(LeakWorld.World.Facts, LeakWorld.Cutoff, 700 + mutant));
            if (found.Except(expected).Concat(expected.Except(found)).FirstOrDefault() is { } changed) return changed;
        }
        return null;
    }

    private static string[] At(CrmHistory history, AsOf asOf)
    {
        var schema = FeatureSchema.From(history.KnownAt(asOf), [7, 28, 84]);
        return [.. new SnapshotTaker(history, new FeatureSet(schema), GroupRates.From(history, schema.CategoricalAttributes)).OpenPipeline(asOf).Select(Bits.Of)];
    }
}
