using System.Collections.Immutable;

namespace ForecastEngine.Statistics;

/// <summary>Nodes and weights for integrals over a standard normal.</summary>
/// <param name="Nodes">x_q, ascending, symmetric around 0.</param>
/// <param name="Weights">w_q, summing to 1.</param>
public sealed record NormalQuadrature(ImmutableArray<double> Nodes, ImmutableArray<double> Weights);

/// <summary>
/// Gauss–Hermite quadrature for the standard normal: E f(Z) ≈ Σ w_q f(x_q), exact for polynomials up to degree 2n − 1.
/// <para>x_q are the roots of the probabilists' Hermite polynomial He_n; w_q = 1 / (n h_{n−1}(x_q)²) with h the orthonormal polynomials.</para>
/// </summary>
/// <remarks>Golub and Welsch, "Calculation of Gauss quadrature rules", Math. Comp. 1969; here the roots are found by bisection between those of He_{n−1}.</remarks>
public static class GaussHermite
{
    /// <summary>The rule with <paramref name="count"/> nodes, 1 to 64.</summary>
    public static NormalQuadrature Rule(int count)
    {
        if (count is < 1 or > 64) throw new ArgumentException($"{nameof(GaussHermite)}: found {count} nodes; expected 1 to 64.");
        double[] roots = [];
        for (var degree = 1; degree <= count; degree++)
        {
            var next = new double[degree];
            var bound = 2 * Math.Sqrt(degree) + 1;
            for (var i = degree / 2; i < degree; i++)
            {
                next[i] = 2 * i == degree - 1 ? 0 : Root(degree, roots[i - 1], i == degree - 1 ? bound : roots[i]);
                next[degree - 1 - i] = -next[i];
            }
            roots = next;
        }
        var weights = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            var previous = Orthonormal(count - 1, roots[i]);
            sum += weights[i] = 1 / (count * previous * previous);
        }
        for (var i = 0; i < count; i++) weights[i] /= sum;
        return new NormalQuadrature([.. roots], [.. weights]);
    }

    private static double Root(int degree, double low, double high)
    {
        var sign = -Math.Sign(Orthonormal(degree, high)); // the sign below the one root between low and high
        while (true)
        {
            var middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) return middle;
            if (Math.Sign(Orthonormal(degree, middle)) == sign) low = middle;
            else high = middle;
        }
    }

    /// <summary>h_n(x) = He_n(x) / √n!, by h_{k+1} = (x h_k − √k h_{k−1}) / √(k + 1).</summary>
    private static double Orthonormal(int degree, double x)
    {
        double before = 0, value = 1;
        for (var k = 0; k < degree; k++) (before, value) = (value, (x * value - Math.Sqrt(k) * before) / Math.Sqrt(k + 1));
        return value;
    }
}
