using ForecastEngine.Crm;
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
    [
        "ahead_days", "ahead_month", "ahead_days_to_quarter_end", "ahead_workdays", "ahead_quarter_last_week", "ahead_quarter_last_three_weeks",
        "ahead_month_last_week", "ahead_age", "ahead_to_planned_close", "ahead_win_pace", "ahead_loss_pace",
    ];

    /// <summary>Number of columns.</summary>
    public const int Count = 11;

    private const int Age = 7;
    private const int WinPace = 9;
    private const int LossPace = 10;

    /// <summary>The column that holds a cause's mean pace in the cell.</summary>
    internal static int PaceOf(Cause cause) => cause == Cause.Won ? WinPace : LossPace;

    /// <summary>Columns that belong to the question, not to the deal: they get no share in an explanation.</summary>
    public static IReadOnlyList<int> Context { get; } = [0, 1, 2, 3, 4, 5, 6, WinPace, LossPace];

    /// <summary>The business factor of a column that belongs to the deal.</summary>
    public static string DriverOf(int column) => column == Age ? Drivers.Age : Drivers.CloseDate;

    /// <summary>
    /// Writes all cells, column by column, <see cref="GridScorer.MaxPoints"/> floats each: what <see cref="GridScorer"/> reads.
    /// </summary>
    /// <param name="grid">Cells.</param>
    /// <param name="calendar">The calendar that months and quarters follow.</param>
    /// <param name="asOf">Date of the snapshot, in business time.</param>
    /// <param name="ageDays">Feature age_days of the snapshot.</param>
    /// <param name="daysToPlannedClose">Feature days_to_planned_close; null when unknown or not kept.</param>
    /// <param name="seasons">False where history is too short for months to be seasons: ahead_month is 0 then.</param>
    /// <param name="won">How the calendar drives winning; null evenly.</param>
    /// <param name="lost">How the calendar drives losing; null evenly.</param>
    /// <param name="columns">Count × 64 floats.</param>
    public static void Write(TimeGrid grid, BusinessCalendar calendar, DateTime asOf, float ageDays, float? daysToPlannedClose, bool seasons, CalendarPace? won, CalendarPace? lost, Span<float> columns)
    {
        for (var cell = 0; cell < grid.Count; cell++) WriteCell(grid, cell, calendar, asOf, ageDays, daysToPlannedClose, seasons, won, lost, columns[cell..], GridScorer.MaxPoints);
    }

    /// <summary>Writes one cell, its columns <paramref name="stride"/> floats apart; the other arguments as in <see cref="Write"/>.</summary>
    internal static void WriteCell(TimeGrid grid, int cell, BusinessCalendar calendar, DateTime asOf, float ageDays, float? daysToPlannedClose, bool seasons, CalendarPace? won, CalendarPace? lost, Span<float> columns, int stride)
    {
        var start = grid.Edges[cell];
        var end = grid.Edges[cell + 1];
        var middle = DateOnly.FromDateTime(asOf.AddDays((start + end) / 2));
        var days = WorkDays(calendar.Days, asOf.AddDays(start), asOf.AddDays(end));
        ReadOnlySpan<double> values =
        [
            start, seasons ? calendar.MonthOfYear(middle) : 0, calendar.DaysToQuarterEnd(middle), days.All / (end - start), days.ShareOf(days.QuarterLastWeek),
            days.ShareOf(days.QuarterLastThreeWeeks), days.ShareOf(days.MonthLastWeek), ageDays + start,
            daysToPlannedClose is { } planned ? planned - (start + end) / 2 : 0, new PaceClock(won, asOf).Mean(start, end), new PaceClock(lost, asOf).Mean(start, end),
        ];
        for (var column = 0; column < Count; column++) columns[column * stride] = (float)values[column];
    }

    // Monday to Friday in the cell without holidays, in days, and how much of it lies at the end of a quarter or month:
    // deals are pushed over the line there.
    private static CellDays WorkDays(CalendarDays calendar, DateTime from, DateTime until)
    {
        var days = new CellDays();
        for (var at = from.Ticks; at < until.Ticks;)
        {
            var day = (int)(at / TimeSpan.TicksPerDay);
            var next = Math.Min((day + 1) * TimeSpan.TicksPerDay, until.Ticks);
            var place = calendar.Of(day);
            if ((day + 1) % 7 is > 0 and < 6 && !place.IsHoliday)
            {
                var share = (next - at) / (double)TimeSpan.TicksPerDay;
                days.All += share;
                if (place.ToQuarterEnd < 7) days.QuarterLastWeek += share;
                if (place.ToQuarterEnd < 21) days.QuarterLastThreeWeeks += share;
                if (place.ToMonthEnd < 7) days.MonthLastWeek += share;
            }
            at = next;
        }
        return days;
    }

    private struct CellDays
    {
        public double All, QuarterLastWeek, QuarterLastThreeWeeks, MonthLastWeek;

        public readonly double ShareOf(double part) => All > 0 ? part / All : 0;
    }
}
