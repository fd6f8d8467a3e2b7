namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// The number that a CRM shows: won so far + Σ amount × CRM probability of the open deals whose planned close date lies in the
/// period. A deal without an amount, a probability or a date adds nothing. Null where deals are open and none has a probability and a date.
/// </summary>
public sealed class WeightedPipeline : IRevenueBaseline
{
    /// <inheritdoc/>
    public string Name => Method.WeightedPipeline;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view)
    {
        if (view.Pipeline.Count > 0 && !view.Pipeline.Any(d => d is { CrmProbability: not null, PlannedCloseOn: not null })) return null;
        var planned = view.Pipeline.Where(d => d.PlannedCloseOn is { } on && view.Window.Period.Contains(on));
        return view.AlreadyWon + planned.Sum(d => (double)(d.Amount ?? 0) * (d.CrmProbability ?? 0));
    }
}
