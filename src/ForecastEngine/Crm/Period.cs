using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>What kind of period of the business calendar.</summary>
public enum PeriodKind
{
    /// <summary>Seven days from the calendar's first day of the week on.</summary>
    Week,
    /// <summary>Calendar month, or the calendar's period of four or five weeks.</summary>
    Month,
    /// <summary>Three months; of thirteen periods the last quarter has four.</summary>
    Quarter,
    /// <summary>Fiscal year.</summary>
    Year,
    /// <summary>Any other stretch of days.</summary>
    Days,
}

/// <summary>
/// A period for which revenue is forecast. Made by a <see cref="BusinessCalendar"/>, which knows the one before and
/// after it.
/// </summary>
/// <param name="From">First day.</param>
/// <param name="Until">Last day.</param>
/// <param name="Label">
/// For instance <c>2026-W45</c>, <c>2026-11</c>, <c>2026-Q4</c> or <c>2026</c>; in a fiscal year of its own
/// <c>FY2027-P10</c>, <c>FY2027-Q4</c> or <c>FY2027</c>.
/// </param>
/// <param name="Kind">What kind it is.</param>
public readonly record struct Period(DateOnly From, DateOnly Until, string Label, PeriodKind Kind)
{
    /// <summary>True for a quarter.</summary>
    public bool IsQuarter => Kind == PeriodKind.Quarter;

    /// <summary>The last instant of the period, in business time.</summary>
    public AsOf End => AsOf.EndOf(Until);

    /// <summary>Number of days.</summary>
    public int Length => Until.DayNumber - From.DayNumber + 1;

    /// <summary>True when the day lies in the period.</summary>
    public bool Contains(DateOnly date) => From <= date && date <= Until;

    /// <summary>As many days as asked for, from a day on, under no calendar's name.</summary>
    public static Period Days(DateOnly from, int length)
    {
        var until = from.AddDays(length - 1);
        return new Period(from, until, string.Create(CultureInfo.InvariantCulture, $"{from:yyyy-MM-dd}..{until:yyyy-MM-dd}"), PeriodKind.Days);
    }
}
