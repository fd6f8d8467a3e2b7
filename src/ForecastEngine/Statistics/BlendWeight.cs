namespace ForecastEngine.Statistics;

/// <summary>How much one of two forecasts should count in a blend of both, as their losses on the same cases tell.</summary>
/// <remarks>
/// Stacking: Yao, Vehtari, Simpson and Gelman, Bayesian Analysis 13, 2018. A power below 1 of the likelihood allows for cases
/// that share a time and for forecasts that are both wrong: Grünwald, "The safe Bayesian", ALT 2012.
/// </remarks>
public static class BlendWeight
{
    /// <summary>Weights that are compared.</summary>
    public static IReadOnlyList<double> Grid { get; } = [0, 0.25, 0.5, 0.75, 1];

    /// <summary>Power of the likelihood.</summary>
    public const double Power = 0.5;

    /// <summary>
    /// Mean of the weights w of <see cref="Grid"/> under p(w) ∝ e^{−η L(w)}, L the log loss of the blend over all cases in
    /// nats: 0.5 where nothing tells, near the best weight where much does.
    /// </summary>
    /// <param name="losses">Σ log loss of the blend of each weight, in the order of the grid.</param>
    /// <param name="power">η, above 0.</param>
    public static double Of(ReadOnlySpan<double> losses, double power = Power)
    {
        Require.SameLength(nameof(BlendWeight), losses.Length, Grid.Count, "losses");
        Require.Positive(nameof(BlendWeight), power, "power");
        var best = double.PositiveInfinity;
        foreach (var loss in losses) best = Math.Min(best, loss);
        var (sum, total) = (0.0, 0.0);
        for (var w = 0; w < losses.Length; w++)
        {
            var share = Math.Exp(-power * (losses[w] - best));
            (sum, total) = (sum + share * Grid[w], total + share);
        }
        return sum / total;
    }
}
