using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;
using ForecastEngine.Tests.Snapshots;

namespace ForecastEngine.Tests.Forecasting;

/// <summary>Revenue by sales pipeline.</summary>
public sealed class PipelineDimensionTests
{
    private static readonly AsOf Today = AsOf.EndOf(new DateOnly(2024, 2, 14));
    private static readonly Period Quarter = BusinessCalendar.Default.Quarter(Today.Date);
    private static readonly CommonFactor Calm = new(0.9, 0.1, 0, 0.01);

    [Fact]
    public void Pipelines_add_up_to_the_company_and_have_quotas()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 30; i++)
            made.Deal($"W{i}", i - 5, amount: 1000).Stage($"W{i}", i % 3 == 0 ? "Renewed" : "Won", i + 5);
        var facts = SalesPipelineFeatureTests.World(made).ToFacts() with
        {
            Quotas = [Quota("Renewals", 9000), Quota("Main", 40_000), Quota(null, 50_000)],
        };
        var known = new CrmHistory(facts).KnownAt(Today);
        ScoredOpportunity[] deals = [Deal("A", 1000, "New"), Deal("B", 500, "Due"), Deal("C", 700, null)];
        var forecaster = new RevenueForecaster(known, Today, deals, Calm, 0.01);
        var whole = Assert.Single(forecaster.Forecast(Quarter));
        var parts = forecaster.Forecast(Quarter, Dimension.Pipeline);
        Assert.Equal(
            [("", 0, 1, null), ("Main", 20_000, 1, 40_000m), ("Renewals", 10_000, 1, 9000m)],
            parts.Select(p => (p.Key, p.AlreadyWon, p.OpenDeals, p.Quota)));
        Assert.Equal((50_000m, 30_000), (whole.Quota, whole.AlreadyWon));
        Assert.Equal(whole.Mean, parts.Sum(p => p.Mean), 1e-6);
        Assert.Equal(whole.FromNew, parts.Sum(p => p.FromNew), 1e-6);
        Assert.Equal(whole.FromNew / 3, parts[2].FromNew, 1e-6);
        Assert.True(whole.FromNew > 0);
        foreach (var part in parts)
            Assert.Equal(
                part.Mean,
                RevenueParts.Of(known, Today, deals, Calm, null, Quarter, Dimension.Pipeline, part.Key).Mean, 1e-6);
    }

    [Fact]
    public void What_came_in_each_pipeline_adds_up_to_the_company()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 30; i++)
            made.Deal($"W{i}", i - 5, amount: 1000).Stage($"W{i}", i % 3 == 0 ? "Renewed" : "Won", i + 5);
        var subject = new BacktestSubject(SalesPipelineFeatureTests.World(made));
        Assert.Equal(20_000, subject.Actual(Quarter, Dimension.Pipeline, "Main"));
        Assert.Equal(10_000, subject.Actual(Quarter, Dimension.Pipeline, "Renewals"));
        Assert.Equal(30_000, subject.Actual(Quarter));
    }

    private static ScoredOpportunity Deal(string id, double amount, string? stage)
    {
        var deal = ForecastWorld.Deal(id, Today, amount);
        return deal with { Score = deal.Score with { Stage = stage } };
    }

    private static Quota Quota(string? pipeline, decimal amount) =>
        new(null, null, Quarter.From, Quarter.Until, amount, HandMadeHistory.Day(0), null, pipeline);
}
