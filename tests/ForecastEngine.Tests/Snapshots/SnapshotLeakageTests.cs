using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>Nothing recorded after the as-of date may change a bit of what a snapshot, a schema, a rate or a training table says.</summary>
public sealed class SnapshotLeakageTests
{
    private const int Mutants = 25, ChangesPerMutant = 40;

    private static readonly SimulationOptions[] Options =
    [
        new() { Seed = 31, Weeks = 30, OpportunitiesPerWeek = 4, Reps = 4, Teams = 2, RecordingLagShare = 0.4, RecordingLagDays = 12, ActivityDensity = 0.3 },
        new() { Seed = 32, Weeks = 40, OpportunitiesPerWeek = 3, Reps = 3, Teams = 1, RecordingLagShare = 0.2, RecordingLagDays = 25, ActivityDensity = 0.2, HasCampaigns = true },
    ];

    // 2 worlds × 5 dates × 25 mutants × 40 changes = 10,000 records altered, deleted or invented.
    public static MatrixTheoryData<int, int> WorldsAndWeeks { get; } = new([0, 1], [8, 12, 16, 21, 26]);

    [Theory]
    [MemberData(nameof(WorldsAndWeeks))]
    public void Nothing_changes_when_later_records_are_altered_deleted_or_invented(int world, int week)
    {
        var simulated = TrainingWorld.Simulated(Options[world]);
        var asOf = TrainingWorld.Before(simulated, week);
        var facts = world == 0 ? simulated.Facts : InCurrencies(simulated.Facts, asOf);
        var expected = Everything(new CrmHistory(facts), asOf);
        Assert.True(expected.Snapshots.Count > 10, $"only {expected.Snapshots.Count} open opportunities: the test would prove little");
        Assert.True(expected.Table.Count > 50);
        for (var mutant = 0; mutant < Mutants; mutant++)
        {
            var mutated = new FutureMutation(facts, asOf, new Random(1000 * world + 100 * week + mutant)).Apply(ChangesPerMutant);
            var found = Everything(new CrmHistory(mutated), asOf);
            Assert.Equal(expected.Schema, found.Schema);
            Assert.Equal(expected.Grid, found.Grid);
            Assert.Equal(expected.Rates, found.Rates);
            Assert.Equal(expected.Snapshots, found.Snapshots);
            Assert.Equal(expected.Table, found.Table);
        }
    }

    [Fact]
    public void The_future_that_is_mutated_does_change_later_snapshots()
    {
        var simulated = TrainingWorld.Simulated(Options[0]);
        var asOf = TrainingWorld.Before(simulated, 16);
        var mutated = new FutureMutation(simulated.Facts, asOf, new Random(5)).Apply(ChangesPerMutant);
        var later = TrainingWorld.Before(simulated, 26);
        Assert.NotEqual(Everything(new CrmHistory(simulated.Facts), later).Snapshots, Everything(new CrmHistory(mutated), later).Snapshots);
    }

    [Fact]
    public void A_fact_that_happened_before_and_was_recorded_after_the_date_is_invisible()
    {
        var bare = new HandMadeHistory().Deal("D", 0, amount: 100, owner: "R1").Deal("Other", 0, owner: "R1");
        var late = new HandMadeHistory().Deal("D", 0, amount: 100, owner: "R1").Deal("Other", 0, owner: "R1")
            .Stage("D", "Talks", 3, recorded: 11).Change("D", OpportunityField.Amount, "100", "300", 4, recorded: 11)
            .Change("D", OpportunityField.OwnerId, "R1", "R2", 5, recorded: 12).Activity("D", "Call", 6, recorded: 11)
            .Stage("Other", "Lost", 6, recorded: 13).Deal("Unknown", 2, recorded: 11);
        var features = new FeatureSet(AllFeatures);
        string[] At(HandMadeHistory made, double day)
        {
            var history = made.Until(40);
            return [.. new SnapshotTaker(history, features, GroupRates.From(history, [])).OpenPipeline(HandMadeHistory.AsOfDay(day)).Select(Bits.Of)];
        }
        Assert.Equal(At(bare, 10), At(late, 10));
        Assert.NotEqual(At(bare, 11), At(late, 11));
        Assert.Equal(3, At(late, 12.9).Length);
        Assert.Equal(2, At(late, 13).Length);
    }

    [Fact]
    public void Asking_at_more_dates_on_the_way_changes_no_later_answer()
    {
        var simulated = TrainingWorld.Simulated(Options[0]);
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 26));
        var taker = new SnapshotTaker(world.Known, world.Features, world.Rates);
        var days = Enumerable.Range(0, 180).Select(d => AsOf.At(world.Cutoff.Instant.AddDays(d - 180).AddHours(-7 * d % 24))).Order().ToList();
        var compared = 0;
        for (var i = 0; i < world.Known.Opportunities.Length; i++)
            foreach (var asked in taker.Take(i, days).ToList())
            {
                Assert.Equal(Bits.Of(taker.Take(i, asked.AsOf)!), Bits.Of(asked));
                compared++;
            }
        Assert.True(compared > 1000);
    }

    private static FeatureSchema AllFeatures { get; } = new()
    {
        DecayDays = [1, 5, 20], ActivityKinds = ["Call", "Email"], RateColumns = ["owner"], NumericAttributes = [], HasStages = true, HasAmounts = true,
        HasPlannedClose = true, HasActivities = true, HasAccounts = true, HasTimeOfDay = true, HasSeasons = true,
    };

    // Every third deal in dollars and some in yen, with a rate a week, before the date and after it.
    private static CrmFacts InCurrencies(CrmFacts facts, AsOf asOf) => facts with
    {
        Opportunities = [.. facts.Opportunities.Select((o, i) => o with { Currency = i % 3 == 0 ? "USD" : i % 7 == 0 ? "JPY" : null })],
        Rates = [.. Enumerable.Range(-30, 60).Select(w => new ExchangeRate("USD", asOf.Date.AddDays(7 * w), 0.9m + w / 1000m, "made"))],
    };

    private sealed record Findings(string Schema, string Grid, IReadOnlyList<string> Rates, IReadOnlyList<string> Snapshots, IReadOnlyList<string> Table);

    private static Findings Everything(CrmHistory history, AsOf asOf)
    {
        var world = new TrainingWorld(history, asOf, threads: 1);
        var wholeRates = world.RatesOfWhole;
        var snapshots = new SnapshotTaker(history, world.Features, wholeRates).OpenPipeline(asOf);
        return new Findings(JsonSerializer.Serialize(world.Schema), JsonSerializer.Serialize(world.Grid), [.. RatesAt(world, wholeRates, asOf)],
            [.. snapshots.Select(Bits.Of)], Bits.Of(world.Table));
    }

    // Asked of the rates of the whole history, future included, for every value known at the date.
    private static IEnumerable<string> RatesAt(TrainingWorld world, GroupRates rates, AsOf asOf)
    {
        yield return $"all {rates.Overall(asOf)} {Bits.Of(rates.OverallRate(asOf))}";
        var known = world.Known;
        var values = known.Opportunities.SelectMany(o => new[]
        {
            ("owner", o.OwnerId), ("product", o.ProductId), ("source", o.Source), ("region", o.Region), ("segment", o.Segment), ("account", o.AccountId),
            ("team", o.OwnerId is { } owner ? known.SalesReps[owner].TeamId : null), ("industry", o.AccountId is { } a ? known.Accounts.GetValueOrDefault(a)?.Industry : null),
        }).Concat(known.Stages.Select(s => ("stage", (string?)s.Name))).Distinct().OrderBy(v => v.Item1, StringComparer.Ordinal).ThenBy(v => v.Item2, StringComparer.Ordinal);
        foreach (var (column, value) in values)
        {
            var group = rates.Find(column, value);
            yield return $"{column} {value} {group?.Until(asOf) ?? (0, 0)} {Bits.Of(rates.LogOdds(group, asOf))}";
        }
    }
}
