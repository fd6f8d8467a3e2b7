using ForecastEngine.Registry;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Registry;

public sealed class PromotionGateTests
{
    [Fact]
    public void A_challenger_that_is_surely_better_is_promoted()
    {
        var decision = PromotionGate.Decide(Losses(300, gain: 0.03, noise: 0.1));
        Assert.True(decision.Promote, decision.Reason);
        Assert.StartsWith("Promoted: the challenger's log loss beats that of the champion", decision.Reason, StringComparison.Ordinal);
        Assert.True(decision.Figures!.Lower < decision.Figures.Difference && decision.Figures.Difference < decision.Figures.Upper && decision.Figures.Upper < 0);
        Assert.Equal((300, 900), (decision.Figures.Deals, decision.Figures.Windows));
    }

    [Fact]
    public void A_challenger_that_is_worse_is_not()
    {
        var decision = PromotionGate.Decide(Losses(300, gain: -0.03, noise: 0.1));
        Assert.False(decision.Promote);
        Assert.Contains("not better", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_equal_challenger_is_not()
    {
        var decision = PromotionGate.Decide(Losses(300, gain: 0, noise: 0));
        Assert.False(decision.Promote);
        Assert.Equal(0, decision.Figures!.Difference);
    }

    [Fact]
    public void A_challenger_that_is_better_by_luck_is_not()
    {
        var losses = Losses(40, gain: 0.03, noise: 1.0);
        var decision = PromotionGate.Decide(losses);
        Assert.True(decision.Figures!.Difference < 0, "the case is meant to look better on average");
        Assert.False(decision.Promote);
        Assert.Contains("may be worse", decision.Reason, StringComparison.Ordinal);
    }

    // Ten windows of one deal are one observation: counted as ten, the band would be three times too narrow.
    [Fact]
    public void Windows_of_one_deal_count_once()
    {
        var once = Losses(100, gain: 0.02, noise: 0.3, windows: 1);
        GateLoss[] ten = [.. once.SelectMany(l => Enumerable.Repeat(l, 10))];
        var (narrow, wide) = (PromotionGate.Decide(once).Figures!, PromotionGate.Decide(ten).Figures!);
        Assert.Equal(narrow.Upper - narrow.Lower, wide.Upper - wide.Lower, 1e-9);
        var standardError = once.Select(l => l.ChallengerLogLoss - l.ChampionLogLoss).ToArray();
        var mean = standardError.Average();
        var expected = 2 * 1.645 * Math.Sqrt(standardError.Sum(d => (d - mean) * (d - mean)) / 100 / 100);
        Assert.InRange(narrow.Upper - narrow.Lower, 0.9 * expected, 1.1 * expected);
    }

    [Fact]
    public void A_challenger_that_is_surely_worse_in_one_segment_is_held_back_and_one_that_may_be_is_not()
    {
        GateLoss[] better = [.. Losses(300, gain: 0.05, noise: 0.1).Select(l => l with { Segment = "stage New" })];
        GateLoss[] worse = [.. Losses(60, gain: -0.05, noise: 0.05).Select(l => l with { OpportunityId = "other " + l.OpportunityId, Segment = "stage Offer" })];
        var held = PromotionGate.Decide([.. better, .. worse]);
        Assert.False(held.Promote);
        Assert.StartsWith("Kept the champion: the challenger's log loss is better, but in stage Offer it is worse by 0.0", held.Reason, StringComparison.Ordinal);
        Assert.True(PromotionGate.Decide([.. better, .. worse.Where(l => string.CompareOrdinal(l.OpportunityId, worse[3 * 20].OpportunityId) < 0)]).Promote, "fewer deals than a decision needs");
        Assert.True(PromotionGate.Decide([.. better, .. worse.Select(l => l with { Segment = null })]).Promote);
    }

    [Fact]
    public void A_worse_brier_score_holds_a_challenger_back()
    {
        GateLoss[] losses = [.. Losses(300, gain: 0.03, noise: 0.1).Select(l => l with { ChallengerBrier = l.ChampionBrier + 0.01 })];
        var decision = PromotionGate.Decide(losses);
        Assert.False(decision.Promote);
        Assert.Contains("Brier", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_deals_decide_nothing()
    {
        Assert.Contains("30 are needed", PromotionGate.Decide(Losses(29, 0.5, 0)).Reason, StringComparison.Ordinal);
        Assert.False(PromotionGate.Decide([]).Promote);
        Assert.Null(PromotionGate.Decide([]).Figures);
    }

    [Fact]
    public void The_first_version_must_beat_the_stage_rate()
    {
        Assert.True(PromotionGate.DecideFirst(Losses(100, 0.01, 0.05)).Promote);
        var worse = PromotionGate.DecideFirst(Losses(100, -0.01, 0.01));
        Assert.False(worse.Promote);
        Assert.Contains("of the stage rate", worse.Reason, StringComparison.Ordinal);
        Assert.StartsWith("Registered without promotion", PromotionGate.DecideFirst([]).Reason, StringComparison.Ordinal);
        Assert.StartsWith("Registered without promotion", PromotionGate.DecideFirst(Losses(10, 1, 0)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_losses_in_another_order_decide_alike()
    {
        var losses = Losses(80, 0.02, 0.2, windows: 1);
        var (forth, back) = (PromotionGate.Decide(losses), PromotionGate.Decide([.. losses.Reverse()]));
        Assert.Equal(forth.Figures!.Upper, back.Figures!.Upper);
        Assert.Equal(forth.Reason, back.Reason);
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_refused() =>
        Assert.Contains("opportunity X", Assert.Throws<ArgumentException>(() => PromotionGate.Decide([new GateLoss("X", 1, double.PositiveInfinity, 0, 0)])).Message, StringComparison.Ordinal);

    private static GateLoss[] Losses(int deals, double gain, double noise, int windows = 3) =>
        [.. Enumerable.Range(0, deals * windows).Select(i =>
        {
            var deal = i / windows;
            var champion = 0.5 + 0.2 * CounterRandom.For(5, deal).Uniform();
            var difference = -gain + noise * CounterRandom.For(6, deal).Normal() * 0.5 + noise * CounterRandom.For(7, i).Normal() * 0.5;
            return new GateLoss("D" + deal, champion, champion + difference, 0.2, 0.2 + difference / 3);
        })];
}
