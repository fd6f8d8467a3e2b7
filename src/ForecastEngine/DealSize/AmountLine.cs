namespace ForecastEngine.DealSize;

/// <summary>
/// Regression to the mean of a typed amount E: E[ln F] = ln E + Shift + Slope (ln E − Center). A slope below 0 says that
/// large amounts shrink and small ones grow. (0, 0) is the amount as typed.
/// </summary>
/// <remarks>
/// Ridge: minimises Σ w (y − a − c z)² + m (a² + c² s²) with y = ln F − ln E, z = ln E − Center, s² the variance of z and m the
/// deals that the amount as typed weighs like.
/// </remarks>
/// <param name="Center">Mean of ln E of the deals it was fitted on.</param>
/// <param name="Shift">a.</param>
/// <param name="Slope">c = b − 1.</param>
public sealed record AmountLine(double Center, double Shift, double Slope)
{
    /// <summary>E[ln F] for a typed amount above 0.</summary>
    public double LogOf(double typed)
    {
        var log = Math.Log(typed);
        return log + Shift + Slope * (log - Center);
    }

    internal static AmountLine Fit(SizeRows rows, IReadOnlyList<int> used, double shrinkageDeals)
    {
        var weights = SizeRows.Weights(used, r => rows.Ids[r]);
        var (sum, center) = (0.0, 0.0);
        for (var i = 0; i < used.Count; i++)
        {
            sum += weights[i];
            center += weights[i] * Math.Log(rows.Typed[used[i]]);
        }
        if (sum == 0) return new AmountLine(0, 0, 0);
        center /= sum;
        double y1 = 0, zz = 0, zy = 0;
        for (var i = 0; i < used.Count; i++)
        {
            var log = Math.Log(rows.Typed[used[i]]);
            var (y, z) = (Math.Log(rows.Final[used[i]]) - log, log - center);
            y1 += weights[i] * y;
            zz += weights[i] * z * z;
            zy += weights[i] * z * y;
        }
        // Σ w z = 0, so the two equations part.
        var slope = zz > 1e-12 * sum ? zy / (zz + shrinkageDeals * zz / sum) : 0;
        return new AmountLine(center, y1 / (sum + shrinkageDeals), slope);
    }
}
