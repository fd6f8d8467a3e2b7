using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Forecasting;

namespace ForecastEngine.Tests.Currencies;

/// <summary>A forecast says how much money it leaves out for want of a rate, and by what rate quotas are
/// seen.</summary>
public sealed class MissingRateTests
{
    private static readonly AsOf Today = AsOf.EndOf(new DateOnly(2024, 2, 14));
    private static readonly Period Quarter = BusinessCalendar.Default.Quarter(Today.Date);

    [Fact]
    public void A_forecast_tells_how_much_is_without_a_rate_by_currency()
    {
        string[] expected =
        [
            "2 won deals have an amount without a rate, 300 CHF and 5,000 JPY in all: nothing is added for it to what is won. Import the rates.",
            "3 open deals have an amount without a rate, 100.5 CHF and 7,000 JPY in all: it counts as unknown. Import the rates.",
        ];
        var forecaster = Forecaster([], Open("A", 7_000, "JPY"), Open("B", 60.25m, "CHF"), Open("C", 40.25m, "CHF"), ForecastWorld.Deal("D", Today, 100));
        var forecast = forecaster.Forecast(Quarter)[0];
        Assert.Equal(1000, forecast.AlreadyWon);
        Assert.Equal(expected, forecast.Warnings.Where(w => w.Contains("rate", StringComparison.Ordinal)));
        Assert.DoesNotContain(forecast.Warnings, w => w.Contains("won deal has no amount", StringComparison.Ordinal));

        // The same from shares that were added up and kept as bytes.
        ForecastSlot[] slots = [new(Quarter, Dimension.Company)];
        var kept = forecaster.RollUp(slots, [Open("A", 7_000, "JPY"), Open("B", 60.25m, "CHF")]);
        kept.Add(forecaster.RollUp(slots, [Open("C", 40.25m, "CHF"), ForecastWorld.Deal("D", Today, 100)]));
        var rolled = forecaster.Forecast(RevenueRollup.FromBytes(kept.ToBytes(), slots), Quarter)[0];
        Assert.Equal(expected, rolled.Warnings.Where(w => w.Contains("rate", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_quota_is_seen_at_the_rate_of_the_as_of_date_and_without_one_there_is_none()
    {
        var dollars = Forecaster([new Quota(null, null, Quarter.From, Quarter.Until, 1000, HandMadeHistory.Day(0), "USD")], Open("A", 1, "JPY"));
        Assert.Equal(500m, dollars.Forecast(Quarter)[0].Quota);
        var yen = Forecaster([new Quota(null, null, Quarter.From, Quarter.Until, 1000, HandMadeHistory.Day(0), "JPY")], Open("A", 1, "JPY"));
        Assert.Null(yen.Forecast(Quarter)[0].Quota);
    }

    [Fact]
    public void A_score_keeps_the_amount_as_typed_where_no_rate_is_known()
    {
        var score = Open("A", -7_000.5m, "JPY").Score;
        Assert.Equal(score.WithoutRate, StoredScore.Read(new FreshScore
        {
            OpportunityId = "A",
            ScoredAt = Today.Instant,
            KnownAt = Today.Instant,
            AsOf = score.AsOf,
            ModelVersion = "v",
            Row = StoredScore.RowOf(score),
        })!.WithoutRate);
    }

    private static RevenueForecaster Forecaster(Quota[] quotas, params ScoredOpportunity[] deals)
    {
        var made = new HandMadeHistory();
        foreach (var (id, amount) in new[] { ("E", 1000m), ("J", 5000m), ("C", 300m) }) made.Deal(id, 0, amount: amount).Stage(id, "Won", 5);
        var facts = made.Until(44.5).ToFacts();
        var history = new CrmHistory(facts with
        {
            Opportunities = [.. facts.Opportunities.Select(o => o with { Currency = o.Id switch { "J" => "JPY", "C" => "CHF", _ => null } })],
            Quotas = quotas,
            Rates = [new("USD", new DateOnly(2024, 1, 1), 0.6m, "made"), new("USD", new DateOnly(2024, 2, 1), 0.5m, "made"), new("USD", new DateOnly(2024, 3, 1), 0.4m, "made")],
        });
        return new RevenueForecaster(history.KnownAt(Today), Today, deals, new CommonFactor(0.9, 0.1, 0, 0.01), 0.01);
    }

    private static ScoredOpportunity Open(string id, decimal amount, string currency)
    {
        var made = ForecastWorld.Deal(id, Today, null);
        return made with { Score = made.Score with { WithoutRate = new Money(amount, currency) } };
    }
}
