using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using static ForecastEngine.Tests.HandMadeHistory;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>What features know of several pipelines.</summary>
public sealed class SalesPipelineFeatureTests
{
    [Fact]
    public void Positions_and_moves_are_those_within_a_pipeline()
    {
        var made = new HandMadeHistory().Deal("D", 0, stage: "New");
        foreach (var (stage, i) in ((string[])["Talks", "Offer", "Due", "Asked", "Due", "Renewed", "New"]).Select((s, i) => (s, i)))
            made.Stage("D", stage, i + 1);
        var history = World(made);
        Assert.Equal((2, 3, 2, 0), Seen(history, 2.5));
        Assert.Equal((0, 1, 2, 0), Seen(history, 3.5));
        Assert.Equal((1, 2, 3, 0), Seen(history, 4.5));
        Assert.Equal((0, 2, 3, 1), Seen(history, 5.5));
        Assert.Equal((0, 1, 3, 1), Seen(history, 7.5));

        static (double?, double?, double?, double?) Seen(CrmHistory history, double day)
        {
            var features = new FeatureSet(FeatureSchema.From(history, [7, 28]));
            var snapshot = new SnapshotTaker(history, features, GroupRates.From(history, [])).Take(0, AsOfDay(day))!;
            return (snapshot.Value("stage_order"), snapshot.Value("stages_visited"),
                snapshot.Value("stage_moves_forward"), snapshot.Value("stage_moves_back"));
        }
    }

    [Fact]
    public void The_pipeline_is_a_feature_where_there_are_several_and_follows_the_stage()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 40; i++)
            made.Deal($"S{i}", 0).Stage($"S{i}", i % 4 == 0 ? "Won" : "Lost", 10)
                .Deal($"R{i}", 0, stage: "Due").Stage($"R{i}", i % 4 != 0 ? "Renewed" : "Gone", 10);
        var history = World(made.Deal("Z", 0).Stage("Z", "Asked", 20));
        var schema = FeatureSchema.From(history, [7, 28]);
        Assert.Equal(["pipeline"], schema.RateColumns);
        var rates = GroupRates.From(history, []);
        var taker = new SnapshotTaker(history, new FeatureSet(schema), rates);
        var (inSales, inRenewals) = (LogOdds(15), LogOdds(25));
        Assert.Equal(Expected(10), inSales, 1e-5);
        Assert.Equal(Expected(30), inRenewals, 1e-5);
        Assert.DoesNotContain("pipeline", FeatureSchema.From(made.Until(100), [7, 28]).RateColumns);
        var degraded = new CrmHistory(history.ToFacts() with { IsDegraded = true });
        Assert.DoesNotContain("pipeline", FeatureSchema.From(degraded, [7, 28]).RateColumns);

        double LogOdds(double day) => taker.Take(history.IndexOf("Z"), AsOfDay(day))!.Value("pipeline_log_odds")!.Value;

        // 40 of 80 are won in all.
        static double Expected(int won) => Math.Log((won + 12 * 40.5 / 81) / (40 + 12 - won - 12 * 40.5 / 81));
    }

    [Fact]
    public void A_pipeline_that_is_no_revenue_any_more_takes_its_deals_along()
    {
        var made = new HandMadeHistory().Deal("S", 0).Stage("S", "Won", 5)
            .Deal("R", 0, stage: "Due").Stage("R", "Renewed", 5)
            .Deal("B", 0).Stage("B", "Renewed", 5);
        SalesPipeline[] pipelines = [new("Main", PipelineKind.NewBusiness), new("Renewals", PipelineKind.NotRevenue)];
        var history = new CrmHistory(World(made).ToFacts() with { Pipelines = pipelines });
        Assert.Equal(["B", "S"], history.Opportunities.Select(o => o.Id));
        Assert.Null(Closing.Final(history, 0));
        Assert.True(Closing.Final(history, 1)!.Won);
        Assert.False(history.HasPipelines);
        Assert.Equal(["B", "S"], history.KnownAt(AsOfDay(6)).Opportunities.Select(o => o.Id));
    }

    internal static CrmHistory World(HandMadeHistory made)
    {
        var facts = made.Until(100).ToFacts();
        return new CrmHistory(facts with
        {
            Pipelines = [new("Main", PipelineKind.NewBusiness), new("Renewals", PipelineKind.Renewal)],
            Stages =
            [
                .. facts.Stages.Select(s => s with { Pipeline = "Main" }),
                new("Due", 0, StageKind.Open, 0.8, "Renewals"), new("Asked", 1, StageKind.Open, 0.9, "Renewals"),
                new("Renewed", 2, StageKind.Won, 1, "Renewals"), new("Gone", 3, StageKind.Lost, 0, "Renewals"),
            ],
        });
    }
}
