namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// Won so far ÷ the share of a like period's revenue that had come by then. Null with fewer than two like windows, and where
/// nothing had come in them by then: at the very start there is no pace to carry on.
/// </summary>
/// <remarks>share = Σ_w won before the like origin, as known there / Σ_w revenue of the whole period, at most 1, over the newest <see cref="MostWindows"/> like windows.</remarks>
public sealed class RunRate : IRevenueBaseline
{
    /// <summary>Like windows needed, and looked at.</summary>
    public const int LeastWindows = 2, MostWindows = 6;

    /// <inheritdoc/>
    public string Name => Method.RunRate;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view)
    {
        var like = view.LikeWindows(MostWindows);
        var (before, whole) = (like.Sum(w => w.WonBefore), like.Sum(w => w.Revenue));
        if (like.Count < LeastWindows || before <= 0 || whole <= 0) return null;
        return view.AlreadyWon / Math.Min(1, before / whole);
    }
}
