using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>A calendar month or quarter for which revenue is forecast.</summary>
/// <param name="From">First day.</param>
/// <param name="Until">Last day.</param>
/// <param name="Label">For instance <c>2026-11</c> or <c>2026-Q4</c>.</param>
public readonly record struct Period(DateOnly From, DateOnly Until, string Label)
{
    /// <summary>True when the label names a quarter.</summary>
    public bool IsQuarter => Label.Contains('Q', StringComparison.Ordinal);

    /// <summary>The last instant of the period, UTC.</summary>
    public AsOf End => AsOf.EndOf(Until);

    /// <summary>True when the day lies in the period.</summary>
    public bool Contains(DateOnly date) => From <= date && date <= Until;

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
    public Period Next() => IsQuarter ? Quarter(Until.AddDays(1)) : Month(Until.AddDays(1));
}
