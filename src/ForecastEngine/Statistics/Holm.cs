namespace ForecastEngine.Statistics;

/// <summary>Holm's correction for many tests at once.</summary>
public static class Holm
{
    /// <summary>
    /// Adjusted p-values in the order given: reject those at or below α, and the chance of any false rejection is at most α.
    /// <para>In ascending order p̃_(i) = max_{j ≤ i} min(1, (m − j + 1) p_(j)).</para>
    /// </summary>
    /// <remarks>Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 1979.</remarks>
    public static double[] Adjust(ReadOnlySpan<double> pValues)
    {
        Require.Probabilities(nameof(Holm), pValues);
        var (adjusted, highest, left) = (new double[pValues.Length], 0.0, pValues.Length);
        foreach (var test in Ordering.Ascending(pValues))
        {
            highest = Math.Max(highest, Math.Min(1, left-- * pValues[test]));
            adjusted[test] = highest;
        }
        return adjusted;
    }
}
