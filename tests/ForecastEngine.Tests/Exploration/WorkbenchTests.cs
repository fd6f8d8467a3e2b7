using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Exploration;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Leakage;
using ForecastEngine.Tests.Operations;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.Exploration;

/// <summary>A workbench over a small company that has a champion: what it gives is what the operations work on, and what it does is what they do.</summary>
public sealed class SmallWorkbench : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("forecast-bench-").FullName;

    public SmallWorkbench(OperationsWorld world)
    {
        Bench = Workbench.Open(Path.Combine(_folder, "workspace"), seed: 5, threads: 2);
        Bench.Import(world.Late, Path.Combine(Repository.Root, "data", "maps", "forecastengine.json"));
        First = Bench.Train(OperationsWorld.EarlyDay, Recipe);
    }

    public static TrainingOptions Recipe { get; } = LeakWorld.Quick;

    public Workbench Bench { get; }

    public TrainModelsResult First { get; }

    public void Dispose()
    {
        Bench.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

public sealed class WorkbenchTests(SmallWorkbench world) : IClassFixture<SmallWorkbench>
{
    private static readonly string[] Ways = ["forward", "back", "won", "lost", "still_there"];

    private readonly Workbench _bench = world.Bench;

    [Fact]
    public void The_snapshots_are_what_the_trainer_learns_from()
    {
        var table = _bench.Snapshots(OperationsWorld.EarlyDay, SmallWorkbench.Recipe);
        var bundle = ModelBundle.Load(_bench.Workspace.Models.Champion()!.Files);
        var schema = bundle.Win.Features.Schema;
        Assert.Equal(["opportunity_id", "as_of", "stage", .. bundle.Win.Features.Features.Select(f => f.Name), "outcome", "days_observed", "days_watched", "amount_now", "amount_at_close"], table.Columns.Select(c => c.Name));
        // Trained on this table, the same trees come out, byte for byte in what they say.
        var options = SmallWorkbench.Recipe.Win with { Seed = 5, Threads = 2 };
        var again = WinProbabilityTrainer.Train(table, schema, bundle.Win.Grid, options, TestContext.Current.CancellationToken).Model;
        var history = _bench.History(OperationsWorld.EarlyDay);
        var snapshots = new SnapshotTaker(history, bundle.Win.Features, GroupRates.From(history, schema.CategoricalAttributes)).OpenPipeline(AsOf.EndOf(OperationsWorld.EarlyDay));
        Assert.True(snapshots.Count > 20);
        Assert.All(snapshots.Take(50), s => Assert.Equal(Raw(bundle.Win, s), Raw(again, s)));

        static double Raw(WinProbabilityModel model, OpportunitySnapshot snapshot) => model.Won.Trees!.Score([.. snapshot.Features, .. new float[model.Won.Trees.FeatureCount - snapshot.Features.Length]]);
    }

    [Fact]
    public void Training_here_and_by_the_operation_gives_the_same_version()
    {
        Assert.True(world.First.Decision.Promote, world.First.Decision.Reason);
        var byOperation = TrainModels.Hold(_bench.Workspace, OperationsWorld.EarlyDay, SmallWorkbench.Recipe with { Seed = 5 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(world.First.Card.Version, byOperation.Card.Version);
    }

    [Fact]
    public void A_version_that_is_held_back_waits_and_can_be_promoted_and_rolled_back()
    {
        var champion = _bench.Card().Version;
        var held = _bench.Train(recipe: SmallWorkbench.Recipe with { Win = SmallWorkbench.Recipe.Win with { Trees = 20 } }, hold: true);
        Assert.StartsWith("Held back, as asked. The gate: ", held.Decision.Reason, StringComparison.Ordinal);
        Assert.Equal((champion, held.Card.Version), (_bench.Card().Version, _bench.Workspace.Models.State.Challenger));
        Assert.Equal(["challenger", "champion"], Texts(_bench.Models(), "role").Order(StringComparer.Ordinal));
        Assert.Contains("trees", Texts(ModelTables.Settings([_bench.Card(), held.Card]), "setting"));
        Assert.Equal(held.Card.Version, _bench.Promote(held.Card.Version, "tried").Champion);
        Assert.Equal(champion, _bench.Rollback().Champion);
    }

    [Fact]
    public async Task Scores_forecasts_and_their_move_are_those_of_the_operations()
    {
        var early = await _bench.Score(OperationsWorld.EarlyDay);
        var later = await _bench.Score();
        var table = _bench.Scores(OperationsWorld.EarlyDay);
        Assert.Equal(early.Pipeline.Deals.Select(d => d.Score).OrderBy(s => s.OpportunityId, StringComparer.Ordinal).Select(s => (s.OpportunityId, s.WinProbability)),
            Texts(table, "opportunity_id").Zip(Numbers(table, "win_probability"), (id, p) => (id, p!.Value)));
        var deal = (await _bench.Explain(Texts(table, "opportunity_id")[0], OperationsWorld.EarlyDay)).Score!;
        Assert.Equal(deal.WinProbability, Numbers(ScoreTables.Drivers(deal), "win_probability")[^1]!.Value, 9);
        var forecast = (await _bench.Forecast(periods: 1)).Forecasts;
        Assert.Equal(forecast.Select(f => (double?)f.Mean), Numbers(ScoreTables.Forecasts(forecast), "mean"));
        var bridge = ScoreTables.Bridge(_bench.Compare(OperationsWorld.EarlyDay, later.Run.AsOf).Bridge(BusinessCalendar.Default.Quarter(later.Run.AsOf), ForecastEngine.Forecasting.Dimension.Company, "", null, null));
        var steps = Numbers(bridge, "revenue").Select(s => s!.Value).ToList();
        Assert.Equal(steps[^1], steps.SkipLast(1).Sum(), 3);
        Assert.Equal(2, _bench.Runs().Rows.Count);
        Assert.Contains("found none as of 2020-01-01", Assert.Throws<OperationException>(() => _bench.Scores(new DateOnly(2020, 1, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Opportunities_and_stays_tell_what_was_known_at_the_date_and_nothing_later()
    {
        var (early, late) = (_bench.Opportunities(OperationsWorld.EarlyDay), _bench.Opportunities());
        Assert.True(early.Rows.Count < late.Rows.Count);
        var asOf = AsOf.EndOf(OperationsWorld.EarlyDay).Instant.UtcDateTime;
        Assert.All((PrimitiveDataFrameColumn<DateTime>)early["closed_at"], at => Assert.True(at is null || at <= asOf));
        Assert.Contains(0, ((PrimitiveDataFrameColumn<int>)early["outcome"]).Select(o => o!.Value));
        var visits = _bench.StageVisits(OperationsWorld.EarlyDay);
        Assert.Equal(Texts(early, "opportunity_id").Order(StringComparer.Ordinal), Texts(visits, "opportunity_id").Distinct().Order(StringComparer.Ordinal));
        var flow = _bench.StageFlow(OperationsWorld.EarlyDay);
        for (var row = 0; row < flow.Rows.Count; row++)
            Assert.Equal((int)flow["stays"][row], Ways.Sum(c => (int)flow[c][row]));
        var won = (PrimitiveDataFrameColumn<int>)early["outcome"];
        Assert.Equal(won.Count(o => o == 1), Enumerable.Range(0, (int)flow.Rows.Count).Sum(r => (int)flow["won"][r]));
    }

    [Fact]
    public void The_sample_is_not_put_over_what_is_there()
    {
        var before = _bench.Workspace.History.Imports().Count;
        _bench.WithSample("/no/such/folder", OperationsWorld.EarlyDay);
        Assert.Equal(before, _bench.Workspace.History.Imports().Count);
    }

    private static List<string> Texts(DataFrame table, string column) => [.. (StringDataFrameColumn)table[column]];

    private static List<double?> Numbers(DataFrame table, string column) => [.. (PrimitiveDataFrameColumn<double>)table[column]];
}
