using MathNet.Numerics.Distributions;

namespace ForecastEngine.Statistics;

/// <summary>Whether two forecasters of the same series of windows differ beyond chance.</summary>
/// <param name="Windows">n, windows compared.</param>
/// <param name="Difference">d̄, mean of a − b in the unit of the losses; below 0: a is the better.</param>
/// <param name="StandardError">Of d̄, heteroskedasticity and autocorrelation consistent; at least 0.</param>
/// <param name="Lower">Lower end of the band around d̄.</param>
/// <param name="Upper">Upper end of that band.</param>
public readonly record struct LossComparison(int Windows, double Difference, double StandardError, double Lower, double Upper);

/// <summary>Compares the losses of two forecasters on windows that follow each other.</summary>
/// <remarks>
/// Diebold and Mariano, "Comparing predictive accuracy", JBES 13, 1995. Variance: Newey and West, Econometrica 55, 1987, with the lags of
/// their rule of thumb, Review of Economic Studies 61, 1994. Student's t instead of the normal: Harvey, Leybourne and Newbold, IJF 13, 1997.
/// </remarks>
public static class DieboldMariano
{
    /// <summary>
    /// The band of the mean difference of losses.
    /// <para>d_t = a_t − b_t; γ_j = Σ_{t>j} (d_t − d̄)(d_{t−j} − d̄) / n; ω = γ_0 + 2 Σ_{j=1}^{L} (1 − j/(L+1)) γ_j with L = ⌊4 (n/100)^{2/9}⌋;
    /// SE² = max(ω, γ_0) / (n − 1); d̄ ± t_{n−1} SE. The larger of ω and γ_0 is taken because of few windows the autocovariances are mostly noise,
    /// and a negative one would feign certainty; with L = 0 it is the paired t test. Differences all alike have a band without width.</para>
    /// </summary>
    /// <param name="a">Losses of the one, in time order.</param>
    /// <param name="b">Losses of the other on the same windows.</param>
    /// <param name="level">Nominal coverage of the two-sided band, for instance 0.90.</param>
    /// <exception cref="ArgumentException">Fewer than two windows, lengths that differ, or losses that are not finite.</exception>
    public static LossComparison Compare(ReadOnlySpan<double> a, ReadOnlySpan<double> b, double level)
    {
        const string where = nameof(DieboldMariano);
        Require.SameLength(where, b.Length, a.Length, "losses of b");
        Require.Level(where, level);
        var n = a.Length;
        if (n < 2) throw new ArgumentException($"{where}: found {n} windows; expected at least 2. Compare over more windows.");
        var d = new double[n];
        for (var t = 0; t < n; t++)
            if (!double.IsFinite(d[t] = a[t] - b[t])) throw new ArgumentException($"{where}: found losses {a[t]:R} and {b[t]:R} in window {t}; expected finite numbers.");
        var mean = d.Average();
        var own = Autocovariance(d, mean, 0);
        var (variance, lags) = (own, (int)(4 * Math.Pow(n / 100.0, 2.0 / 9)));
        for (var j = 1; j <= Math.Min(lags, n - 1); j++) variance += 2 * (1 - j / (lags + 1.0)) * Autocovariance(d, mean, j);
        var standardError = Math.Sqrt(Math.Max(variance, own) / (n - 1));
        var reach = StudentT.InvCDF(0, 1, n - 1, (1 + level) / 2) * standardError;
        return new LossComparison(n, mean, standardError, mean - reach, mean + reach);
    }

    private static double Autocovariance(double[] d, double mean, int lag)
    {
        var sum = 0.0;
        for (var t = lag; t < d.Length; t++) sum += (d[t] - mean) * (d[t - lag] - mean);
        return sum / d.Length;
    }
}
