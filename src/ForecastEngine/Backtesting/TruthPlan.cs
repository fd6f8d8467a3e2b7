using ForecastEngine.Crm;
using ForecastEngine.Simulation;

namespace ForecastEngine.Backtesting;

/// <summary>The windows by which a simulated world is judged: quarters from their first week, from the middle and from their last week, on the evening before one of the world's weeks, when its truth can be told.</summary>
public static class TruthPlan
{
    /// <summary>Weeks of history before the first origin.</summary>
    public const int HistoryWeeks = 156;

    /// <summary>The week of the quarter at whose start its end is forecast once more.</summary>
    public const int LastWeek = 12;

    /// <summary>Weeks that a world must have so that <paramref name="quarters"/> quarters are over.</summary>
    public static int WeeksFor(int quarters) => HistoryWeeks + 14 * (quarters + 1);

    /// <summary>The windows, by origin.</summary>
    /// <param name="options">The world.</param>
    /// <param name="quarters">How many quarters.</param>
    public static IEnumerable<BacktestWindow> Windows(SimulationOptions options, int quarters)
    {
        var found = 0;
        for (var week = HistoryWeeks; found < quarters; week++)
        {
            // A week belongs to the quarter of its Wednesday.
            var (quarter, before) = (options.Calendar.Quarter(options.FirstWeek.AddDays(7 * week + 2)), options.Calendar.Quarter(options.FirstWeek.AddDays(7 * week - 5)));
            if (quarter == before) continue;
            found++;
            foreach (var origin in (int[])[week, week + 6, week + LastWeek]) yield return new BacktestWindow(AsOf.EndOf(options.FirstWeek.AddDays(7 * origin - 1)), quarter);
        }
    }
}
