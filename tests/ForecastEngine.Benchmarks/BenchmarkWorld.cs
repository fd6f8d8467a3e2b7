using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Benchmarks;

/// <summary>A simulated company of three years with about so many opportunities, and what training needs of it.</summary>
internal sealed class BenchmarkWorld
{
    public BenchmarkWorld(double opportunities)
    {
        Facts = SimulatedWorld.Generate(new SimulationOptions { Seed = 5, Weeks = 156, OpportunitiesPerWeek = opportunities / 156, Reps = 40, Teams = 5, LeadDensity = 0.2 }).Facts;
        History = new CrmHistory(Facts);
        AsOf = AsOf.At(History.ExportedAt);
        Grid = TimeGrid.From(History);
        Schema = FeatureSchema.From(History, Grid.DecayDays);
        Features = new FeatureSet(Schema);
        Rates = GroupRates.From(History, Schema.CategoricalAttributes);
    }

    public CrmFacts Facts { get; }
    public CrmHistory History { get; }
    public AsOf AsOf { get; }
    public TimeGrid Grid { get; }
    public FeatureSchema Schema { get; }
    public FeatureSet Features { get; }
    public GroupRates Rates { get; }

    public SnapshotTaker Taker() => new(History, Features, Rates);

    public Microsoft.Data.Analysis.DataFrame Table(int threads) => TrainingTable.Build(History, Features, Rates, Grid, AsOf, null, threads);

    public TrainedBundle Train(int threads) => BundleTrainer.Train(History, AsOf, new TrainingOptions { Threads = threads });

    /// <summary>The open deals on <paramref name="count"/> snapshots, at week ends backwards.</summary>
    public List<OpportunitySnapshot> Snapshots(FeatureSet features, int count)
    {
        var (taker, snapshots) = (new SnapshotTaker(History, features, Rates), new List<OpportunitySnapshot>());
        for (var at = AsOf; snapshots.Count < count && at.Instant > History.Opportunities[0].CreatedAt; at = AsOf.At(at.Instant.AddDays(-7))) snapshots.AddRange(taker.OpenPipeline(at));
        return snapshots.Count > count ? snapshots[..count] : snapshots;
    }
}
