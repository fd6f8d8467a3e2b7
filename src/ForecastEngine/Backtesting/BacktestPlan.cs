using ForecastEngine.Crm;

namespace ForecastEngine.Backtesting;

/// <summary>Windows that one trained model answers: the unit of parallel work and of taking up again.</summary>
/// <param name="TrainedUntil">Cutoff of the training; at or before the origin of each of its windows, which is the embargo.</param>
/// <param name="Windows">The windows, by origin.</param>
public sealed record BacktestRound(AsOf TrainedUntil, IReadOnlyList<BacktestWindow> Windows);

/// <summary>Which windows a backtest judges, and which model answers each: a rolling origin over the periods that are over.</summary>
/// <remarks>Tashman, "Out-of-sample tests of forecasting accuracy", International Journal of Forecasting 16, 2000.</remarks>
public static class BacktestPlan
{
    /// <summary>The rounds for a history.</summary>
    /// <exception cref="ArgumentException">Settings out of range, or no window fits the history.</exception>
    public static IReadOnlyList<BacktestRound> For(CrmHistory history, BacktestOptions options)
    {
        options.Validate();
        if (history.Opportunities.Length == 0) throw new ArgumentException("Backtest: found no opportunities; expected a history. Import one first.");
        var (begin, end) = (DateOnly.FromDateTime(history.Opportunities[0].CreatedAt.UtcDateTime), DateOnly.FromDateTime(history.ExportedAt.UtcDateTime));
        var needed = options.MinHistoryDays ?? Math.Min(365, (end.DayNumber - begin.DayNumber) / 3);
        var windows = Windows(history.Calendar, options, begin.AddDays(needed), begin, end).ToList();
        if (windows.Count == 0)
            throw new ArgumentException($"Backtest: found history from {begin:yyyy-MM-dd} to {end:yyyy-MM-dd} and no {options.Period.ToString().ToLowerInvariant()} to forecast in it after {needed} days of history; expected at least one that is over. Choose a shorter --period, or less history before the first origin (--min-history).");
        return Rounds(windows, options.Retrain);
    }

    /// <summary>Windows by origin, put into rounds: a new model where the last one's training is <paramref name="retrainDays"/> days old or older.</summary>
    public static IReadOnlyList<BacktestRound> Rounds(IEnumerable<BacktestWindow> windows, int retrainDays)
    {
        var rounds = new List<BacktestRound>();
        List<BacktestWindow>? open = null;
        foreach (var window in windows.OrderBy(w => w.Cutoff).ThenBy(w => w.Period.From))
        {
            var isSameOrigin = open is not null && open[^1].Cutoff == window.Cutoff;
            if (open is null || (!isSameOrigin && (window.Cutoff.Instant - rounds[^1].TrainedUntil.Instant).TotalDays >= retrainDays))
                rounds.Add(new BacktestRound(window.Cutoff, open = []));
            open.Add(window);
        }
        return rounds;
    }

    // The last instant before each origin's day is the last that may be known, so a forecast at a period's start knows the day before it.
    private static IEnumerable<BacktestWindow> Windows(BusinessCalendar calendar, BacktestOptions options, DateOnly firstOrigin, DateOnly begin, DateOnly end)
    {
        for (var period = calendar.Of(options.Period, begin); period.Until <= (options.Until ?? end); period = calendar.Next(period))
        {
            if (period.Until > end) yield break;
            if (options.From is { } from && period.From < from) continue;
            var origins = period;
            for (var ahead = 0; ahead < options.Horizon; ahead++, origins = calendar.Previous(origins))
                for (var day = origins.From.AddDays(-1); day <= origins.Until.AddDays(-6) || day < origins.From; day = day.AddDays(options.Stride))
                    if (day >= firstOrigin) yield return new BacktestWindow(AsOf.EndOf(day), period);
        }
    }
}
