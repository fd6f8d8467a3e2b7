namespace ForecastEngine.Statistics;

/// <summary>The number of successes among independent trials with probabilities of their own.</summary>
public static class PoissonBinomial
{
    /// <summary>P(X = k) for k = 0 … n by adding one trial after another: f(k) ← f(k)(1 − p) + f(k − 1) p. O(n²), exact to rounding.</summary>
    public static double[] Probabilities(ReadOnlySpan<double> probabilities)
    {
        Require.Probabilities(nameof(PoissonBinomial), probabilities);
        var mass = new double[probabilities.Length + 1];
        mass[0] = 1;
        for (var trial = 0; trial < probabilities.Length; trial++)
        {
            var p = probabilities[trial];
            for (var k = trial + 1; k > 0; k--) mass[k] = mass[k] * (1 - p) + mass[k - 1] * p;
            mass[0] *= 1 - p;
        }
        return mass;
    }
}
