using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Forecasting;

/// <summary>
/// How deals not yet created will fare: deals of the last year as they were at their birth, asked about as if they were born on
/// days to come. A year, evenly drawn from, because the newest alone are whatever campaign runs at the moment. So the share of a coming birth that is won in a period knows the calendar and the market as the model does.
/// </summary>
/// <remarks>F_w^new(c, t) = mean over the births i of the incidence of won within t days of the snapshot x_i moved to day c.</remarks>
public sealed class NewbornCurves
{
    private const int MostBirths = 96;
    private const int Days = 364;
    private readonly WinProbabilityModel _model;
    private readonly AsOf _asOf;
    private readonly CommonFactor _factor;
    private readonly IReadOnlyList<OpportunitySnapshot> _births;
    private readonly Dictionary<int, HazardCurve[]> _byWeek = [];

    private NewbornCurves(WinProbabilityModel model, AsOf asOf, CommonFactor factor, IReadOnlyList<OpportunitySnapshot> births) =>
        (_model, _asOf, _factor, _births) = (model, asOf, factor, births);

    /// <summary>From what was known at a date; null where rates answer instead of a model of one's own, or no birth is known.</summary>
    /// <param name="history">What was known.</param>
    /// <param name="asOf">The date.</param>
    /// <param name="model">Will it be won, and by when.</param>
    /// <param name="rates">Group rates of the history.</param>
    /// <param name="factor">The common factor after the last known week.</param>
    public static NewbornCurves? From(CrmHistory history, AsOf asOf, WinProbabilityModel model, GroupRates rates, CommonFactor factor)
    {
        if (model.Won.Trees is null) return null;
        var taker = new SnapshotTaker(history, model.Features, rates);
        var recent = new List<(int Index, AsOf Birth)>();
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            var opportunity = history.Opportunities[i];
            var birth = AsOf.At(opportunity.RecordedAt > opportunity.CreatedAt ? opportunity.RecordedAt : opportunity.CreatedAt);
            if (birth.CompareTo(asOf) <= 0) recent.Add((i, birth));
        }
        // The deals of a year, and of more where the year brought fewer than there is room for.
        var first = recent.FindIndex(r => (asOf.Instant - r.Birth.Instant).TotalDays <= Days);
        recent.RemoveRange(0, Math.Clamp(first < 0 ? recent.Count : first, 0, Math.Max(0, recent.Count - MostBirths)));
        recent.RemoveAll(r => !DealTimes.HasBirth(history.Opportunities[r.Index],
            Closing.FirstAfter(history, r.Index, AsOf.At(DateTimeOffset.MinValue))));
        var taken = Math.Min(MostBirths, recent.Count);
        var births = new List<OpportunitySnapshot>();
        for (var n = 0; n < taken; n++)
        {
            var (index, birth) = recent[(int)((n + 0.5) * recent.Count / taken)];
            if (taker.Take(index, birth) is { } snapshot) births.Add(snapshot);
        }
        return births.Count == 0 ? null : new NewbornCurves(model, asOf, factor, births);
    }

    /// <summary>P(won after <paramref name="fromDays"/> and within <paramref name="untilDays"/> of the birth) of a deal born <paramref name="daysAhead"/> days after the as-of date, 0–1.</summary>
    public double WonShare(int daysAhead, double fromDays, double untilDays)
    {
        var sum = 0.0;
        foreach (var curve in OfWeek((daysAhead - 1) / 7)) sum += curve.WonWithin(untilDays) - curve.WonWithin(fromDays);
        return Math.Max(0, sum / _births.Count);
    }

    // Births of a week share the curves of its middle.
    private HazardCurve[] OfWeek(int week)
    {
        lock (_byWeek)
        {
            if (_byWeek.TryGetValue(week, out var known)) return known;
            var at = AsOf.At(_asOf.Instant.AddDays(7 * week + 3.5));
            var shift = new double[_model.Grid.Count];
            for (var k = 0; k < shift.Length; k++) shift[k] = _factor.ShiftAt(week + (int)((_model.Grid.Edges[k] + _model.Grid.Edges[k + 1]) / 2 / 7));
            return _byWeek[week] = [.. _births.Select(birth =>
            {
                float[] columns = [.. birth.Features];
                _model.Features.MoveTo(at.Date, columns);
                return _model.Evaluate(birth with { AsOf = at, Features = columns }).Shifted(shift);
            })];
        }
    }
}
