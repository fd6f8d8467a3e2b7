using ForecastEngine.Crm;

namespace ForecastEngine.Backtesting;

/// <summary>A forecast to be made as of a past date and judged by what came.</summary>
/// <param name="Cutoff">The origin: last instant whose events may be known.</param>
/// <param name="Period">The period forecast; ends after the cutoff.</param>
public readonly record struct BacktestWindow(AsOf Cutoff, Period Period)
{
    /// <summary>Weeks of the period that have passed at the origin, to the nearest; 0 at its start and before it.</summary>
    public int WeekOfPeriod => Math.Max(0, (Cutoff.Date.DayNumber + 1 - Period.From.DayNumber + 3) / 7);

    /// <summary>Days from the origin to the end of the period.</summary>
    public int Horizon => Period.Until.DayNumber - Cutoff.Date.DayNumber;

    /// <summary>The group of windows that are alike in how far the period has gone, such as <c>start</c>, <c>week 6</c> or <c>13 weeks ahead</c>.</summary>
    public string Kind => WeekOfPeriod > 0 ? FormattableString.Invariant($"week {WeekOfPeriod}") : WeeksAhead == 0 ? "start" : FormattableString.Invariant($"{WeeksAhead} weeks ahead");

    /// <summary>Weeks from the origin to the period's start, to the nearest; 0 at its start and after it.</summary>
    public int WeeksAhead => Math.Max(0, (Period.From.DayNumber - Cutoff.Date.DayNumber + 2) / 7);
}
