using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>A forecast that was published, and what came.</summary>
/// <param name="Period">The period, over by now.</param>
/// <param name="Key">The part; empty for the company.</param>
/// <param name="AsOf">When the forecast was made.</param>
/// <param name="Mean">What it expected.</param>
/// <param name="Lower">Lower end of its band.</param>
/// <param name="Upper">Upper end of its band.</param>
/// <param name="Level">Nominal coverage of the band, 0–1.</param>
/// <param name="Actual">Revenue that came.</param>
public sealed record PastForecast(Period Period, string Key, DateOnly AsOf, double Mean, double Lower, double Upper, double Level, double Actual)
{
    /// <summary>True when revenue fell into the band.</summary>
    public bool IsCovered => Lower <= Actual && Actual <= Upper;
}

/// <summary>A person's call, what the forecast said then, and what came.</summary>
/// <param name="Call">The call.</param>
/// <param name="Actual">Revenue that came.</param>
public sealed record PastCall(ForecastAdjustment Call, double Actual);

/// <summary>How published forecasts and people's calls did. Only the past of this installation; a backtest tells more, sooner.</summary>
/// <param name="Forecasts">Forecasts of periods that are over, by period, then as-of date.</param>
/// <param name="Calls">Calls on periods that are over, the last of each part and period.</param>
public sealed record PastForecasts(IReadOnlyList<PastForecast> Forecasts, IReadOnlyList<PastCall> Calls)
{
    /// <summary>Σ|mean − actual| / Σ actual; null where nothing was won.</summary>
    public double? Wape => Forecasts.Sum(f => f.Actual) is > 0 and var total ? Forecasts.Sum(f => Math.Abs(f.Mean - f.Actual)) / total : null;
}

/// <summary>Sets published forecasts of periods that are over beside the revenue that came.</summary>
public static class MeasureForecasts
{
    private const int Runs = 400;

    /// <summary>Measures the forecasts of one dimension.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="dimension">By what revenue is told apart.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<PastForecasts> Run(Workspace workspace, Dimension dimension, CancellationToken cancellation = default)
    {
        var history = HistoryAt.Load(workspace, null, cancellation, out var asOf);
        var shares = new DealShares(history, asOf);
        var won = WonDeal.KnownAt(history, asOf).SelectMany(w => shares.Divide(dimension, w)).ToLookup(w => w.Key, w => w.Part, StringComparer.Ordinal);
        var forecasts = new List<PastForecast>();
        foreach (var run in await workspace.Scores.RunsAsync(Runs, cancellation))
            foreach (var row in await workspace.Scores.ForecastsAsync(run.Id, dimension.ToString(), cancellation))
                if (row.PeriodUntil < asOf.Date)
                    forecasts.Add(new PastForecast(history.Calendar.Find(row.PeriodFrom, row.PeriodUntil), row.Key, run.AsOf, row.Mean, row.Low, row.High, row.Level, Actual(row.Key, row.PeriodFrom, row.PeriodUntil)));
        var calls = workspace.Adjustments.List(dimension.ToString()).Where(c => c.PeriodUntil < asOf.Date).GroupBy(c => (c.Key, c.PeriodFrom, c.PeriodUntil)).Select(g => g.First())
            .Where(c => c.Amount is not null).Select(c => new PastCall(c, Actual(c.Key, c.PeriodFrom, c.PeriodUntil)));
        return new PastForecasts([.. forecasts.OrderBy(f => f.Period.From).ThenBy(f => f.Period.Until).ThenBy(f => f.Key, StringComparer.Ordinal).ThenBy(f => f.AsOf)], [.. calls]);

        double Actual(string key, DateOnly from, DateOnly until) => WonDeal.Revenue(won[key], from, until);
    }
}
