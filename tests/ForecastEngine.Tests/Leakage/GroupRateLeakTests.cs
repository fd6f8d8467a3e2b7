using ForecastEngine.Backtesting.Controls;
using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Leakage;

/// <summary>A group's rate knows neither the future nor the outcome of the deal that it is served to.</summary>
public sealed class GroupRateLeakTests
{
    private static readonly FeatureSchema Schema = FeatureSchema.From(LeakWorld.History, [7, 28, 84]);
    private static readonly FeatureSet Features = new(Schema);

    // Rates that count a closing from the birth of its deal on.
    private static GroupRates OfTheFuture(CrmHistory history, IReadOnlyList<string> attributes) => GroupRates.From(LeakWorld.ClosedAtBirth(history), attributes);

    [Fact]
    public void Rates_as_of_a_date_are_those_of_what_was_known_then() => Assert.Empty(RatesThatKnowTheFuture(GroupRates.From));

    [Fact]
    public void Rates_of_the_whole_future_are_found_out() => Assert.NotEmpty(RatesThatKnowTheFuture(OfTheFuture));

    [Fact]
    public void The_outcome_of_a_deal_is_not_in_its_own_rates_before_it_closes() => Assert.Empty(DealsThatKnowThemselves(GroupRates.From));

    [Fact]
    public void Rates_that_count_the_own_deal_are_found_out() => Assert.True(DealsThatKnowThemselves(OfTheFuture).Count > 20);

    [Fact]
    public void Shuffled_outcomes_find_out_rates_of_the_future_and_acquit_rates_as_of()
    {
        var options = new ControlOptions { Win = LeakWorld.Quick.Win, Threads = 2 };
        ControlResult Run(Func<CrmHistory, IReadOnlyList<string>, GroupRates> rates) =>
            ShuffledLabels.Run(LeakWorld.History, told => OutOfTimeSkill.Of(told, LeakWorld.Cutoff, 0, options, rates), 2, 11);
        var (honest, leaking) = (Run(GroupRates.From), Run(OfTheFuture));
        TestContext.Current.TestOutputHelper?.WriteLine($"{honest.Found}; rates of the future: {leaking.Found}");
        Assert.True(honest.Holds, honest.Found);
        Assert.False(leaking.Holds, leaking.Found);
        Assert.True(leaking.Figure > 0.6);
    }

    private static List<string> RatesThatKnowTheFuture(Func<CrmHistory, IReadOnlyList<string>, GroupRates> ratesOf)
    {
        var (history, asOf) = (LeakWorld.History, LeakWorld.Cutoff);
        var (whole, then) = (ratesOf(history, []), GroupRates.From(history.KnownAt(asOf), []));
        Assert.True(then.Overall(asOf).Closed > 100);
        return [.. history.Opportunities.SelectMany(o => new[] { ("owner", o.OwnerId), ("product", o.ProductId), ("source", o.Source), ("account", o.AccountId) }).Distinct()
            .Where(g => Bits.Of(whole.LogOdds(whole.Find(g.Item1, g.Item2), asOf)) != Bits.Of(then.LogOdds(then.Find(g.Item1, g.Item2), asOf))).Select(g => $"{g.Item1} {g.Item2}")];
    }

    // Deals whose features at birth change when they themselves, and nobody else, end the other way.
    private static List<string> DealsThatKnowThemselves(Func<CrmHistory, IReadOnlyList<string>, GroupRates> ratesOf)
    {
        var history = LeakWorld.History;
        var rates = ratesOf(history, Schema.CategoricalAttributes);
        var changed = new List<string>();
        var tried = 0;
        for (var i = 0; i < history.Opportunities.Length; i += 12)
        {
            var deal = history.Opportunities[i];
            if (Closing.Final(history, i) is not { } closing || closing.RecordedAt <= deal.RecordedAt) continue;
            tried++;
            var other = LeakWorld.WithOtherOutcomes(history, c => c.OpportunityId == deal.Id);
            Assert.NotEqual(closing.Won, Closing.Final(other, i)!.Won);
            AsOf[] dates = [AsOf.At(deal.RecordedAt), AsOf.At(closing.RecordedAt.AddTicks(-1))];
            if (!Before(history, rates).SequenceEqual(Before(other, ratesOf(other, Schema.CategoricalAttributes)))) changed.Add(deal.Id);

            IEnumerable<string> Before(CrmHistory told, GroupRates theirs) => new SnapshotTaker(told, Features, theirs).Take(i, dates).Select(Bits.Of).ToList();
        }
        Assert.True(tried > 30, $"{tried} closed deals");
        return changed;
    }
}
