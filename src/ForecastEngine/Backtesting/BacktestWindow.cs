using ForecastEngine.Crm;

namespace ForecastEngine.Backtesting;

/// <summary>A forecast to be made as of a past date and judged by what came.</summary>
/// <param name="Cutoff">The origin: last instant whose events may be known.</param>
/// <param name="Period">The period forecast; ends after the cutoff.</param>
public readonly record struct BacktestWindow(AsOf Cutoff, Period Period)
{
    /// <summary>Whole weeks of the period that have passed at the origin; 0 at its start and before it.</summary>
    public int WeekOfPeriod => Math.Max(0, (Cutoff.Date.DayNumber + 1 - Period.From.DayNumber) / 7);

    /// <summary>Days from the origin to the end of the period.</summary>
    public int Horizon => Period.Until.DayNumber - Cutoff.Date.DayNumber;

    /// <summary>The group of windows that are alike in how far the period has gone, such as <c>start</c> or <c>week 6</c>.</summary>
    public string Kind => WeekOfPeriod == 0 ? "start" : FormattableString.Invariant($"week {WeekOfPeriod}");
}
