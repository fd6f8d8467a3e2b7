namespace ForecastEngine.Statistics;

/// <summary>
/// Adaptive conformal inference: the miss rate asked of the next band, moved by whether the last one missed.
/// <para>α ← α + γ (α* − err), err = 1 for a miss: after a miss α falls and bands widen. Kept within [α*/3, 3α*]. Over time the share of misses
/// tends to the target α* whatever the data do, as long as the bounds are not hit.</para>
/// </summary>
/// <param name="Target">α*: the nominal miss rate, 1 − level.</param>
/// <param name="Rate">γ > 0, for instance 0.01–0.02.</param>
/// <param name="Alpha">The miss rate to ask for next; starts at the target.</param>
/// <remarks>Gibbs and Candès, "Adaptive conformal inference under distribution shift", NeurIPS 2021.</remarks>
public sealed record AdaptiveConformal(double Target, double Rate, double Alpha)
{
    /// <summary>Starts at the nominal level (a fraction, for instance 0.8).</summary>
    public static AdaptiveConformal Start(double level, double rate)
    {
        Require.Level(nameof(AdaptiveConformal), level);
        Require.Positive(nameof(AdaptiveConformal), rate, "rate");
        return new AdaptiveConformal(1 - level, rate, 1 - level);
    }

    /// <summary>The level to ask for next, 1 − α, at most 0.9999.</summary>
    public double Level => Math.Clamp(1 - Alpha, 0, 0.9999);

    /// <summary>The state after one more band has matured.</summary>
    public AdaptiveConformal After(bool missed) =>
        this with { Alpha = Math.Clamp(Alpha + Rate * (Target - (missed ? 1 : 0)), Target / 3, Math.Min(1, 3 * Target)) };
}
