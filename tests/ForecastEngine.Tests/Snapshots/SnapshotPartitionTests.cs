using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>Work may be cut into partitions and threads; no bit depends on it.</summary>
public sealed class SnapshotPartitionTests
{
    private static readonly SimulationOptions Options = new() { Seed = 41, Weeks = 60, OpportunitiesPerWeek = 6, RecordingLagShare = 0.2, ActivityDensity = 0.4 };

    [Fact]
    public void A_partition_with_shared_rates_gives_the_bits_of_the_whole()
    {
        var simulated = TrainingWorld.Simulated(Options);
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 50));
        var whole = new SnapshotTaker(world.Known, world.Features, world.Rates).OpenPipeline(world.Cutoff).ToDictionary(s => s.OpportunityId, Bits.Of);
        var parts = new Dictionary<string, string>();
        for (var part = 0; part < 3; part++)
        {
            var facts = world.Known.ToFacts();
            var ids = facts.Opportunities.Where((_, i) => i % 3 == part).Select(o => o.Id).ToHashSet();
            var partition = new CrmHistory(facts with
            {
                Opportunities = [.. facts.Opportunities.Where(o => ids.Contains(o.Id))],
                Changes = [.. facts.Changes.Where(c => ids.Contains(c.OpportunityId))],
                Activities = [.. facts.Activities.Where(a => a.OpportunityId is { } id && ids.Contains(id))],
                LineItems = [.. facts.LineItems.Where(l => ids.Contains(l.OpportunityId))],
            });
            foreach (var snapshot in new SnapshotTaker(partition, world.Features, world.Rates).OpenPipeline(world.Cutoff)) parts.Add(snapshot.OpportunityId, Bits.Of(snapshot));
        }
        Assert.True(whole.Count > 40);
        Assert.Equal(whole.OrderBy(s => s.Key, StringComparer.Ordinal), parts.OrderBy(s => s.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void The_training_table_is_the_same_with_one_two_and_five_threads()
    {
        var simulated = TrainingWorld.Simulated(Options);
        IReadOnlyList<string> With(int threads) => Bits.Of(new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 50), threads).Table);
        var one = With(1);
        Assert.True(one.Count > 1000);
        Assert.Equal(one, With(2));
        Assert.Equal(one, With(5));
    }

    [Fact]
    public void The_training_table_starts_at_the_date_asked_for()
    {
        var simulated = TrainingWorld.Simulated(Options);
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 50));
        var from = TrainingWorld.Before(simulated, 30);
        var late = TrainingTable.Build(world.Known, world.Features, world.Rates, world.Grid, world.Cutoff, from);
        var expected = Enumerable.Range(0, (int)world.Table.Rows.Count).Count(r => (DateTime)world.Table[TrainingTable.AsOfColumn][r] >= from.Instant.UtcDateTime);
        Assert.Equal(expected, late.Rows.Count);
        Assert.InRange(expected, 1, world.Table.Rows.Count - 1);
    }
}
