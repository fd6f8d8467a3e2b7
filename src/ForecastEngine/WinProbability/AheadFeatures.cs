using ForecastEngine.Snapshots;
using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.WinProbability;

/// <summary>
/// The columns that say which cell of time ahead is asked about: how far, at what age of the deal, how the planned close
/// date and the calendar lie. They follow the snapshot's columns in every training row and are the only ones that vary
/// over a deal's cells.
/// </summary>
public static class AheadFeatures
{
    /// <summary>Names, in column order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["ahead_days", "ahead_month", "ahead_days_to_quarter_end", "ahead_workdays", "ahead_age", "ahead_to_planned_close"];

    /// <summary>Number of columns.</summary>
    public const int Count = 6;

    /// <summary>Columns that belong to the question, not to the deal: they get no share in an explanation.</summary>
    public static IReadOnlyList<int> Context { get; } = [0, 1, 2, 3];

    /// <summary>The business factor of a column that belongs to the deal.</summary>
    public static string DriverOf(int column) => column == 4 ? Drivers.Age : Drivers.CloseDate;

    /// <summary>
    /// Writes all cells, column by column, <see cref="GridScorer.MaxPoints"/> floats each: what <see cref="GridScorer"/> reads.
    /// </summary>
    /// <param name="grid">Cells.</param>
    /// <param name="asOf">Date of the snapshot, UTC.</param>
    /// <param name="ageDays">Feature age_days of the snapshot.</param>
    /// <param name="daysToPlannedClose">Feature days_to_planned_close; null when unknown or not kept.</param>
    /// <param name="columns">Count × 64 floats.</param>
    public static void Write(TimeGrid grid, DateTime asOf, float ageDays, float? daysToPlannedClose, Span<float> columns)
    {
        for (var cell = 0; cell < grid.Count; cell++)
        {
            var start = grid.Edges[cell];
            var end = grid.Edges[cell + 1];
            var middle = DateOnly.FromDateTime(asOf.AddDays((start + end) / 2));
            columns[cell] = (float)start;
            columns[GridScorer.MaxPoints + cell] = middle.Month;
            columns[2 * GridScorer.MaxPoints + cell] = FeatureSet.DaysToQuarterEnd(middle);
            columns[3 * GridScorer.MaxPoints + cell] = (float)WorkShare(asOf.AddDays(start), end - start);
            columns[4 * GridScorer.MaxPoints + cell] = (float)(ageDays + start);
            columns[5 * GridScorer.MaxPoints + cell] = daysToPlannedClose is { } days ? (float)(days - (start + end) / 2) : 0;
        }
    }

    // Share of the cell that falls on Monday to Friday.
    private static double WorkShare(DateTime from, double days)
    {
        if (days >= 7) return 5.0 / 7;
        var work = 0.0;
        var at = from;
        var end = from.AddDays(days);
        while (at < end)
        {
            var next = at.Date.AddDays(1);
            if (next > end) next = end;
            if (at.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) work += (next - at).TotalDays;
            at = next;
        }
        return work / days;
    }
}
