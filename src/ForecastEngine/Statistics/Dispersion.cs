namespace ForecastEngine.Statistics;

/// <summary>How much more counts vary than a Poisson would.</summary>
public static class Dispersion
{
    /// <summary>
    /// The negative-binomial dispersion by the method of moments: Var N = μ + θμ².
    /// <para>θ = max(0, (Σ [(N − μ)² − μ] + κ θ₀ μ̄²) / (Σ μ² + κ μ̄²)), μ̄² the mean of μ²; 0 is Poisson. Without windows: θ₀.</para>
    /// </summary>
    /// <param name="counts">Counts N of like windows.</param>
    /// <param name="expected">What was expected of each, μ ≥ 0, by a forecast that did not see the count.</param>
    /// <param name="prior">θ₀ ≥ 0.</param>
    /// <param name="priorWindows">κ ≥ 0: the prior's weight in windows.</param>
    public static double OfCounts(ReadOnlySpan<double> counts, ReadOnlySpan<double> expected, double prior = 0, double priorWindows = 0)
    {
        const string where = nameof(Dispersion);
        Require.SameLength(where, expected.Length, counts.Length, "expected counts");
        Require.NotNegative(where, prior, "prior dispersion");
        Require.NotNegative(where, priorWindows, "prior weight");
        double excess = 0, squares = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            Require.NotNegative(where, counts[i], "count");
            Require.NotNegative(where, expected[i], "expected count");
            excess += (counts[i] - expected[i]) * (counts[i] - expected[i]) - expected[i];
            squares += expected[i] * expected[i];
        }
        if (squares == 0) return prior;
        var typical = squares / counts.Length;
        return Math.Max(0, (excess + priorWindows * prior * typical) / (squares + priorWindows * typical));
    }
}
