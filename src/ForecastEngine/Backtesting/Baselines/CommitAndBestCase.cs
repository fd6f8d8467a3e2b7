using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// The sellers' categories: won so far + all of commit + half of best case, over the open deals whose planned close date lies
/// in the period. Categories are read by their letters, so <c>Best Case</c>, <c>BestCase</c> and <c>BEST_CASE</c> are one. Null when no open deal has a category.
/// </summary>
public sealed class CommitAndBestCase : IRevenueBaseline
{
    /// <inheritdoc/>
    public string Name => Method.CommitAndBestCase;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view) => view.Pipeline.All(d => string.IsNullOrWhiteSpace(d.ForecastCategory)) ? null
        : view.AlreadyWon + view.Pipeline.Where(d => d.PlannedCloseOn is { } on && view.Window.Period.Contains(on)).Sum(d => (double)(d.Amount ?? 0) * ShareOf(d));

    private static double ShareOf(OpportunitySnapshot deal) => string.Concat((deal.ForecastCategory ?? "").Where(char.IsLetter)).ToUpperInvariant() switch
    {
        "COMMIT" or "COMMITTED" => 1,
        "BESTCASE" => 0.5,
        _ => 0,
    };
}
