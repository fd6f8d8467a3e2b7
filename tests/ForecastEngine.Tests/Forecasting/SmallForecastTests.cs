using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Forecasting;

/// <summary>Forecasts over pipelines made by hand: the edges of the arithmetic, and what is said in words.</summary>
public sealed class SmallForecastTests
{
    // 2024-02-14, in the middle of the first quarter.
    private static readonly AsOf Today = AsOf.EndOf(new DateOnly(2024, 2, 14));
    private static readonly Period Quarter = BusinessCalendar.Default.Quarter(Today.Date);
    private static readonly CommonFactor Calm = new(0.9, 0.1, 0, 0.01);

    [Fact]
    public void An_empty_pipeline_without_history_brings_nothing()
    {
        var forecast = Assert.Single(Forecaster(Facts(new HandMadeHistory())).Forecast(Quarter));
        Assert.Equal((0, 0, 0, 0, 0, 0), (forecast.Mean, forecast.Median, forecast.ExpectedWins, forecast.OpenDeals, forecast.WeightedPipeline, forecast.BandOf(0.95).Upper));
        Assert.Null(forecast.Quota);
        Assert.Empty(forecast.Warnings);
    }

    [Fact]
    public void An_empty_pipeline_still_counts_what_is_won_and_what_is_new()
    {
        var forecast = Assert.Single(Forecaster(Facts(Wins(40))).Forecast(Quarter));
        Assert.Equal(40 * 1000, forecast.AlreadyWon);
        Assert.Equal(0, forecast.FromOpen);
        Assert.True(forecast.FromNew > 1000, $"{forecast.FromNew}");
        Assert.Equal(forecast.FromNew, 1000 * forecast.ExpectedWins, 1e-6);
        Assert.True(forecast.BandOf(0.8).Upper > forecast.AlreadyWon);
    }

    [Fact]
    public void Nothing_won_so_far_means_no_new_business()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 20; i++) made.Deal($"D{i}", i, amount: 500).Stage($"D{i}", "Lost", i + 10);
        var forecast = Assert.Single(Forecaster(Facts(made), Deal("A", 1000)).Forecast(Quarter));
        Assert.Equal(0, forecast.FromNew);
        Assert.True(forecast.FromOpen > 0);
        Assert.Equal(forecast.FromOpen, 1000 * forecast.ExpectedWins, 1e-9);
    }

    [Fact]
    public void A_period_that_is_over_is_refused_and_the_last_day_is_not()
    {
        var forecaster = Forecaster(Facts(Wins(5)));
        var fault = Assert.Throws<ArgumentException>(() => forecaster.Forecast(BusinessCalendar.Default.Month(new DateOnly(2024, 1, 5))));
        Assert.Contains("2024-01: found a period that ended on 2024-01-31, before the as-of date 2024-02-14; expected one that is not over.", fault.Message, StringComparison.Ordinal);
        var last = AsOf.EndOf(new DateOnly(2024, 1, 31));
        var forecast = new RevenueForecaster(Facts(Wins(5)).KnownAt(last), last, [ForecastWorld.Deal("A", last, 100)], Calm, 0.01).Forecast(BusinessCalendar.Default.Month(last.Date))[0];
        Assert.Equal((5000, 0, 0), (forecast.Mean, forecast.FromOpen, forecast.FromNew));
        Assert.Equal(5000, forecast.BandOf(0.95).Upper);
    }

    [Fact]
    public void A_quota_of_the_period_comes_before_the_sum_of_its_months()
    {
        Quota[] months = [.. Enumerable.Range(1, 3).Select(m => Monthly(m, 100 * m))];
        Assert.Equal(600, OfCompany(months));
        Assert.Equal(900, OfCompany([.. months, Whole(900, 1)]));
        Assert.Equal(950, OfCompany([Whole(950, 9), .. months, Whole(900, 1)]));
        Assert.Equal(900, OfCompany([Whole(950, 100), .. months, Whole(900, 1)]));
        Assert.Null(OfCompany(months[..2]));
        Assert.Null(OfCompany([]));
        Assert.Null(OfCompany([Whole(900, 1) with { TeamId = "T" }]));
        Assert.Equal(200m, Forecaster(Facts(Wins(5), months)).Forecast(BusinessCalendar.Default.Month(Today.Date))[0].Quota);

        decimal? OfCompany(Quota[] quotas)
        {
            var forecast = Forecaster(Facts(Wins(5), quotas)).Forecast(Quarter)[0];
            Assert.Equal(forecast.Quota is null, forecast.ProbabilityToReachQuota is null);
            if (forecast.Quota is { } quota) Assert.Equal(forecast.Mean / (double)quota, forecast.Attainment);
            return forecast.Quota;
        }
    }

    [Fact]
    public void Teams_and_owners_have_their_own_quotas_and_nobody_has_none()
    {
        var facts = Facts(Wins(5), [Whole(10, 1) with { TeamId = "T" }, Whole(20, 1) with { OwnerId = "R" }, Whole(30, 1)]);
        var forecaster = Forecaster(facts, Deal("A", 100, owner: "R"), Deal("B", 100));
        Assert.Equal([("", null), ("T", 10m)], forecaster.Forecast(Quarter, Dimension.Team).Select(f => (f.Key, f.Quota)));
        Assert.Equal([("", null), ("R", 20m)], forecaster.Forecast(Quarter, Dimension.Owner).Select(f => (f.Key, f.Quota)));
        Assert.Equal(["(none)", "Rita"], forecaster.Forecast(Quarter, Dimension.Owner).Select(f => f.Name));
        Assert.Equal([null], forecaster.Forecast(Quarter, Dimension.Region).Select(f => f.Quota));
    }

    [Theory]
    [InlineData(4000, 1)]
    [InlineData(5000, 1)]
    [InlineData(5001, 0.6)]
    public void A_quota_already_won_is_reached_for_certain_and_one_beyond_it_is_not(int quota, double most)
    {
        // The deals were all created before the as-of date, and no other came since: nothing new is expected.
        var made = new HandMadeHistory();
        for (var i = 0; i < 5; i++) made.Deal($"W{i}", i - 800, amount: 1000).Stage($"W{i}", "Won", i + 5);
        var forecast = Forecaster(Facts(made, [Whole(quota, 1)]), Deal("A", 1000)).Forecast(Quarter)[0];
        Assert.Equal((5000, 0), (forecast.AlreadyWon, forecast.FromNew));
        Assert.InRange(forecast.ExpectedWins, 0.2, 0.5);
        if (quota <= 5000) Assert.Equal(1, forecast.ProbabilityToReachQuota);
        else Assert.InRange(forecast.ProbabilityToReachQuota!.Value, 0.2, most);
    }

    [Fact]
    public void A_quota_out_of_reach_is_not_reached()
    {
        var forecast = Forecaster(Facts(new HandMadeHistory(), [Whole(5000, 1)]), Deal("A", 1000)).Forecast(Quarter)[0];
        Assert.Equal(0, forecast.ProbabilityToReachQuota!.Value, 1e-9);
    }

    [Fact]
    public void A_deal_that_makes_most_of_the_sum_is_named()
    {
        var deals = Enumerable.Range(0, 20).Select(i => Deal($"S{i}", 1000)).Append(Deal("BIG", 80_000, name: "Harbour crane")).ToArray();
        var forecast = Forecaster(Facts(new HandMadeHistory()), deals).Forecast(Quarter)[0];
        Assert.Contains("one deal of 21 open ones, Harbour crane, makes 80", Assert.Single(forecast.Warnings), StringComparison.Ordinal);
        Assert.Empty(Forecaster(Facts(new HandMadeHistory()), deals[..20]).Forecast(Quarter)[0].Warnings);
    }

    [Fact]
    public void A_deal_without_an_amount_adds_nothing_and_is_said_so()
    {
        var with = Forecaster(Facts(new HandMadeHistory()), Five()).Forecast(Quarter)[0];
        var without = Forecaster(Facts(new HandMadeHistory()), [.. Five(), Deal("X", null)]).Forecast(Quarter)[0];
        Assert.Equal((with.Mean, with.Median, with.BandOf(0.8)), (without.Mean, without.Median, without.BandOf(0.8)));
        Assert.Equal((5, 6), (with.OpenDeals, without.OpenDeals));
        Assert.True(without.ExpectedWins > with.ExpectedWins);
        Assert.Contains("1 open deal has no amount and no history to expect one from: nothing is added for it.", without.Warnings);
        Assert.DoesNotContain(with.Warnings, w => w.Contains("no amount", StringComparison.Ordinal));

        static ScoredOpportunity[] Five() => [.. Enumerable.Range(0, 5).Select(i => Deal($"D{i}", 100))];
    }

    [Fact]
    public void A_won_deal_without_an_amount_is_said_so()
    {
        var made = new HandMadeHistory().Deal("W", 0, amount: 1000).Stage("W", "Won", 5).Deal("N", 0).Stage("N", "Won", 6);
        var forecast = Forecaster(Facts(made)).Forecast(Quarter)[0];
        Assert.Equal(1000, forecast.AlreadyWon);
        Assert.Contains("1 won deal has no amount: nothing is added for it to what is won.", forecast.Warnings);
    }

    [Fact]
    public void Weighted_pipeline_takes_the_deals_planned_to_close_in_the_period()
    {
        var forecast = Forecaster(Facts(new HandMadeHistory()),
            Deal("A", 1000, crm: 0.5, planned: new DateOnly(2024, 3, 31)), Deal("B", 1000, crm: 0.25, planned: new DateOnly(2024, 4, 1)),
            Deal("C", 1000, planned: new DateOnly(2024, 3, 1)), Deal("D", null, crm: 0.5, planned: new DateOnly(2024, 3, 1)), Deal("E", 1000, crm: 1)).Forecast(Quarter)[0];
        Assert.Equal(500, forecast.WeightedPipeline);
    }

    private static ScoredOpportunity Deal(string id, double? amount, string? owner = null, double? crm = null, DateOnly? planned = null, string? name = null) =>
        ForecastWorld.Deal(id, Today, amount, owner: owner, crm: crm, planned: planned, name: name);

    // A win of 1,000 a day from the sixth day of the year on, each ten days after its creation.
    private static HandMadeHistory Wins(int count)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < count; i++) made.Deal($"W{i}", i - 5, amount: 1000).Stage($"W{i}", "Won", i + 5);
        return made;
    }

    private static CrmHistory Facts(HandMadeHistory made, params Quota[] quotas) => new CrmHistory(made.Until(44.5).ToFacts() with
    {
        Quotas = quotas, SalesReps = [new SalesRep("R", "Rita", "T")], Teams = [new Team("T", "North", null)],
    }).KnownAt(Today);

    private static RevenueForecaster Forecaster(CrmHistory history, params ScoredOpportunity[] deals) => new(history, Today, deals, Calm, 0.01);

    private static Quota Monthly(int month, decimal amount) => new(null, null, new DateOnly(2024, month, 1), new DateOnly(2024, month, 1).AddMonths(1).AddDays(-1), amount, HandMadeHistory.Day(0));

    private static Quota Whole(decimal amount, double recorded) => new(null, null, Quarter.From, Quarter.Until, amount, HandMadeHistory.Day(recorded));
}
