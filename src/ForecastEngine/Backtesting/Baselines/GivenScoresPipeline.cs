using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// The weighted pipeline with another model's probabilities: won so far + Σ amount × probability over the open deals. Scores that
/// know time weigh every deal with P(won in the period); those that do not weigh the deals whose planned close date lies in it.
/// Null where fewer than <see cref="LeastShare"/> of the open deals have a score, or these know no time and no deal has a date.
/// </summary>
/// <remarks>P(won in the period) = P(won by its end) − P(won before it starts); the latter is 0 for a period that has begun, or begins the day after the origin.</remarks>
/// <param name="scores">All its scores.</param>
public sealed class GivenScoresPipeline(GivenScores scores) : IRevenueBaseline
{
    /// <summary>Share of the open deals that must have a score.</summary>
    public const double LeastShare = 0.8;

    /// <inheritdoc/>
    public string Name => scores.Name;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view)
    {
        if (!scores.KnowsTime && view.Pipeline.Count > 0 && !view.Pipeline.Any(d => d.PlannedCloseOn is not null)) return null;
        var (answered, sum) = (0, 0.0);
        foreach (var deal in view.Pipeline)
        {
            if (InPeriod(deal, view.Window) is not { } probability) continue;
            answered++;
            if (scores.KnowsTime || deal.PlannedCloseOn is { } on && view.Window.Period.Contains(on)) sum += (double)(deal.Amount ?? 0) * probability;
        }
        return answered < LeastShare * view.Pipeline.Count ? null : view.AlreadyWon + sum;
    }

    private double? InPeriod(OpportunitySnapshot deal, BacktestWindow window)
    {
        var byEnd = scores.Newest(deal.OpportunityId, window.Cutoff, window.Period.Until);
        if (!scores.KnowsTime || window.Period.From.DayNumber <= window.Cutoff.Date.DayNumber + 1) return byEnd;
        return byEnd is { } until && scores.Newest(deal.OpportunityId, window.Cutoff, window.Period.From.AddDays(-1)) is { } before ? Math.Max(0, until - before) : null;
    }
}
