using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Forecasting;

/// <summary>A deal's revenue divided over products by its line items, and over owners and teams by its splits.</summary>
public sealed class DealSharesTests
{
    private static readonly AsOf Today = HandMadeHistory.AsOfDay(50);
    private static readonly Period Quarter = BusinessCalendar.Default.Quarter(Today.Date);

    [Fact]
    public void Won_revenue_is_divided_over_products_in_the_ratio_of_line_items()
    {
        var history = History(Won("A", 1_000_000), Line("A", "crane", 900_000), Line("A", "care", 50_000), Line("A", "care", 50_000));
        Assert.Equal([("care", 100_000), ("crane", 900_000)], WonBy(history, Dimension.Product));
        Assert.Equal(["Care", "Crane"], Forecaster(history).Forecast(Quarter, Dimension.Product).Select(f => f.Name));
    }

    [Fact]
    public void Line_items_that_do_not_add_up_to_the_amount_count_by_their_ratio_to_the_cent()
    {
        var history = History(Won("A", 1000.01m), Line("A", "x", 1), Line("A", "y", 1), Line("A", "z", 1));
        Assert.Equal([("x", 333.34), ("y", 333.33), ("z", 333.34)], WonBy(history, Dimension.Product));
    }

    [Fact]
    public void A_deal_without_line_items_that_count_keeps_its_product_field()
    {
        var history = History(Won("A", 100, product: "crane"), Won("B", 10), Won("C", 1, product: "care"), Line("C", "crane", -5), Line("C", "unpriced", 0));
        Assert.Equal([("", 10), ("care", 1), ("crane", 100)], WonBy(history, Dimension.Product));
    }

    [Fact]
    public void A_product_whose_line_items_are_not_positive_together_has_no_share()
    {
        var history = History(Won("A", 90), Line("A", "crane", 100), Line("A", "discount", -10), Line("A", "care", 5), Line("A", "care", -5));
        Assert.Equal([("crane", 90)], WonBy(history, Dimension.Product));
    }

    [Fact]
    public void Line_items_of_several_currencies_are_compared_at_the_rates_known()
    {
        var lines = new[] { Line("A", "crane", 100) with { Currency = "USD" }, Line("A", "care", 50) };
        Assert.Equal([("", 300)], WonBy(History([Won("A", 300), .. lines]), Dimension.Product));
        var rated = new CrmHistory(History([Won("A", 300), .. lines]).ToFacts() with { Rates = [new ExchangeRate("USD", null, 0.5m, "test")] });
        Assert.Equal([("care", 150), ("crane", 150)], WonBy(rated, Dimension.Product));
    }

    [Fact]
    public void A_line_item_recorded_later_is_not_seen_before()
    {
        var history = History(Won("A", 100, product: "crane"), Line("A", "care", 7, day: 49));
        Assert.Equal([("crane", 100)], WonBy(history, Dimension.Product, HandMadeHistory.AsOfDay(48)));
        Assert.Equal([("care", 100)], WonBy(history, Dimension.Product));
    }

    [Fact]
    public void Won_revenue_is_divided_over_owners_and_their_teams_by_revenue_splits()
    {
        var history = History(Won("A", 1000, "R1"), Split("A", "R2", 0.25m), Split("A", "R3", 0.125m), Split("A", "R1", 0.5m, SplitKind.Overlay), Won("B", 10, "R3"));
        Assert.Equal([("R1", 625), ("R2", 250), ("R3", 135)], WonBy(history, Dimension.Owner));
        Assert.Equal([("", 135), ("T1", 625), ("T2", 250)], WonBy(history, Dimension.Team));
    }

    [Fact]
    public void Splits_of_more_than_the_whole_count_by_their_ratio_and_leave_nothing()
    {
        var history = History(Won("A", 100, "R1"), Split("A", "R2", 0.9m), Split("A", "R3", 0.6m));
        Assert.Equal([("R2", 60), ("R3", 40)], WonBy(history, Dimension.Owner));
    }

    [Fact]
    public void A_split_recorded_later_is_not_seen_before()
    {
        var history = History(Won("A", 100, "R1"), Split("A", "R2", 1, day: 49));
        Assert.Equal([("R1", 100)], WonBy(history, Dimension.Owner, HandMadeHistory.AsOfDay(48)));
        Assert.Equal([("R2", 100)], WonBy(history, Dimension.Owner));
    }

    [Fact]
    public void Won_revenue_is_of_the_team_of_its_day_and_open_deals_of_the_team_of_the_date()
    {
        var moved = new CrmHistory(History(Won("A", 100, "R1"), Deal("B", "R1")).ToFacts() with { Memberships = [new("R1", "T1", null), new("R1", "T2", HandMadeHistory.AsOfDay(45).Date)] });
        Assert.Equal([("T1", 100)], WonBy(moved, Dimension.Team));
        Assert.Equal([("T1", 0), ("T2", 1)], Forecaster(moved, [ForecastWorld.Deal("B", Today, 50, owner: "R1")]).Forecast(Quarter, Dimension.Team, 64).Select(f => (f.Key, f.OpenDeals)));
        var before = HandMadeHistory.AsOfDay(44);
        Assert.Equal([("T1", 1)], Forecaster(moved, [ForecastWorld.Deal("B", before, 50, owner: "R1")], before).Forecast(Quarter, Dimension.Team, 64).Select(f => (f.Key, f.OpenDeals)));
    }

    /// <summary>Every additive figure of random pipelines, deal by deal and by classes, with the words of a missing rate.</summary>
    [Fact]
    public void Parts_of_random_deals_add_up_to_the_company()
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var (history, deals) = Random(seed);
            var forecaster = Forecaster(history, [.. deals]);
            foreach (var dimension in (Dimension[])[Dimension.Product, Dimension.Owner, Dimension.Team])
            {
                ForecastSlot[] slots = [new(Quarter, Dimension.Company), new(Quarter, dimension)];
                var rolled = forecaster.RollUp(slots, deals);
                var whole = forecaster.Forecast(Quarter, latticeSize: 1024)[0];
                var parts = forecaster.Forecast(Quarter, dimension, 1024);
                var classes = forecaster.Forecast(rolled, Quarter, dimension, 1024);
                Assert.True(parts.Count > 2);
                Assert.Equal(parts.Select(p => p.Key), classes.Select(p => p.Key));
                Assert.Equal(Cents(whole.AlreadyWon), parts.Sum(p => Cents(p.AlreadyWon)));
                Assert.All(parts, p => Assert.Equal(p.AlreadyWon, (double)Cents(p.AlreadyWon), 1e-6));
                foreach (var of in (Func<RevenueForecast, double>[])[f => f.FromOpen, f => f.FromNew, f => f.Mean, f => f.ExpectedWins, f => f.WeightedPipeline])
                    foreach (var some in (IReadOnlyList<RevenueForecast>[])[parts, classes])
                        Assert.Equal(of(whole), some.Sum(of), 1e-6 * Math.Max(1, of(whole)));
                foreach (var (part, by) in parts.Zip(classes))
                {
                    Assert.Equal(part.Mean, part.Distribution!.Mean, 1e-6 * Math.Max(1, part.Mean));
                    Assert.Equal((part.OpenDeals, part.AlreadyWon), (by.OpenDeals, by.AlreadyWon));
                    Assert.True(part.OpenDeals <= whole.OpenDeals);
                }
            }
        }
    }

    [Fact]
    public void What_moves_a_part_between_two_dates_adds_up_to_its_move()
    {
        var history = History(Line("A", "crane", 3), Line("A", "care", 1), Line("A", "care", 5, day: 45), Won("B", 40, product: "care"), Deal("A"));
        var (before, after) = (HandMadeHistory.AsOfDay(44), Today);
        var (earlier, later) = (Parts(before, 100), Parts(after, 140));
        var bridge = ForecastBridge.Between(earlier.Mean, later.Mean, earlier, later, later, later, 0, _ => false);
        Assert.Equal(later.Mean - earlier.Mean, bridge.Change, 1e-9);
        Assert.True(bridge is { Moved: > 0, Amount: > 0 });

        RevenueParts Parts(AsOf asOf, double amount) => RevenueParts.Of(history.KnownAt(asOf), asOf, [ForecastWorld.Deal("A", asOf, amount)],
            new CommonFactor(0.9, 0.1, 0, 0.01), null, Quarter, Dimension.Product, "care");
    }

    private static decimal Cents(double amount) => Math.Round((decimal)amount, 2);

    private static (string, double)[] WonBy(CrmHistory history, Dimension dimension, AsOf? asOf = null) =>
        [.. Forecaster(history, asOf: asOf).Forecast(Quarter, dimension, 64).Where(f => f.AlreadyWon != 0).Select(f => (f.Key, f.AlreadyWon))];

    private static RevenueForecaster Forecaster(CrmHistory history, IReadOnlyList<ScoredOpportunity>? deals = null, AsOf? asOf = null) =>
        new(history.KnownAt(asOf ?? Today), asOf ?? Today, deals ?? [], new CommonFactor(0.9, 0.1, 0, 0.01), 0.01);

    private static Opportunity Deal(string id, string? owner = null, string? product = null, decimal? amount = null) => new()
    {
        Id = id, CreatedAt = HandMadeHistory.Day(1), RecordedAt = HandMadeHistory.Day(1), Stage = "New", Amount = amount, OwnerId = owner, ProductId = product,
    };

    private static LineItem Line(string deal, string product, decimal amount, double day = 2) => new($"{deal} {product}", deal, product, 1, amount, HandMadeHistory.Day(day));

    private static OpportunitySplit Split(string deal, string owner, decimal share, SplitKind kind = SplitKind.Revenue, double day = 2) =>
        new($"{deal} {owner} {kind}", deal, owner, share, kind, HandMadeHistory.Day(day));

    private static WonFact Won(string id, decimal amount, string? owner = null, string? product = null) => new(Deal(id, owner, product, amount));

    private sealed record WonFact(Opportunity Deal);

    private static CrmHistory History(params object[] facts)
    {
        var won = facts.OfType<WonFact>().Select(w => w.Deal).ToList();
        return new CrmHistory(new HandMadeHistory().Until(50).ToFacts() with
        {
            Opportunities = [.. won, .. facts.OfType<Opportunity>()], LineItems = [.. facts.OfType<LineItem>()],
            Splits = [.. facts.OfType<OpportunitySplit>()],
            Changes = [.. won.Select(w => new OpportunityChange { OpportunityId = w.Id, Field = OpportunityField.Stage, NewValue = "Won", At = HandMadeHistory.Day(40), RecordedAt = HandMadeHistory.Day(40) })],
            Products = [new("crane", "Crane", null, null, HandMadeHistory.Day(0)), new("care", "Care", null, null, HandMadeHistory.Day(0))],
            SalesReps = [new("R1", "Ana", "T1"), new("R2", "Bo", "T2"), new("R3", "Cy", null)], Teams = [new("T1", "North", null), new("T2", "South", null)],
        });
    }

    private static (CrmHistory History, IReadOnlyList<ScoredOpportunity> Deals) Random(int seed)
    {
        var (facts, deals) = (new List<object>(), new List<ScoredOpportunity>());
        for (var i = 0; i < 60; i++)
        {
            var random = CounterRandom.For(seed, i);
            var (id, amount) = ($"D{i}", Math.Round((decimal)Math.Exp(6 + 2 * random.Normal()), 2));
            var (owner, product) = (random.Below(4, 1) is > 0 and var rep ? $"R{rep}" : null, random.Below(3, 2) == 0 ? null : "crane");
            facts.Add(i % 2 == 0 ? Won(id, i % 10 == 0 ? -amount : amount, owner, product) : Deal(id, owner, product, amount));
            for (var line = random.Below(5, 3); line > 0; line--)
                facts.Add(Line(id, $"P{random.Below(4, 10 + line)}", Math.Round((decimal)(random.Normal(20 + line) + 0.7) * 100, 2)));
            for (var split = random.Below(4, 30); split > 0; split--)
                facts.Add(Split(id, $"R{split}", Math.Round((decimal)random.Uniform(30 + split), 3), split == 3 ? SplitKind.Overlay : SplitKind.Revenue));
            if (i % 2 == 1)
                deals.Add(ForecastWorld.Deal(id, Today, i % 9 == 0 ? null : (double)amount, owner: owner, crm: 0.4, planned: Quarter.Until) is var deal && product is null
                    ? deal : deal with { Score = deal.Score with { ProductId = product } });
        }
        return (History([.. facts]), deals);
    }
}
