using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Snapshots;
using static ForecastEngine.Tests.HandMadeHistory;

namespace ForecastEngine.Tests.Currencies;

/// <summary>The history's currency is a view: what is open goes by the rate of the date, what is won by that of its
/// close.</summary>
public sealed class MoneyViewTests
{
    private static readonly ExchangeRate[] Weekly = [Rate(0, 0.5m), Rate(7, 0.6m), Rate(14, 0.7m), Rate(21, 0.8m)];

    [Fact]
    public void An_open_deal_is_worth_its_amount_at_the_rate_of_the_date_and_a_move_of_the_rate_is_no_change()
    {
        var history = Until(30, new HandMadeHistory().Deal("D", 1, amount: 1000), Weekly);
        var state = State(history);
        foreach (var (day, amount) in new[] { (2, 500m), (8, 600m), (15, 700m), (25, 800m) })
        {
            state.AdvanceTo(AsOfDay(day));
            Assert.Equal((amount, amount, 0, null), (state.Amount, state.FirstAmount, state.AmountChanges, state.WithoutRate));
        }
    }

    [Fact]
    public void A_typed_amount_and_a_currency_that_change_count_as_typed()
    {
        var history = Until(30, new HandMadeHistory().Deal("D", 1, amount: 1000).Change("D", OpportunityField.Amount, "1000", "1200", 8)
            .Change("D", OpportunityField.Amount, "1200", "700", 15).Change("D", OpportunityField.Currency, "USD", null, 15), Weekly);
        var state = State(history);
        state.AdvanceTo(AsOfDay(9));
        Assert.Equal((720m, 600m, 1), (state.Amount, state.FirstAmount, state.AmountChanges));
        state.AdvanceTo(AsOfDay(25));
        Assert.Equal((700m, 800m, 2), (state.Amount, state.FirstAmount, state.AmountChanges));
    }

    [Fact]
    public void A_first_amount_that_comes_with_its_currency_is_in_it()
    {
        var history = new HandMadeHistory().Deal("D", 1).Change("D", OpportunityField.Amount, null, "1000", 3).Change("D", OpportunityField.Currency, null, "USD", 3).Until(30);
        var state = State(new CrmHistory(history.ToFacts() with { Rates = Weekly }));
        state.AdvanceTo(AsOfDay(8));
        Assert.Equal((600m, 600m), (state.Amount, state.FirstAmount));
    }

    [Fact]
    public void A_won_deal_keeps_the_rate_of_its_close()
    {
        var history = Until(30, new HandMadeHistory().Deal("D", 1, amount: 1000).Stage("D", "Won", 9), Weekly);
        Assert.Equal(600m, Closing.InForce(history, 0, AsOfDay(9))!.Amount);
        Assert.Equal(600m, Closing.Final(history, 0)!.Amount);
        var entered = Until(30, new HandMadeHistory().Deal("D", 1, amount: 1000).Stage("D", "Won", 16), Weekly).ToFacts();
        var byCloseDate = new CrmHistory(entered with { Changes = [.. entered.Changes.Select(c => c with { CloseOn = DateOnly.FromDateTime(Day(8).UtcDateTime) })] });
        Assert.Equal(600m, Closing.Final(byCloseDate, 0)!.Amount);
        Assert.Equal(600, Assert.Single(WonDeal.KnownAt(byCloseDate, AsOfDay(30))).Amount);
    }

    [Fact]
    public void A_rate_learned_later_changes_no_earlier_snapshot_and_every_later_one()
    {
        var made = new HandMadeHistory().Deal("Open", 1, amount: 1000).Deal("Won", 1, amount: 2000).Stage("Won", "Won", 9);
        var (bare, corrected) = (Until(30, made, Weekly), Until(30, made, [.. Weekly, Rate(7, 0.65m) with { LearnedAt = Day(12) }]));
        Assert.Equal(Seen(bare, 11.9), Seen(corrected, 11.9));
        Assert.Equal((600m, 1200m), Seen(bare, 12));
        Assert.Equal((650m, 1300m), Seen(corrected, 12));
        Assert.Equal(Seen(corrected, 12), Seen(corrected.KnownAt(AsOfDay(12)), 12));
        Assert.NotEqual(HistoryHash.Of(bare), HistoryHash.Of(corrected));
        Assert.Equal(HistoryHash.Of(bare.KnownAt(AsOfDay(11))), HistoryHash.Of(corrected.KnownAt(AsOfDay(11))));

        static (decimal?, decimal?) Seen(CrmHistory history, double day)
        {
            var state = State(history);
            state.AdvanceTo(AsOfDay(day));
            return (state.Amount, Closing.InForce(history, 1, AsOfDay(day))!.Amount);
        }
    }

    [Fact]
    public void An_amount_without_a_rate_is_unknown_and_told()
    {
        var history = Until(30, new HandMadeHistory().Deal("D", 1, amount: 50_000_000m).Deal("W", 1, amount: 7_000m).Stage("W", "Won", 9), []);
        var world = new TrainingWorld(history, AsOfDay(30));
        var open = Assert.Single(new SnapshotTaker(history, world.Features, world.Rates).OpenPipeline(AsOfDay(20)));
        Assert.Equal((null, new Money(50_000_000m, "USD")), (open.Amount, open.WithoutRate));
        Assert.Equal(1, open.Value("amount_missing"));
        var won = Assert.Single(WonDeal.KnownAt(history, AsOfDay(30)));
        Assert.Equal((null, new Money(7_000m, "USD")), (won.Amount, won.WithoutRate));
        Assert.Equal(0, WonDeal.Revenue([won], DateOnly.MinValue, DateOnly.MaxValue));
    }

    [Fact]
    public void A_credit_lowers_what_is_won_and_leaves_features_finite()
    {
        var history = new HandMadeHistory().Deal("A", 1, amount: 500).Stage("A", "Won", 5).Deal("B", 2, amount: -200).Stage("B", "Won", 6).Deal("C", 3, amount: -80).Until(30);
        var won = WonDeal.KnownAt(history, AsOfDay(30));
        Assert.Equal(300, WonDeal.Revenue(won, DateOnly.MinValue, DateOnly.MaxValue));
        var world = new TrainingWorld(history, AsOfDay(30));
        var open = Assert.Single(new SnapshotTaker(history, world.Features, world.Rates).OpenPipeline(AsOfDay(20)));
        Assert.Equal(-80m, open.Amount);
        Assert.All(open.Features, f => Assert.True(float.IsFinite(f)));
    }

    [Fact]
    public void Rates_of_currencies_that_no_deal_is_in_change_no_hash()
    {
        var history = new HandMadeHistory().Deal("D", 1, amount: 10).Until(30);
        Assert.Equal(HistoryHash.Of(history), HistoryHash.Of(new CrmHistory(history.ToFacts() with { Rates = Weekly })));
    }

    private static CrmHistory Until(double day, HandMadeHistory made, ExchangeRate[] rates)
    {
        var facts = made.Until(day).ToFacts();
        return new CrmHistory(facts with { Opportunities = [.. facts.Opportunities.Select(o => o with { Currency = "USD" })], Rates = rates });
    }

    private static OpportunityState State(CrmHistory history)
    {
        var schema = FeatureSchema.From(history, [10]);
        var state = new OpportunityState(history, schema, GroupRates.From(history, []));
        state.Start(0);
        return state;
    }

    private static ExchangeRate Rate(double day, decimal rate) => new("USD", DateOnly.FromDateTime(Day(day).UtcDateTime), rate, "made");
}
