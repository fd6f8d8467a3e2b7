using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>The periods of a calendar, and where a day lies in them.</summary>
public sealed partial record BusinessCalendar
{
    /// <summary>The period of a kind that holds a day.</summary>
    public Period Of(PeriodKind kind, DateOnly date) => kind switch
    {
        PeriodKind.Week => Week(date),
        PeriodKind.Month => Month(date),
        PeriodKind.Quarter => Quarter(date),
        PeriodKind.Year => Year(date),
        _ => Period.Days(date, 1),
    };

    /// <summary>The week of a day.</summary>
    public Period Week(DateOnly date)
    {
        var from = date.AddDays(-DayOfWeekOf(date));
        var middle = from.AddDays(3);
        return new Period(from, from.AddDays(6),
            string.Create(CultureInfo.InvariantCulture, $"{middle.Year:0000}-W{(middle.DayOfYear + 6) / 7:00}"),
            PeriodKind.Week);
    }

    /// <summary>The month of a day, or the period of weeks that stands for it.</summary>
    public Period Month(DateOnly date)
    {
        if (Pattern == YearPattern.Months)
        {
            var first = new DateOnly(date.Year, date.Month, 1);
            return new Period(first, first.AddMonths(1).AddDays(-1),
                first.ToString("yyyy-MM", CultureInfo.InvariantCulture), PeriodKind.Month);
        }
        var (year, month) = PlaceInYear(date);
        return Span(MonthStart(year, month), MonthStart(year, month + 1),
            string.Create(CultureInfo.InvariantCulture, $"{NameOf(year)}-P{month + 1:00}"), PeriodKind.Month);
    }

    /// <summary>The quarter of a day.</summary>
    public Period Quarter(DateOnly date)
    {
        var year = YearOf(date);
        var quarter = 0;
        while (quarter < 3 && QuarterStart(year, quarter + 1) <= date) quarter++;
        return Span(QuarterStart(year, quarter), QuarterStart(year, quarter + 1),
            string.Create(CultureInfo.InvariantCulture, $"{NameOf(year)}-Q{quarter + 1}"), PeriodKind.Quarter);
    }

    /// <summary>The fiscal year of a day.</summary>
    public Period Year(DateOnly date)
    {
        var year = YearOf(date);
        return Span(YearStart(year), YearStart(year + 1), NameOf(year), PeriodKind.Year);
    }

    /// <summary>The period of the same kind that follows.</summary>
    public Period Next(Period period) => period.Kind == PeriodKind.Days
        ? Period.Days(period.Until.AddDays(1), period.Length) : Of(period.Kind, period.Until.AddDays(1));

    /// <summary>The period of the same kind before it.</summary>
    public Period Previous(Period period) => period.Kind == PeriodKind.Days
        ? Period.Days(period.From.AddDays(-period.Length), period.Length) : Of(period.Kind, period.From.AddDays(-1));

    /// <summary>
    /// The same period a year before: the same quarter or month of the fiscal year before; of weeks the one 52 weeks
    /// before; of other days as many from the same date of the year before.
    /// </summary>
    public Period YearBefore(Period period)
    {
        if (period.Kind is PeriodKind.Week) return Week(period.From.AddDays(-52 * 7));
        if (period.Kind is PeriodKind.Days) return Period.Days(period.Length % 7 == 0 ? period.From.AddDays(-52 * 7)
            : period.From.AddYears(-1), period.Length);
        var back = period.Kind switch { PeriodKind.Year => 1, PeriodKind.Quarter => 4, _ => MonthsInYear };
        for (; back > 0; back--) period = Previous(period);
        return period;
    }

    /// <summary>The months from that of a day to that of another, in order.</summary>
    public IEnumerable<Period> Months(DateOnly from, DateOnly until)
    {
        for (var month = Month(from); month.From <= until; month = Next(month)) yield return month;
    }

    /// <summary>
    /// The period of just these days: a quarter, month, year or week where they are one, else days without a name.
    /// </summary>
    public Period Find(DateOnly from, DateOnly until)
    {
        foreach (var kind in (ReadOnlySpan<PeriodKind>)[PeriodKind.Quarter, PeriodKind.Month, PeriodKind.Year,
            PeriodKind.Week])
            if (Of(kind, from) is var period && period.From == from && period.Until == until) return period;
        return Period.Days(from, until.DayNumber - from.DayNumber + 1);
    }

    /// <summary>
    /// The period of a label; null where the calendar has none of that name. <c>FY2027-P10</c> is understood for a
    /// calendar month too.
    /// </summary>
    public Period? Parse(string? label)
    {
        if (label is null) return null;
        var isFiscal = label.StartsWith("FY", StringComparison.Ordinal);
        var text = isFiscal ? label.AsSpan(2) : label.AsSpan();
        if (text.Length < 4 || !int.TryParse(text[..4], NumberStyles.None, CultureInfo.InvariantCulture,
            out var named) || named is < 2 or > 9997) return null;
        var rest = text[4..];
        if (rest is []) return Same(Year(YearStart(StartYearOf(named))));
        if (rest is not ['-', _, ..]) return null;
        var digits = rest[1] is >= '0' and <= '9' ? rest[1..] : rest[2..];
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number < 1) return null;
        return rest[1] switch
        {
            'Q' when number <= 4 => Same(Quarter(QuarterStart(StartYearOf(named), number - 1))),
            'P' when isFiscal && number <= MonthsInYear && digits.Length == 2 =>
                Month(MonthStart(StartYearOf(named), number - 1)),
            'W' when number <= 53 => Same(Week(new DateOnly(named, 1, 4).AddDays(7 * (number - 1)))),
            >= '0' and <= '9' when Pattern == YearPattern.Months && number <= 12 =>
                Same(Month(new DateOnly(named, number, 1))),
            _ => null,
        };

        Period? Same(Period period) => period.Label == label ? period : null;
    }

    /// <summary>Days from a day to the last day of its quarter.</summary>
    public int DaysToQuarterEnd(DateOnly date) => Place(date).ToQuarterEnd;

    /// <summary>
    /// Which month of the year it is: of calendar months the calendar's, 1–12; of periods of weeks their number in the
    /// fiscal year, 1–13.
    /// </summary>
    public int MonthOfYear(DateOnly date) => Pattern == YearPattern.Months ? date.Month : Place(date).Month;

    /// <summary>True for a holiday.</summary>
    public bool IsHoliday(DateOnly date) => Holidays.Count > 0 && Place(date).IsHoliday;

    /// <summary>
    /// The day at the same place so many quarters earlier. Of calendar months the same day three months before, each
    /// time; of weeks as far from the nearer end of its
    /// quarter.
    /// </summary>
    public DateOnly QuartersBefore(DateOnly date, int quarters)
    {
        if (Pattern == YearPattern.Months) return date.AddMonths(-3 * quarters);
        var (own, earlier) = (Quarter(date), Quarter(date));
        for (var back = 0; back < quarters; back++) earlier = Previous(earlier);
        var (gone, left) = (date.DayNumber - own.From.DayNumber, own.Until.DayNumber - date.DayNumber);
        return gone <= left ? earlier.From.AddDays(gone) : earlier.Until.AddDays(-left);
    }

    /// <summary>Where days lie, known ahead.</summary>
    internal CalendarDays Days => _days.Value;

    private DayPlace Place(DateOnly date) => Days.Of(date.DayNumber);

    internal DayPlace Locate(DateOnly date)
    {
        var (quarter, month) = (Quarter(date), Month(date));
        var number = Pattern == YearPattern.Months ? date.Month : PlaceInYear(date).Month + 1;
        return new DayPlace((short)(quarter.Until.DayNumber - date.DayNumber),
            (short)(date.DayNumber - quarter.From.DayNumber),
            (byte)Math.Min(255, month.Until.DayNumber - date.DayNumber),
            (byte)number, IsInHolidays(date));
    }

    private bool IsInHolidays(DateOnly date)
    {
        foreach (var day in Holidays)
            if (day == date) return true;
        return false;
    }

    // 0 for the first day of the week.
    private int DayOfWeekOf(DateOnly date) => ((int)date.DayOfWeek - (int)WeekStartsOn + 7) % 7;

    // Fiscal years are counted by the calendar year in which they begin by name: the one of their first month.
    private int YearOf(DateOnly date)
    {
        var year = date.Year;
        while (YearStart(year) > date) year--;
        while (YearStart(year + 1) <= date) year++;
        return year;
    }

    private (int Year, int Month) PlaceInYear(DateOnly date)
    {
        var (year, month) = (YearOf(date), 0);
        while (MonthStart(year, month + 1) <= date) month++;
        return (year, month);
    }

    private DateOnly YearStart(int year)
    {
        var first = new DateOnly(year, YearStartsIn, 1);
        if (Pattern == YearPattern.Months) return first;
        // The day after the last end of a week in the month before is the last begin of one by the first of the month.
        var into = DayOfWeekOf(first);
        return YearEnds == YearEnd.Nearest && into > 3 ? first.AddDays(7 - into) : first.AddDays(-into);
    }

    private DateOnly QuarterStart(int year, int quarter) => quarter == 4 ? YearStart(year + 1)
        : MonthStart(year, 3 * quarter);

    private DateOnly MonthStart(int year, int month)
    {
        if (month == MonthsInYear) return YearStart(year + 1);
        if (Pattern == YearPattern.Months) return YearStart(year).AddMonths(month);
        if (Pattern == YearPattern.Weeks13X4) return YearStart(year).AddDays(28 * month);
        var before = (Pattern, month % 3) switch { (_, 0) => 0, (YearPattern.Weeks544, 1) => 5, (_, 1) => 4,
            (YearPattern.Weeks445, _) => 8, _ => 9 };
        return YearStart(year).AddDays(7 * (13 * (month / 3) + before));
    }

    private string NameOf(int startYear)
    {
        var named = IsCalendarYear || YearNamed == YearNaming.Start || YearStartsIn == 1 ? startYear : startYear + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{(IsCalendarYear ? "" : "FY")}{named:0000}");
    }

    private int StartYearOf(int named) => YearNamed == YearNaming.Start || YearStartsIn == 1 ? named : named - 1;

    private static Period Span(DateOnly from, DateOnly next, string label, PeriodKind kind) =>
        new(from, next.AddDays(-1), label, kind);
}
