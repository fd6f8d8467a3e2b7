using ForecastEngine.Crm;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>A number that people gave for a whole period.</summary>
/// <param name="MadeOn">The day on which it was given.</param>
/// <param name="From">First day of the period.</param>
/// <param name="Until">Last day of the period.</param>
/// <param name="Amount">Revenue of the whole period in the history's currency.</param>
public sealed record PeoplesForecast(DateOnly MadeOn, DateOnly From, DateOnly Until, double Amount)
{
    /// <summary>The newest number given on or before a day for exactly this period, of one day the last in the list; null when there is none.</summary>
    public static PeoplesForecast? Newest(IReadOnlyList<PeoplesForecast> forecasts, Period period, DateOnly by)
    {
        PeoplesForecast? newest = null;
        foreach (var forecast in forecasts)
            if (forecast.From == period.From && forecast.Until == period.Until && forecast.MadeOn <= by && !(forecast.MadeOn < newest?.MadeOn)) newest = forecast;
        return newest;
    }
}

/// <summary>The newest number that people gave for the period, up to the day of the origin; null when they gave none.</summary>
/// <param name="forecasts">All numbers given, in any order.</param>
public sealed class PeoplesNumber(IReadOnlyList<PeoplesForecast> forecasts) : IRevenueBaseline
{
    /// <inheritdoc/>
    public string Name => Method.People;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view) => PeoplesForecast.Newest(forecasts, view.Window.Period, view.Window.Cutoff.Date)?.Amount;
}

/// <summary>
/// People's number × the median of revenue ÷ people's number over the like windows that are over at the origin, each with the
/// number that stood at its own origin. Null without a number, or with fewer than three such windows.
/// </summary>
/// <param name="forecasts">All numbers given, in any order.</param>
public sealed class PeoplesNumberWithHaircut(IReadOnlyList<PeoplesForecast> forecasts) : IRevenueBaseline
{
    private const int LeastWindows = 3;

    /// <inheritdoc/>
    public string Name => Method.PeopleWithHaircut;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view)
    {
        if (PeoplesForecast.Newest(forecasts, view.Window.Period, view.Window.Cutoff.Date) is not { } now) return null;
        var ratios = new List<double>();
        foreach (var like in view.LikeWindows(int.MaxValue))
            if (PeoplesForecast.Newest(forecasts, like.Period, like.Origin.Date) is { Amount: > 0 } then)
                ratios.Add(view.WonBetween(like.Period.From, like.Period.Until) / then.Amount);
        if (ratios.Count < LeastWindows) return null;
        ratios.Sort();
        return now.Amount * (ratios[(ratios.Count - 1) / 2] + ratios[ratios.Count / 2]) / 2;
    }
}
