using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Tests.Leakage;

/// <summary>A custom feature that knows the future, is not pure or tells everything must be refused; an honest one must pass.</summary>
public sealed class CustomFeatureLeakTests
{
    private static readonly CrmHistory Known = LeakWorld.History.KnownAt(LeakWorld.Cutoff);
    private static readonly FeatureSchema Schema = FeatureSchema.From(Known, [7, 28, 84]);
    private static readonly AsOf From = AsOf.At(LeakWorld.Cutoff.Instant.AddDays(-180));

    [Fact]
    public void An_honest_feature_passes_and_its_strength_is_told()
    {
        var strength = Assert.Single(Require(CustomFeature.Compile("calls_30d", "calls", "calls are entered when they are made", "deal => deal.Activities.Count(a => a.Kind == \"Call\" && a.At > deal.AsOf.Instant.AddDays(-30))")));
        Assert.InRange(strength.Later, 0.5, 0.9);
        Assert.True(strength.Deals > 30);
    }

    [Fact]
    public void A_feature_that_looks_ahead_is_refused_with_deal_and_date()
    {
        var activities = Feature(deal => deal.Activities.Count);
        var asOf = AsOf.At(Known.Opportunities[0].CreatedAt.AddDays(300));
        CustomFeatureTest.RequireNoFuture([activities], Known, asOf, Look(days: 0));
        var fault = Assert.Throws<CustomFeatureException>(() => CustomFeatureTest.RequireNoFuture([activities], Known, asOf, Look(days: 40)));
        Assert.Matches(@"^Custom feature planted, opportunity O\d+, as of 20\d\d-\d\d-\d\dT.*: found \d+ with everything later (gone|altered); expected \d+, as with it there\. It knows the future", fault.Message);
    }

    [Fact]
    public void A_feature_that_keeps_something_between_calls_is_refused()
    {
        var calls = 0;
        Assert.Contains("asked a second time; expected 1, as the first time", Refusal(Feature(_ => Interlocked.Increment(ref calls))), StringComparison.Ordinal);
        var (last, first) = ("", Look(0)(Known, AsOf.At(Known.Opportunities[0].CreatedAt.AddDays(300)))[0].OpportunityId);
        Assert.Contains("asked in another order", Refusal(Feature(deal =>
        {
            var before = Interlocked.Exchange(ref last, deal.OpportunityId);
            return deal.OpportunityId == first || string.CompareOrdinal(deal.OpportunityId, before) > 0 ? 1 : 0;
        })), StringComparison.Ordinal);
        Assert.Contains("found the snapshot's columns changed", Refusal(Feature(deal => deal.Features[0] = 1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(1e300, "1E+300")]
    public void A_value_that_no_column_can_hold_is_refused(double value, string told) =>
        Assert.Matches($@"^Custom feature planted, opportunity O\d+, as of .*: found {told.Replace("+", "\\+", StringComparison.Ordinal)}; expected a finite number, or null", Refusal(Feature(_ => value)));

    [Fact]
    public void A_feature_that_throws_is_refused_with_its_own_words() =>
        Assert.Contains("found InvalidOperationException: no such stage; expected a number", Refusal(Feature(_ => throw new InvalidOperationException("no such stage"))), StringComparison.Ordinal);

    [Fact]
    public void A_feature_that_knows_the_outcome_is_refused_by_what_it_tells_alone_and_its_noise_passes()
    {
        var won = Enumerable.Range(0, Known.Opportunities.Length).Where(i => Closing.Final(Known, i) is { Won: true }).Select(i => Known.Opportunities[i].Id).ToHashSet(StringComparer.Ordinal);
        var fault = Assert.Throws<CustomFeatureException>(() => Require(Feature(deal => won.Contains(deal.OpportunityId) ? 1 : 0)));
        Assert.Matches(@"^Custom feature planted, \d+ deals at 0 days of age, as of .*: found an AUC of 1\.000 for telling won from lost by itself; expected at most 0\.95", fault.Message);
        Assert.Contains("found an AUC of 1.000", Assert.Throws<CustomFeatureException>(() => Require(Feature(deal => won.Contains(deal.OpportunityId) ? null : 3))).Message, StringComparison.Ordinal);
        Require(Feature(deal => won.Contains(deal.OpportunityId) ^ deal.OpportunityId.GetHashCode(StringComparison.Ordinal) % 3 == 0 ? 1 : 0));
    }

    [Fact]
    public void A_training_with_a_leaking_feature_makes_no_model() =>
        Assert.Throws<CustomFeatureException>(() => BundleTrainer.Train(Known, LeakWorld.Cutoff, LeakWorld.Quick with { CustomFeatures = [Feature(_ => double.NaN)] }));

    private static CustomFeature Feature(Func<OpportunitySnapshot, double?> value) => new("planted", "units", "this is a test", value, null);

    private static IReadOnlyList<CustomFeatureStrength> Require(params CustomFeature[] features) => CustomFeatureTest.Require(features, Known, Schema, From, LeakWorld.Cutoff, 0.95);

    private static string Refusal(CustomFeature feature) => Assert.Throws<CustomFeatureException>(() =>
        CustomFeatureTest.RequirePure(feature, Look(0)(Known, AsOf.At(Known.Opportunities[0].CreatedAt.AddDays(300))))).Message;

    private static Func<CrmHistory, AsOf, IReadOnlyList<OpportunitySnapshot>> Look(double days) => (history, asOf) =>
        new SnapshotTaker(history, new FeatureSet(Schema), GroupRates.From(history, [])).OpenPipeline(AsOf.At(asOf.Instant.AddDays(days)));
}
