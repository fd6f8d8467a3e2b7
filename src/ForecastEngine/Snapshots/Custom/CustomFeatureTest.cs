using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Snapshots.Custom;

/// <summary>What a custom feature alone tells of won and lost, on deals after a date.</summary>
/// <param name="Feature">Its name.</param>
/// <param name="AtCreation">The larger of AUC and 1 − AUC at creation, among deals created next to each other, 0.5–1; NaN where there were too few.</param>
/// <param name="Later">The same at half the usual time to a win.</param>
/// <param name="Deals">Closed deals judged at creation.</param>
public sealed record CustomFeatureStrength(string Feature, double AtCreation, double Later, int Deals);

/// <summary>
/// The tests that a custom feature must pass before a training accepts it: its value may not depend on anything after the as-of
/// date, nor on when, where and in what order it is asked, and it may not tell almost by itself how a deal will end.
/// </summary>
public static class CustomFeatureTest
{
    private const int MostDeals = 200;
    private const int MinClosed = 30;
    private const string Pure = "Use nothing but the snapshot, and keep nothing between calls.";

    /// <summary>Refuses features that know the future or are not pure.</summary>
    /// <param name="features">The features.</param>
    /// <param name="known">What was known at the cutoff.</param>
    /// <param name="schema">The engine's own columns, which a feature may read.</param>
    /// <param name="from">Only deals after it are judged alone, where there are enough.</param>
    /// <param name="cutoff">The cutoff.</param>
    /// <param name="leakAuc">AUC alone beyond which a feature is refused, 0.5–1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>What each tells alone.</returns>
    /// <exception cref="CustomFeatureException">The first that fails: which, on which deal and date, what was found and expected.</exception>
    public static IReadOnlyList<CustomFeatureStrength> Require(IReadOnlyList<CustomFeature> features, CrmHistory known, FeatureSchema schema, AsOf from, AsOf cutoff, double leakAuc, CancellationToken cancellation = default)
    {
        if (features.Count == 0 || known.Opportunities.Length == 0) return [];
        var own = new FeatureSet(schema with { Custom = [] });
        var begin = known.Opportunities[0].CreatedAt;
        foreach (var share in (double[])[0.4, 0.7, 0.95])
        {
            cancellation.ThrowIfCancellationRequested();
            RequireNoFuture(features, known, AsOf.At(begin + share * (cutoff.Instant - begin)), (history, asOf) => Open(history, own, asOf));
        }
        var deals = Open(known, own, AsOf.At(begin + 0.7 * (cutoff.Instant - begin)));
        foreach (var feature in features) RequirePure(feature, deals);
        return [.. features.Select(f => RequireDoubt(f, known, own, from, cutoff, leakAuc))];
    }

    /// <summary>The same value whether what came later is there, gone or altered.</summary>
    internal static void RequireNoFuture(IReadOnlyList<CustomFeature> features, CrmHistory known, AsOf asOf, Func<CrmHistory, AsOf, IReadOnlyList<OpportunitySnapshot>> look)
    {
        var deals = look(known, asOf);
        foreach (var (history, what) in new[] { (known.KnownAt(asOf), "gone"), (AnotherFuture.Of(known, asOf), "altered") })
        {
            var told = look(history, asOf).ToDictionary(d => d.OpportunityId, StringComparer.Ordinal);
            foreach (var deal in deals)
                foreach (var feature in features)
                {
                    var (before, after) = (feature.Compute(deal), told.TryGetValue(deal.OpportunityId, out var other) ? feature.Compute(other) : null);
                    if (!Same(before, after))
                        throw new CustomFeatureException(feature, deal, $"{Text(after)} with everything later {what}", $"{Text(before)}, as with it there", "It knows the future: use only what was known then.");
                }
        }
    }

    /// <summary>The same value again, in another order and beside others, with the snapshot left as it was.</summary>
    internal static void RequirePure(CustomFeature feature, IReadOnlyList<OpportunitySnapshot> deals)
    {
        float[][] columns = [.. deals.Select(d => (float[])d.Features.Clone())];
        var first = deals.Select(feature.Compute).ToArray();
        Compare(deals.Select(feature.Compute).ToArray(), "asked a second time");
        var backwards = new double?[deals.Count];
        for (var i = deals.Count - 1; i >= 0; i--) backwards[i] = feature.Compute(deals[i]);
        Compare(backwards, "asked in another order");
        var beside = new double?[deals.Count];
        Parallel.For(0, deals.Count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => beside[i] = feature.Compute(deals[i]));
        Compare(beside, "asked on several threads");
        for (var i = 0; i < deals.Count; i++)
            if (!columns[i].AsSpan().SequenceEqual(deals[i].Features))
                throw new CustomFeatureException(feature, deals[i], "the snapshot's columns changed", "the snapshot left as it was", Pure);

        void Compare(double?[] again, string how)
        {
            for (var i = 0; i < deals.Count; i++)
                if (!Same(first[i], again[i])) throw new CustomFeatureException(feature, deals[i], $"{Text(again[i])} {how}", $"{Text(first[i])}, as the first time", Pure);
        }
    }

    // Alone it may tell something, but not almost everything: that would have been written with the outcome in hand.
    private static CustomFeatureStrength RequireDoubt(CustomFeature feature, CrmHistory known, FeatureSet own, AsOf from, AsOf cutoff, double leakAuc)
    {
        var later = Math.Max(1, Math.Round(MedianDaysToWin(known) / 2));
        var (atCreation, deals) = Strength(0);
        return new CustomFeatureStrength(feature.Name, atCreation, Strength(later).Auc, deals);

        (double Auc, int Deals) Strength(double age)
        {
            var judged = Judged(feature, known, own, from, age);
            if (!IsEnough(judged)) judged = Judged(feature, known, own, null, age);
            if (!IsEnough(judged)) return (double.NaN, judged.Count);
            double[] won = [.. judged.Select(j => j.Won ? 1.0 : 0.0)];
            double[] strengths = [Auc(j => j.Value ?? 0), Auc(j => j.Value is null ? 1 : 0)];
            var auc = strengths.Where(a => !double.IsNaN(a)).DefaultIfEmpty(0.5).Max();
            return auc <= leakAuc ? (auc, judged.Count) : throw new CustomFeatureException($"Custom feature {feature.Name}, {judged.Count} deals at {age:0} days of age, as of {cutoff}",
                FormattableString.Invariant($"an AUC of {auc:0.000} for telling won from lost by itself"), FormattableString.Invariant($"at most {leakAuc:0.00}"), "It was most likely written with the outcome in hand: leave it out, or say when its parts are known in the import map.");

            double Auc(Func<(double? Value, bool Won), double> value)
            {
                var (found, _) = PeerAuc.Of([.. judged.Select(value)], won);
                return Math.Max(found, 1 - found);
            }
        }
    }

    private static bool IsEnough(List<(double? Value, bool Won)> judged) => judged.Count >= MinClosed && judged.Any(j => j.Won) && judged.Any(j => !j.Won);

    private static List<(double? Value, bool Won)> Judged(CustomFeature feature, CrmHistory known, FeatureSet own, AsOf? from, double ageDays)
    {
        var taker = new SnapshotTaker(known, own, GroupRates.From(known, own.Schema.CategoricalAttributes));
        var judged = new List<(double?, bool)>();
        for (var i = 0; i < known.Opportunities.Length; i++)
        {
            var asOf = AsOf.At(BirthOf(known.Opportunities[i]).AddDays(ageDays));
            if (from is { } start && asOf.CompareTo(start) <= 0) continue;
            if (Closing.FirstAfter(known, i, asOf) is { } closing && taker.Take(i, asOf) is { } snapshot) judged.Add((feature.Compute(snapshot), closing.Won));
        }
        return judged;
    }

    private static double MedianDaysToWin(CrmHistory known)
    {
        var days = Enumerable.Range(0, known.Opportunities.Length).Select(i => (Deal: known.Opportunities[i], Closing: Closing.Final(known, i)))
            .Where(d => d.Closing is { Won: true, HasTime: true })
            .Select(d => Math.Max(0, (d.Closing!.At - BirthOf(d.Deal)).TotalDays)).Order().ToList();
        return days.Count == 0 ? 90 : days[days.Count / 2];
    }

    private static DateTimeOffset BirthOf(Opportunity deal) => deal.RecordedAt > deal.CreatedAt ? deal.RecordedAt : deal.CreatedAt;

    private static List<OpportunitySnapshot> Open(CrmHistory history, FeatureSet own, AsOf asOf)
    {
        var open = new SnapshotTaker(history, own, GroupRates.From(history, own.Schema.CategoricalAttributes)).OpenPipeline(asOf);
        var step = Math.Max(1, open.Count / MostDeals);
        return [.. open.Where((_, n) => n % step == 0)];
    }

    private static bool Same(double? a, double? b) => a is { } x && b is { } y ? BitConverter.DoubleToInt64Bits(x) == BitConverter.DoubleToInt64Bits(y) : a is null && b is null;

    private static string Text(double? value) => value is { } number ? FormattableString.Invariant($"{number:R}") : "missing";
}
