using ForecastEngine.Crm;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Snapshots;

/// <summary>
/// Builds the table that models learn from: a row per opportunity and landmark date at which it was open, with the
/// features as known then and what came later. Right-censored rows say how long they were watched; they are not lost.
/// </summary>
/// <remarks>
/// Landmarks: the creation, then one at a hash-drawn place in each interval of ages 0–1–2–3–4–6–8 … units (two units up to
/// 26, four after), so that every age is seen and no weekday is favoured.
/// </remarks>
public static class TrainingTable
{
    /// <summary>Text column: the opportunity.</summary>
    public const string OpportunityId = "opportunity_id";
    /// <summary>Date-time column: the landmark, UTC.</summary>
    public const string AsOfColumn = "as_of";
    /// <summary>Text column: the stage, for the stage rate.</summary>
    public const string Stage = "stage";
    /// <summary>Text column of other tables: the sales pipeline, where there are several.</summary>
    public const string Pipeline = "pipeline";
    /// <summary>Outcome column: 0 still open at the end of observation, 1 won, 2 lost.</summary>
    public const string Outcome = "outcome";
    /// <summary>Days from the landmark to the outcome, or to the end of observation.</summary>
    public const string DaysObserved = "days_observed";
    /// <summary>Days from the landmark to the end of observation.</summary>
    public const string DaysWatched = "days_watched";
    /// <summary>
    /// Outcome column, there only where some closing's moment is drawn: 1 where it has one of its own, 0 where
    /// <see cref="DaysObserved"/> ends at a draw (<see cref="Closing.HasTime"/>).
    /// </summary>
    public const string HasTime = "outcome_has_time";
    /// <summary>Amount as known at the landmark; NaN when unknown. Not a feature column.</summary>
    public const string AmountNow = "amount_now";
    /// <summary>Amount at close of a won deal; NaN otherwise. A label.</summary>
    public const string AmountAtClose = "amount_at_close";

    /// <summary>Text column that an exported table ends with: currency of its amounts (ISO 4217).</summary>
    public const string Currency = "currency";

    /// <summary>The columns that are no features; a feature may not bear one of these names.</summary>
    internal static IReadOnlyList<string> OwnColumns { get; } =
        [OpportunityId, AsOfColumn, Stage, Outcome, DaysObserved, DaysWatched, HasTime, AmountNow, AmountAtClose,
        Currency];

    /// <summary>Builds the table from the history known at <paramref name="cutoff"/>.</summary>
    /// <param name="history">Must already end at the cutoff: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="features">The columns.</param>
    /// <param name="rates">Group rates of the same history.</param>
    /// <param name="grid">Its unit spaces the landmarks.</param>
    /// <param name="cutoff">End of observation.</param>
    /// <param name="from">Only landmarks at or after it; null for all.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static DataFrame Build(CrmHistory history, FeatureSet features, GroupRates rates, TimeGrid grid, AsOf cutoff,
        AsOf? from = null, int threads = 1, CancellationToken cancellation = default)
    {
        var parts = new List<Row>[Math.Max(1, Math.Min(threads * 4, history.Opportunities.Length))];
        Parallel.For(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, part =>
        {
            var rows = new List<Row>();
            var taker = new SnapshotTaker(history, features, rates);
            var start = (int)((long)history.Opportunities.Length * part / parts.Length);
            var end = (int)((long)history.Opportunities.Length * (part + 1) / parts.Length);
            for (var i = start; i < end; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (var snapshot in taker.Take(i, Landmarks(history.Opportunities[i], grid, cutoff)))
                    if (from is null || snapshot.AsOf.CompareTo(from.Value) >= 0)
                        rows.Add(new Row(snapshot, Closing.FirstAfter(history, i, snapshot.AsOf)));
            }
            parts[part] = rows;
        });
        return ToFrame([.. parts.SelectMany(p => p)], features, cutoff);
    }

    /// <summary>The landmark dates of an opportunity up to the cutoff.</summary>
    public static IEnumerable<AsOf> Landmarks(Opportunity opportunity, TimeGrid grid, AsOf cutoff)
    {
        var birth = opportunity.RecordedAt > opportunity.CreatedAt ? opportunity.RecordedAt : opportunity.CreatedAt;
        if (birth >= cutoff.Instant) yield break;
        yield return AsOf.At(birth);
        var draw = CounterRandom.For(CounterRandom.HashOf(opportunity.Id), 17);
        var age = 0.0;
        for (var j = 0; ; j++)
        {
            var width = IntervalUnits(age) * grid.UnitDays;
            var at = birth.AddDays(age * grid.UnitDays + draw.Uniform(j) * width);
            if (at >= cutoff.Instant) yield break;
            yield return AsOf.At(at);
            age += width / grid.UnitDays;
        }
    }

    /// <summary>Width of the interval between landmarks at an age, both in units of the grid: how much of a deal's life a landmark stands for.</summary>
    internal static int IntervalUnits(double age) => age < 4 ? 1 : age < 26 ? 2 : 4;

    private static DataFrame ToFrame(List<Row> rows, FeatureSet features, AsOf cutoff)
    {
        var columns = new List<DataFrameColumn>
        {
            new StringDataFrameColumn(OpportunityId, rows.Select(r => r.Snapshot.OpportunityId)),
            new PrimitiveDataFrameColumn<DateTime>(AsOfColumn, rows.Select(r => r.Snapshot.AsOf.Instant.UtcDateTime)),
            new StringDataFrameColumn(Stage, rows.Select(r => r.Snapshot.Stage ?? "")),
        };
        foreach (var column in FeatureColumns(rows, features)) columns.Add(column);
        columns.Add(new PrimitiveDataFrameColumn<int>(Outcome, rows.Select(r => r.Closing is null ? 0 : r.Closing.Won ? 1 : 2)));
        columns.Add(new PrimitiveDataFrameColumn<double>(DaysObserved, rows.Select(r => Math.Max(0, ((r.Closing?.At ?? cutoff.Instant) - r.Snapshot.AsOf.Instant).TotalDays))));
        columns.Add(new PrimitiveDataFrameColumn<double>(DaysWatched, rows.Select(r => (cutoff.Instant - r.Snapshot.AsOf.Instant).TotalDays)));
        if (rows.Any(r => r.Closing is { HasTime: false }))
            columns.Add(new PrimitiveDataFrameColumn<int>(HasTime, rows.Select(r => r.Closing is { HasTime: false } ? 0 : 1)));
        columns.Add(new PrimitiveDataFrameColumn<double>(AmountNow, rows.Select(r => r.Snapshot.Amount is { } a ? (double)a : double.NaN)));
        columns.Add(new PrimitiveDataFrameColumn<double>(AmountAtClose, rows.Select(r => r.Closing is { Won: true, Amount: { } a } ? (double)a : double.NaN)));
        return new DataFrame(columns);
    }

    // Block by block, so that a row's features stay in the cache while all columns take theirs.
    private static IEnumerable<DataFrameColumn> FeatureColumns(List<Row> rows, FeatureSet features)
    {
        const int blockRows = 512;
        var values = new float[features.Count][];
        for (var f = 0; f < values.Length; f++) values[f] = new float[rows.Count];
        for (var block = 0; block < rows.Count; block += blockRows)
            for (var f = 0; f < values.Length; f++)
                for (var r = block; r < Math.Min(block + blockRows, rows.Count); r++) values[f][r] = rows[r].Snapshot.Features[f];
        return values.Select((column, f) => new PrimitiveDataFrameColumn<float>(features.Features[f].Name, column));
    }

    private sealed record Row(OpportunitySnapshot Snapshot, Closing? Closing);
}
