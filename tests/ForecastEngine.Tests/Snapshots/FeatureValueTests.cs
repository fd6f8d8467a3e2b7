using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>Every feature is a finite number, whatever the CRM tells.</summary>
public sealed class FeatureValueTests
{
    private static readonly FeatureSchema Everything = new()
    {
        DecayDays = [1, 5, 20], ActivityKinds = ["Call", "Email"], RateColumns = ["owner", "team", "product", "source", "region", "segment", "industry", "attribute:colour"],
        NumericAttributes = ["size"], HasStages = true, HasAmounts = true, HasPlannedClose = true, HasActivities = true, HasAccounts = true, HasTimeOfDay = true, HasSeasons = true,
    };

    public static TheoryData<string> DegenerateWorlds => ["empty", "bare", "no stages", "negative days", "entered ahead", "huge numbers", "emptied fields", "backwards"];

    [Theory]
    [MemberData(nameof(DegenerateWorlds))]
    public void No_feature_is_NaN_or_infinite(string world)
    {
        var made = new HandMadeHistory();
        switch (world)
        {
            case "bare": made.Deal("D", 0); break;
            case "no stages": made.Deal("D", 0, stage: null).Deal("E", 0, stage: "Unheard of"); break;
            case "negative days": made.Deal("D", 10).Stage("D", "Talks", -300, recorded: 12).Activity("D", "Call", -2000, recorded: 11).Deal("L", 10).Stage("L", "Lost", 3, recorded: 12); break;
            case "entered ahead":
                made.Deal("D", 1500, recorded: 1).Activity("D", "Call", 2).Activity("D", "Email", 5000, recorded: 3).Activity("D", "Call", -700, recorded: 4).Stage("D", "Talks", 4000, recorded: 5);
                break;
            case "huge numbers":
                made.Deal("D", 0, amount: decimal.MaxValue, planned: DateOnly.MaxValue, attributes: [("size", "1e300")]).Deal("E", 0, amount: decimal.MinValue, planned: DateOnly.MinValue, attributes: [("size", "-1e38")]);
                made.Deal("F", 0, attributes: [("size", "NaN")]).Deal("G", 0, attributes: [("size", "Infinity")]);
                break;
            case "emptied fields":
                made.Deal("D", 0, amount: 5, owner: "R1", planned: new DateOnly(2024, 2, 1));
                foreach (var field in new[] { OpportunityField.Amount, OpportunityField.OwnerId, OpportunityField.PlannedCloseOn, OpportunityField.ProductId, "colour", "size" }) made.Change("D", field, null, null, 3);
                break;
            case "backwards": made.Deal("D", 0).Stage("D", "Offer", 1).Stage("D", "Won", 2).Stage("D", "New", 3).Stage("D", "Lost", 4).Stage("D", "Talks", 5); break;
        }
        var history = made.Until(60);
        var features = new FeatureSet(Everything);
        var taker = new SnapshotTaker(history, features, GroupRates.From(history, ["colour"]));
        var taken = new[] { 1, 2, 3, 5, 8, 13, 50, 60.0 }.SelectMany(day => taker.OpenPipeline(HandMadeHistory.AsOfDay(day))).ToList();
        Assert.Equal(world == "empty", taken.Count == 0);
        foreach (var snapshot in taken)
            for (var f = 0; f < features.Count; f++)
                Assert.True(float.IsFinite(snapshot.Features[f]), $"{features.Features[f].Name} of {snapshot.OpportunityId} at {snapshot.AsOf} is {snapshot.Features[f]}");
        // The whole way to a table and a model of the lowest rung stands it too.
        var trained = new TrainingWorld(history, HandMadeHistory.AsOfDay(60));
        Assert.All(taken, snapshot => Assert.InRange(trained.Train().Model.FromLogOdds(trained.Train().Model.Won.StageRates.LogOdds(snapshot.Stage), trained.Train().Model.Lost.StageRates.LogOdds(snapshot.Stage)).WinProbability, 0, 1));
    }

    public static TheoryData<int> Switches => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Switches))]
    public void Simulated_worlds_have_finite_features_only(int kind)
    {
        var options = new SimulationOptions { Seed = 50 + kind, Weeks = 40, OpportunitiesPerWeek = 5 };
        options = kind switch { 0 => options with { ActivityDensity = 0, LeadDensity = 0 }, 1 => options with { ZombieShare = 0.2, RecordingLagShare = 1, RecordingLagDays = 60 }, 2 => options with { IsPureNoise = true }, _ => options with { HasCampaigns = true, Reps = 1, Teams = 1 } };
        var simulated = SimulatedWorld.Generate(options, 2);
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 35));
        var taker = new SnapshotTaker(world.Known, world.Features, world.Rates);
        var count = 0;
        for (var week = 1; week <= 35; week += 2)
            foreach (var snapshot in taker.OpenPipeline(TrainingWorld.Before(simulated, week)))
            {
                Assert.All(snapshot.Features, f => Assert.True(float.IsFinite(f)));
                count++;
            }
        Assert.True(count > 100);
        Assert.Equal(kind != 0, world.Features.Features.Any(f => f.Driver == Drivers.Activity));
    }

    [Fact]
    public void Columns_that_would_bear_one_name_get_numbers()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 6; i++)
            made.Deal($"D{i}", i, attributes: [("Fit score", $"{i}"), ("fit_score", $"{10 * i}"), ("Month", "3"), ("outcome", "7"), ("Stage", "1")]).Activity($"D{i}", i % 2 == 0 ? "call" : "Call", i + 0.5);
        var world = new TrainingWorld(made.Until(20), HandMadeHistory.AsOfDay(15));
        var names = world.Features.Features.Select(f => f.Name).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.Contains("fit_score_2", names);
        Assert.Contains("outcome_2", names);
        Assert.Contains("activity_call_2", names);
        var snapshot = new SnapshotTaker(world.Known, world.Features, world.Rates).OpenPipeline(world.Cutoff)[5];
        Assert.Equal(55, snapshot.Features[names.IndexOf("fit_score")] + snapshot.Features[names.IndexOf("fit_score_2")]);
    }

    [Fact]
    public void An_activity_planned_ahead_counts_from_the_day_it_was_entered()
    {
        var history = new HandMadeHistory().Deal("D", 0).Activity("D", "Call", 30, recorded: 4).Activity("D", "Call", 2).Until(60);
        var features = new FeatureSet(Everything);
        var taker = new SnapshotTaker(history, features, GroupRates.From(history, []));
        float Value(string name, double day) => taker.Take(0, HandMadeHistory.AsOfDay(day))!.Features[features.Features.ToList().FindIndex(f => f.Name == name)];
        Assert.Equal(1, Value("activities", 3.9));
        Assert.Equal(2, Value("activities", 10));
        Assert.Equal(6, Value("days_since_activity", 10), 5);
        Assert.Equal(Math.Exp(-6 / 5.0) + Math.Exp(-8 / 5.0), Value("activity_decay_5d", 10), 5);
        Assert.Equal(2, Value("activity_call", 10));
        Assert.Equal(0, Value("activity_email", 10));
    }
}
