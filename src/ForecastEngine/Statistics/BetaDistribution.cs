using MathNet.Numerics;

namespace ForecastEngine.Statistics;

/// <summary>The Beta(a, b) distribution of an unknown rate: a − 1 and b − 1 successes and failures seen on a flat prior.</summary>
public static class BetaDistribution
{
    /// <summary>P(rate ≤ x) = I_x(a, b), 0–1.</summary>
    public static double Cdf(double x, double a, double b)
    {
        Check(a, b);
        return x <= 0 ? 0 : x >= 1 ? 1 : SpecialFunctions.BetaRegularized(a, b, x);
    }

    /// <summary>The rate that lies above the true one with probability <paramref name="level"/>, by bisection of the CDF to the last bit.</summary>
    /// <param name="level">0–1; 0 gives 0 and 1 gives 1.</param>
    /// <param name="a">Above 0.</param>
    /// <param name="b">Above 0.</param>
    public static double Quantile(double level, double a, double b)
    {
        Check(a, b);
        Require.Probability(nameof(BetaDistribution), level);
        if (level is 0 or 1) return level;
        double low = 0, high = 1;
        for (var i = 0; i < 200; i++)
        {
            var middle = (low + high) / 2;
            if (middle == low || middle == high) break;
            if (Cdf(middle, a, b) < level) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    private static void Check(double a, double b)
    {
        Require.Positive(nameof(BetaDistribution), a, "a");
        Require.Positive(nameof(BetaDistribution), b, "b");
    }
}
