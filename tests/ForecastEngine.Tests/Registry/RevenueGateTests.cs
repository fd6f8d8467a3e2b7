using ForecastEngine.Registry;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Registry;

public sealed class RevenueGateTests
{
    private static readonly PromotionDecision Won = new(true, "Promoted: deals.", null);

    [Fact]
    public void Worse_forecasts_of_revenue_withdraw_a_promotion()
    {
        var decision = RevenueGate.Confirm(Won, Weeks(10, harm: 20, noise: 5));
        Assert.False(decision.Promote);
        Assert.StartsWith("Kept the champion: the challenger's log loss is better, but its forecasts of revenue are worse: CRPS ", decision.Reason, StringComparison.Ordinal);
        Assert.Contains("held in 10 against 10 of 10 weeks", decision.Reason, StringComparison.Ordinal);
        Assert.True(decision.Revenue is { Windows: 10, Lower: > 0 });
        Assert.Equal(decision.Revenue.ChallengerCrps!.Value - decision.Revenue.ChampionCrps!.Value, decision.Revenue.Difference!.Value, 1e-9);
    }

    [Fact]
    public void Equal_ones_better_ones_and_ones_worse_by_chance_do_not()
    {
        foreach (var (harm, noise) in new[] { (0.0, 0.0), (-20, 5), (2, 60) })
        {
            var decision = RevenueGate.Confirm(Won, Weeks(10, harm, noise));
            Assert.True(decision.Promote, decision.Reason);
            Assert.StartsWith("Promoted: deals. Revenue does not speak against it: CRPS ", decision.Reason, StringComparison.Ordinal);
        }
        Assert.True(RevenueGate.Confirm(Won, Weeks(10, 2, 60)).Revenue!.Difference > 0, "the case is meant to look worse on average");
    }

    [Fact]
    public void Bands_that_surely_hold_less_often_withdraw_it_and_ones_that_may_do_not()
    {
        // Five weeks lost and none gained come about by chance once in 32, four once in 16.
        var lost = RevenueGate.Confirm(Won, Covered(champion: 13, challenger: 8));
        Assert.False(lost.Promote);
        Assert.Contains("its bands of revenue hold less often", lost.Reason, StringComparison.Ordinal);
        Assert.Contains("the 80 % band held in 8 against 13 of 13 weeks", lost.Reason, StringComparison.Ordinal);
        Assert.Equal((1.0, 8 / 13.0), (lost.Revenue!.ChampionCoverage, lost.Revenue.ChallengerCoverage));
        Assert.True(RevenueGate.Confirm(Won, Covered(champion: 13, challenger: 9)).Promote);
    }

    // A champion whose bands always hold has them too wide: coming down to what they promise is no harm.
    [Fact]
    public void Coverage_beyond_what_bands_promise_is_no_merit() => Assert.True(RevenueGate.Confirm(Won, Covered(champion: 30, challenger: 24)).Promote);

    [Fact]
    public void Weeks_too_few_to_tell_are_told_of()
    {
        var decision = RevenueGate.Confirm(Won, Weeks(3, harm: 1000, noise: 0));
        Assert.True(decision.Promote);
        Assert.Equal("Promoted: deals. Revenue was not judged: 3 whole weeks out of time; 4 are needed.", decision.Reason);
        Assert.True(decision.Revenue is { Windows: 3, Lower: null });
        Assert.Equal(0, RevenueGate.Confirm(Won, []).Revenue!.Windows);
        Assert.False(RevenueGate.Confirm(Won, Weeks(4, harm: 1000, noise: 1)).Promote);
    }

    [Fact]
    public void What_deals_refused_stays_refused()
    {
        var refused = new PromotionDecision(false, "Kept the champion: deals.", null);
        Assert.Same(refused, RevenueGate.Confirm(refused, Weeks(10, harm: -50, noise: 1)));
    }

    [Fact]
    public void A_crps_that_is_not_finite_is_refused() => Assert.Contains("Promotion gate, 2026-W01",
        Assert.Throws<ArgumentException>(() => RevenueGate.Confirm(Won, [new RevenueLoss("2026-W01", double.NaN, 1, true, true)])).Message, StringComparison.Ordinal);

    private static RevenueLoss[] Weeks(int count, double harm, double noise) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var champion = 300 + 50 * CounterRandom.For(3, i).Uniform();
        return new RevenueLoss($"week {i}", champion, champion + harm + noise * CounterRandom.For(4, i).Normal(), true, true);
    })];

    private static RevenueLoss[] Covered(int champion, int challenger) => [.. Weeks(Math.Max(champion, challenger), 0, 0).Select((w, i) => w with { ChampionCovers = i < champion, ChallengerCovers = i < challenger })];
}
