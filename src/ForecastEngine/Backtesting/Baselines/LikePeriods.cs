using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>Earlier periods of the same kind: the quarter before a quarter, the month before a month, as many days before other days.</summary>
public static class LikePeriods
{
    /// <summary>The period of the same kind that ends on the day before.</summary>
    public static Period Before(Period period)
    {
        var until = period.From.AddDays(-1);
        if (IsQuarter(period)) return Period.Quarter(until);
        return IsMonth(period) ? Period.Month(until) : Days(period.From.AddDays(-Length(period)), Length(period));
    }

    /// <summary>The same quarter or month a year before; of whole weeks, the weeks 52 weeks before; of other days, as many from the same date a year before.</summary>
    public static Period YearBefore(Period period)
    {
        var from = period.From.AddYears(-1);
        if (IsQuarter(period)) return Period.Quarter(from);
        if (IsMonth(period)) return Period.Month(from);
        return Length(period) % 7 == 0 ? Days(period.From.AddDays(-52 * 7), Length(period)) : Days(from, Length(period));
    }

    private static int Length(Period period) => period.Until.DayNumber - period.From.DayNumber + 1;

    private static bool IsQuarter(Period period) => Same(Period.Quarter(period.From), period);

    private static bool IsMonth(Period period) => Same(Period.Month(period.From), period);

    private static bool Same(Period a, Period b) => a.From == b.From && a.Until == b.Until;

    private static Period Days(DateOnly from, int length)
    {
        var until = from.AddDays(length - 1);
        return new Period(from, until, string.Create(CultureInfo.InvariantCulture, $"{from:yyyy-MM-dd}..{until:yyyy-MM-dd}"));
    }
}
