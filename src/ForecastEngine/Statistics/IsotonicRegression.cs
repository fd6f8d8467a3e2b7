namespace ForecastEngine.Statistics;

/// <summary>
/// The best non-decreasing fit in weighted least squares, by pooling adjacent violators.
/// <para>min Σ w (y − v)² subject to v_1 ≤ v_2 ≤ …</para>
/// </summary>
/// <remarks>Ayer, Brunk, Ewing, Reid and Silverman, "An empirical distribution function for sampling with incomplete information", 1955.</remarks>
public static class IsotonicRegression
{
    /// <summary>Fitted values of <paramref name="values"/> in their given order, non-decreasing. Linear time.</summary>
    /// <param name="values">Values y in the order in which the fit has to rise.</param>
    /// <param name="weights">Weights above 0; empty for 1.</param>
    public static double[] Fit(ReadOnlySpan<double> values, ReadOnlySpan<double> weights = default)
    {
        Require.Weights(nameof(IsotonicRegression), weights, values.Length);
        var (sums, masses, counts) = (new double[values.Length], new double[values.Length], new int[values.Length]);
        var blocks = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var weight = weights.IsEmpty ? 1 : weights[i];
            Require.Positive(nameof(IsotonicRegression), weight, "weight");
            (sums[blocks], masses[blocks], counts[blocks]) = (weight * values[i], weight, 1);
            for (; blocks > 0 && sums[blocks - 1] * masses[blocks] >= sums[blocks] * masses[blocks - 1]; blocks--)
            {
                sums[blocks - 1] += sums[blocks];
                masses[blocks - 1] += masses[blocks];
                counts[blocks - 1] += counts[blocks];
            }
            blocks++;
        }
        var fitted = new double[values.Length];
        for (int block = 0, row = 0; block < blocks; block++)
            for (var k = 0; k < counts[block]; k++) fitted[row++] = sums[block] / masses[block];
        return fitted;
    }
}
