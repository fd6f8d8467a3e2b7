namespace ForecastEngine.Statistics;

/// <summary>The polynomial through given points.</summary>
public static class Interpolation
{
    /// <summary>
    /// The weights ℓ_j(x) with which values at <paramref name="points"/> add up to that of their polynomial at <paramref name="x"/>.
    /// <para>ℓ_j(x) = Π_{i≠j} (x − x_i)/(x_j − x_i); they sum to 1.</para>
    /// </summary>
    /// <param name="points">Distinct points, few: the number of products is their number squared.</param>
    /// <param name="x">Where; best within the points.</param>
    public static double[] Weights(ReadOnlySpan<double> points, double x)
    {
        var weights = new double[points.Length];
        for (var j = 0; j < points.Length; j++)
        {
            weights[j] = 1;
            for (var i = 0; i < points.Length; i++)
                if (i != j) weights[j] *= (x - points[i]) / (points[j] - points[i]);
        }
        return weights;
    }
}
