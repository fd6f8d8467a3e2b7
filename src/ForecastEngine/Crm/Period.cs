using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>What kind of calendar period.</summary>
public enum PeriodKind
{
    /// <summary>Monday to Sunday.</summary>
    Week,
    /// <summary>Calendar month.</summary>
    Month,
    /// <summary>Calendar quarter.</summary>
    Quarter,
}

/// <summary>A calendar week, month or quarter for which revenue is forecast.</summary>
/// <param name="From">First day.</param>
/// <param name="Until">Last day.</param>
/// <param name="Label">For instance <c>2026-W45</c>, <c>2026-11</c> or <c>2026-Q4</c>.</param>
public readonly record struct Period(DateOnly From, DateOnly Until, string Label)
{
    /// <summary>What kind it is, as its label says.</summary>
    public PeriodKind Kind => Label.Contains('Q', StringComparison.Ordinal) ? PeriodKind.Quarter : Label.Contains('W', StringComparison.Ordinal) ? PeriodKind.Week : PeriodKind.Month;

    /// <summary>True for a quarter.</summary>
    public bool IsQuarter => Kind == PeriodKind.Quarter;

    /// <summary>The last instant of the period, UTC.</summary>
    public AsOf End => AsOf.EndOf(Until);

    /// <summary>True when the day lies in the period.</summary>
    public bool Contains(DateOnly date) => From <= date && date <= Until;

    /// <summary>The period of a kind that holds a day.</summary>
    public static Period Of(PeriodKind kind, DateOnly date) => kind switch { PeriodKind.Quarter => Quarter(date), PeriodKind.Month => Month(date), _ => Week(date) };

    /// <summary>The week of a day, Monday to Sunday, named as ISO 8601 does.</summary>
    public static Period Week(DateOnly date)
    {
        var monday = date.AddDays(-(((int)date.DayOfWeek + 6) % 7));
        var day = monday.ToDateTime(TimeOnly.MinValue);
        return new Period(monday, monday.AddDays(6), string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(day)}-W{ISOWeek.GetWeekOfYear(day):00}"));
    }

    /// <summary>The calendar month of a day.</summary>
    public static Period Month(DateOnly date)
    {
        var from = new DateOnly(date.Year, date.Month, 1);
        return new Period(from, from.AddMonths(1).AddDays(-1), from.ToString("yyyy-MM", CultureInfo.InvariantCulture));
    }

    /// <summary>The calendar quarter of a day.</summary>
    public static Period Quarter(DateOnly date)
    {
        var from = new DateOnly(date.Year, (date.Month - 1) / 3 * 3 + 1, 1);
        return new Period(from, from.AddMonths(3).AddDays(-1), string.Create(CultureInfo.InvariantCulture, $"{date.Year}-Q{(date.Month + 2) / 3}"));
    }

    /// <summary>The period of the same kind that follows.</summary>
    public Period Next() => Of(Kind, Until.AddDays(1));

    /// <summary>The period of the same kind before it.</summary>
    public Period Previous() => Of(Kind, From.AddDays(-1));
}
