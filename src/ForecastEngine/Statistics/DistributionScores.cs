using MathNet.Numerics;

namespace ForecastEngine.Statistics;

/// <summary>Scores of a forecast distribution, quantile or interval against the value that came. All in the unit of the value; lower is better.</summary>
public static class DistributionScores
{
    /// <summary>
    /// CRPS of an ensemble: the empirical distribution of its members.
    /// <para>mean|x_i − y| − Σ_ij |x_i − x_j| / (2 m²). With one member it is the absolute error.</para>
    /// </summary>
    /// <remarks>Gneiting and Raftery, "Strictly proper scoring rules, prediction, and estimation", JASA 2007.</remarks>
    public static double CrpsEnsemble(ReadOnlySpan<double> members, double observed) => Crps(members, observed, (double)members.Length * members.Length);

    /// <summary>
    /// Fair CRPS of an ensemble: unbiased for the distribution the members were drawn from.
    /// <para>mean|x_i − y| − Σ_ij |x_i − x_j| / (2 m (m − 1)). Needs at least two members; may be slightly negative.</para>
    /// </summary>
    /// <remarks>Ferro, "Fair scores for ensemble forecasts", QJRMS 2014.</remarks>
    public static double CrpsEnsembleFair(ReadOnlySpan<double> members, double observed)
    {
        if (members.Length < 2) throw new ArgumentException($"{nameof(CrpsEnsembleFair)}: found {members.Length} members; expected at least 2.");
        return Crps(members, observed, (double)members.Length * (members.Length - 1));
    }

    /// <summary>
    /// The CRPS that the true distribution itself expects, which no forecast can beat; unbiased from a sample of it.
    /// <para>½ E|X − X′| = Σ_i&lt;j |x_i − x_j| / (m (m − 1)), half of Gini's mean difference. Needs at least two members.</para>
    /// </summary>
    /// <remarks>Gneiting and Raftery, JASA 2007: the entropy function of the CRPS.</remarks>
    public static double ExpectedCrpsOfTruth(ReadOnlySpan<double> members)
    {
        if (members.Length < 2) throw new ArgumentException($"{nameof(ExpectedCrpsOfTruth)}: found {members.Length} members; expected at least 2.");
        var sorted = members.ToArray();
        Array.Sort(sorted);
        return PairDifferences(sorted) / ((double)sorted.Length * (sorted.Length - 1));
    }

    private static double Crps(ReadOnlySpan<double> members, double observed, double pairs)
    {
        Require.NotEmpty(nameof(CrpsEnsemble), members.Length);
        var sorted = members.ToArray();
        Array.Sort(sorted);
        var error = 0.0;
        foreach (var member in sorted) error += Math.Abs(member - observed);
        return error / sorted.Length - PairDifferences(sorted) / pairs;
    }

    // Σ_{i<j} (x_j − x_i) over sorted members.
    private static double PairDifferences(double[] sorted)
    {
        var sum = 0.0;
        for (var i = 0; i < sorted.Length; i++) sum += (2.0 * i + 1 - sorted.Length) * sorted[i];
        return sum;
    }

    /// <summary>
    /// CRPS of a normal distribution.
    /// <para>σ [z (2Φ(z) − 1) + 2φ(z) − 1/√π], z = (y − μ)/σ; σ = 0 gives |y − μ|.</para>
    /// </summary>
    public static double CrpsNormal(double mean, double standardDeviation, double observed)
    {
        Require.NotNegative(nameof(CrpsNormal), standardDeviation, "standard deviation");
        if (standardDeviation == 0) return Math.Abs(observed - mean);
        var z = (observed - mean) / standardDeviation;
        var density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
        return standardDeviation * (z * SpecialFunctions.Erf(z / Math.Sqrt(2)) + 2 * density - 1 / Math.Sqrt(Math.PI));
    }

    /// <summary>
    /// Pinball (quantile) loss, without the factor 2 that some packages put in.
    /// <para>τ (y − q) if y ≥ q, else (1 − τ)(q − y).</para>
    /// </summary>
    public static double Pinball(double quantile, double observed, double level)
    {
        Require.Level(nameof(Pinball), level);
        return observed >= quantile ? level * (observed - quantile) : (1 - level) * (quantile - observed);
    }

    /// <summary>
    /// Interval score of a central interval: its width plus a fine for every miss.
    /// <para>(u − l) + 2/α (l − y)₊ + 2/α (y − u)₊ with α = 1 − level.</para>
    /// </summary>
    /// <param name="lower">Lower end l.</param>
    /// <param name="upper">Upper end u, at least l.</param>
    /// <param name="observed">The value y that came.</param>
    /// <param name="level">Nominal coverage, for instance 0.8.</param>
    /// <remarks>Gneiting and Raftery 2007, equation 43.</remarks>
    public static double IntervalScore(double lower, double upper, double observed, double level)
    {
        Require.Level(nameof(IntervalScore), level);
        Ordered(nameof(IntervalScore), lower, upper);
        var fine = 2 / (1 - level);
        return upper - lower + fine * Math.Max(0, lower - observed) + fine * Math.Max(0, observed - upper);
    }

    /// <summary>Interval coverage: the share of values inside their interval, both ends included, 0–1. Should equal the level.</summary>
    public static double Coverage(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, ReadOnlySpan<double> observed)
    {
        Require.NotEmpty(nameof(Coverage), observed.Length);
        Require.SameLength(nameof(Coverage), lower.Length, observed.Length, "lower ends");
        Require.SameLength(nameof(Coverage), upper.Length, observed.Length, "upper ends");
        var inside = 0;
        for (var i = 0; i < observed.Length; i++)
        {
            Ordered(nameof(Coverage), lower[i], upper[i]);
            if (observed[i] >= lower[i] && observed[i] <= upper[i]) inside++;
        }
        return (double)inside / observed.Length;
    }

    /// <summary>
    /// Probability integral transform of a value in an ensemble: the share of members below it, ties counting one half.
    /// <para>(#{x &lt; y} + ½ #{x = y}) / m, 0–1; uniform over many forecasts if the distributions are right.</para>
    /// </summary>
    public static double PitEnsemble(ReadOnlySpan<double> members, double observed)
    {
        Require.NotEmpty(nameof(PitEnsemble), members.Length);
        var twice = 0;
        foreach (var member in members) twice += member < observed ? 2 : member == observed ? 1 : 0;
        return twice / (2.0 * members.Length);
    }

    private static void Ordered(string where, double lower, double upper)
    {
        if (!(lower <= upper)) throw new ArgumentException($"{where}: found the interval [{lower:R}, {upper:R}]; expected the lower end first.");
    }
}
