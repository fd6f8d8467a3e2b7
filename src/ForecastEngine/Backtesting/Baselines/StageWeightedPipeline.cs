using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// The weighted pipeline with what stages have earned in the past: won so far + Σ amount × win rate of the stage, over the open
/// deals whose planned close date lies in the period. Null where no deal has been closed yet, or deals are open and none has a date.
/// </summary>
/// <remarks>r_s = (w_s + m r) / (n_s + m) over the closed deals that were ever in stage s, r the rate of all closed deals (Jeffreys), m = <see cref="GroupRates.PriorWeight"/>.</remarks>
public sealed class StageWeightedPipeline : IRevenueBaseline
{
    /// <inheritdoc/>
    public string Name => Method.StageWeightedPipeline;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view)
    {
        var origin = view.Window.Cutoff;
        if (view.Rates.Overall(origin).Closed == 0 || view.Pipeline.Count > 0 && !view.Pipeline.Any(d => d.PlannedCloseOn is not null)) return null;
        var overall = view.Rates.OverallRate(origin);
        return view.AlreadyWon + view.Pipeline.Where(d => d.PlannedCloseOn is { } on && view.Window.Period.Contains(on)).Sum(d =>
        {
            var (closed, won) = view.Rates.Find("stage", d.Stage)?.Until(origin) ?? (0, 0);
            return (double)(d.Amount ?? 0) * Shrinkage.Rate(won, closed, overall, GroupRates.PriorWeight);
        });
    }
}
