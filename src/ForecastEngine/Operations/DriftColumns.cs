using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Operations;

/// <summary>How far a column, the win probability or a share of new values moved since training.</summary>
/// <param name="Column">A feature; <c>win probability</c>; or <c>new …</c>: 1 where a deal's value was not seen before.</param>
/// <param name="Then">Its mean in the year before training ended.</param>
/// <param name="Now">Its mean in the last eight weeks.</param>
/// <param name="MissingThen">Share of missing values then; null for a column that cannot miss.</param>
/// <param name="MissingNow">The same now.</param>
/// <param name="StabilityIndex">Population stability index: 0.1 watch, 0.25 act, by custom.</param>
/// <param name="KolmogorovSmirnov">Largest distance of the two distribution functions, 0–1.</param>
/// <param name="AdjustedPValue">Adjusted by Holm for all columns of the look.</param>
/// <param name="IsAlarm">True when it calls for a new training: see <see cref="DriftRule"/>.</param>
public sealed record ColumnDrift(string Column, double Then, double Now, double? MissingThen, double? MissingNow, double StabilityIndex, double KolmogorovSmirnov, double AdjustedPValue, bool IsAlarm);

/// <summary>
/// Every deal once, at the same young age, so that the cases are independent: those of the year before training ended beside those of the
/// last eight weeks. Left out are columns that move by themselves: season, and what grows as history grows (rates of groups, earlier business).
/// </summary>
internal static class DriftColumns
{
    private const int ReferenceDays = 365, CurrentDays = 56, LeastReference = 60, LeastCurrent = 30;

    private static readonly (string Name, Func<OpportunitySnapshot, string?> Of)[] Categories =
        [("new owner", s => s.OwnerId), ("new product", s => s.ProductId), ("new region", s => s.Region), ("new source", s => s.Source), ("new segment", s => s.Segment), ("new stage", s => s.Stage)];

    /// <summary>The columns that can be told, the most moved first; none where there are too few deals on either side.</summary>
    public static IReadOnlyList<ColumnDrift> Of(ModelBundle bundle, CrmHistory history, GroupRates rates, AsOf trainedUntil, AsOf until, CancellationToken cancellation)
    {
        var features = bundle.Win.Features;
        var age = 2 * bundle.Win.Grid.UnitDays;
        var taker = new SnapshotTaker(history, features, rates);
        var (then, now) = (new List<OpportunitySnapshot>(), new List<OpportunitySnapshot>());
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var deal = history.Opportunities[i];
            var at = AsOf.At((deal.RecordedAt > deal.CreatedAt ? deal.RecordedAt : deal.CreatedAt).AddDays(age));
            var side = at.CompareTo(trainedUntil) <= 0 ? (trainedUntil.Instant - at.Instant).TotalDays <= ReferenceDays ? then : null
                : at.CompareTo(until) <= 0 && (until.Instant - at.Instant).TotalDays <= CurrentDays ? now : null;
            if (side is not null && taker.Take(i, at) is { } snapshot) side.Add(snapshot);
        }
        if (then.Count < LeastReference || now.Count < LeastCurrent) return [];

        var columns = new List<(string Name, double[] Then, double[] Now, int Missing)>();
        for (var f = 0; f < features.Count; f++)
        {
            var feature = features.Features[f];
            if (feature.Driver is Drivers.Season or Drivers.Account || feature.Name.EndsWith("_log_odds", StringComparison.Ordinal)) continue;
            var column = f;
            columns.Add((feature.Name, [.. then.Select(s => (double)s.Features[column])], [.. now.Select(s => (double)s.Features[column])], features.Features.ToList().FindIndex(o => o.Name == feature.Name + "_missing")));
        }
        columns.Add(("win probability", [.. then.Select(s => bundle.Win.Evaluate(s).WinProbability)], [.. now.Select(s => bundle.Win.Evaluate(s).WinProbability)], -1));
        foreach (var (name, of) in Categories)
        {
            // Of the year before, the later half by what the earlier half had seen: the usual rate of new values.
            var half = then.OrderBy(s => s.AsOf).Take(then.Count / 2).Select(of).ToHashSet();
            var all = then.Select(of).ToHashSet();
            if (all.Count < 2) continue;
            columns.Add((name, [.. then.OrderBy(s => s.AsOf).Skip(then.Count / 2).Select(s => half.Contains(of(s)) ? 0.0 : 1)], [.. now.Select(s => all.Contains(of(s)) ? 0.0 : 1)], -1));
        }
        var drifts = columns.Select(c => SampleDrift.Of(c.Then, c.Now)).ToList();
        var adjusted = DriftRule.Adjust(drifts);
        return [.. columns.Select((c, n) => new ColumnDrift(c.Name, c.Then.Average(), c.Now.Average(), Share(then, c.Missing), Share(now, c.Missing), drifts[n].StabilityIndex, drifts[n].KolmogorovSmirnov,
            adjusted[n], DriftRule.Alarms(drifts[n], adjusted[n]))).OrderBy(c => c.AdjustedPValue).ThenByDescending(c => c.StabilityIndex).ThenBy(c => c.Column, StringComparer.Ordinal)];
    }

    private static double? Share(List<OpportunitySnapshot> deals, int missing) => missing < 0 ? null : deals.Average(s => (double)s.Features[missing]);
}
