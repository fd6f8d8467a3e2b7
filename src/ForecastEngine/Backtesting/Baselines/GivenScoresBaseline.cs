using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>Another model's newest score of the deal that was known at its snapshot; null where it has none.</summary>
/// <param name="scores">All its scores.</param>
public sealed class GivenScoresBaseline(GivenScores scores) : IDealBaseline
{
    /// <inheritdoc/>
    public string Name => scores.Name;

    /// <inheritdoc/>
    public bool KnowsTime => scores.KnowsTime;

    /// <inheritdoc/>
    // The middle of the last day, so that no rounding of days moves it.
    public double? WonWithin(OpportunitySnapshot deal, double days) =>
        scores.Newest(deal.OpportunityId, deal.AsOf, DateOnly.FromDateTime(deal.AsOf.Instant.AddDays(days - 0.5).UtcDateTime));
}
