using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Forecasting;

/// <summary>Wins of deals not yet created, against worlds where their true expectation is known.</summary>
public sealed class NewBusinessTests
{
    [Fact]
    public void Expected_wins_of_new_deals_are_near_the_true_ones()
    {
        var (stated, actual) = (0.0, 0.0);
        foreach (var seed in new long[] { 201, 202, 203, 204 })
        {
            var world = TrainingWorld.Simulated(new SimulationOptions { Seed = seed, Weeks = 170, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(40), ActivityDensity = 0.05, LeadDensity = 0, YearlyGrowth = seed % 2 == 0 ? 0.2 : 0 });
            var history = new CrmHistory(world.Facts);
            foreach (var week in new[] { 117, 130, 137, 143 })
            {
                var truth = world.Truth.At(week);
                var asOf = AsOf.EndOf(truth.AsOf);
                var period = BusinessCalendar.Default.Quarter(truth.AsOf.AddDays(4));
                var expected = truth.Revenue(period.From, period.Until, 200).ExpectedWinsOfNew;
                var found = NewBusiness.From(history.KnownAt(asOf), asOf).ExpectedWins(period);
                TestContext.Current.TestOutputHelper?.WriteLine($"world {seed}, {truth.AsOf:yyyy-MM-dd}: {found:0.0}, true {expected:0.0}");
                stated += found;
                actual += expected;
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"all: {stated / actual:0.000}");
        Assert.True(actual > 60);
        Assert.InRange(stated / actual, 0.75, 1.3);
    }

    [Fact]
    public void Amounts_keep_the_mean_of_the_wins_that_were_fast_enough()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 80; i++)
        {
            // Forty wins of 100 within 20 days, forty of 1,000 within 90.
            var fast = i % 2 == 0;
            made.Deal($"D{i:00}", i, amount: fast ? 100 + i : 1000 + i).Stage($"D{i:00}", "Won", i + (fast ? 20 : 90));
        }
        var business = NewBusiness.From(made.Until(200), HandMadeHistory.AsOfDay(200));
        Assert.Equal(139, business.Amounts(30)!.Mean, 1e-9);
        Assert.Equal((139 + 1040) / 2.0, business.Amounts(120)!.Mean, 1e-9);
        // Fewer than thirty were that fast: all recent wins answer.
        Assert.Equal((139 + 1040) / 2.0, business.Amounts(10)!.Mean, 1e-9);
    }

    [Fact]
    public void Later_facts_change_nothing()
    {
        var world = ForecastWorld.Shared;
        var asOf = TrainingWorld.Before(world.World, 90);
        var period = BusinessCalendar.Default.Quarter(asOf.Date.AddDays(10));
        var whole = new CrmHistory(world.World.Facts);
        var (early, late) = (NewBusiness.From(whole.KnownAt(asOf), asOf), NewBusiness.From(whole, asOf));
        Assert.Equal(Bits.Of(early.ExpectedWins(period)), Bits.Of(late.ExpectedWins(period)));
        Assert.Equal(early.Dispersion, late.Dispersion);
        Assert.True(early.ExpectedWins(period) > 0);
    }

    [Fact]
    public void Shares_sum_to_one_and_without_wins_fall_to_nobody()
    {
        var business = NewBusiness.From(ForecastWorld.Shared.Known, ForecastWorld.Shared.AsOf);
        var shares = business.Shares((o, _) => [new PartShare(o.OwnerId ?? "", 0.25), new PartShare(o.Region ?? "", 0.75)]);
        Assert.True(shares.Count > 3);
        Assert.Equal(1, shares.Values.Sum(), 1e-12);
        var none = NewBusiness.From(new HandMadeHistory().Deal("A", 0).Until(50), HandMadeHistory.AsOfDay(50));
        Assert.Equal(1, none.Shares((o, _) => [new PartShare(o.OwnerId ?? "", 1)])[""]);
        Assert.Null(none.Amounts(90));
        Assert.Equal(0, none.ExpectedWins(BusinessCalendar.Default.Quarter(HandMadeHistory.AsOfDay(50).Date)));
    }
}
