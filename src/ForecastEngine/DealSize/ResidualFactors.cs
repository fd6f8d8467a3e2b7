namespace ForecastEngine.DealSize;

/// <summary>
/// How far final amounts fall from the expected ones, as factors e^r: quantiles for the bands, and for sums of deals
/// factors of equal mass: residuals sorted, cut into equal masses,
/// each mass drawn together to its mean factor. So the mean of the factors is that of the residuals (Duan's smearing) while
/// the two tails beyond the outermost 1/21 become one value each.
/// </summary>
/// <remarks>Reference: Duan, "Smearing estimate: a nonparametric retransformation method", JASA 78, 1983.</remarks>
internal static class ResidualFactors
{
    /// <summary>Masses per distribution.</summary>
    public const int Count = 21;

    /// <summary>Levels at which quantiles are kept: the middle of each mass, and 0.01 and 0.99 outside them.</summary>
    public static double[] Levels { get; } = [0.01, .. Enumerable.Range(0, Count).Select(k => (k + 0.5) / Count), 0.99];

    /// <summary>
    /// The residuals' quantiles as factors, one per level. Residual i lies at level (Σ_{j&lt;i} w_j + w_i/2 + ½)/(Σ w + 1), which for
    /// equal weights is i/(n + 1): a new residual falls below it with that probability. Beyond the outermost it stays there.
    /// </summary>
    public static double[] Quantiles(IReadOnlyList<(double Log, double Weight)> residuals)
    {
        var sorted = residuals.Order().ToArray();
        var total = sorted.Sum(r => r.Weight);
        var (at, sum) = (new double[sorted.Length], 0.0);
        for (var i = 0; i < sorted.Length; i++)
        {
            at[i] = (sum + sorted[i].Weight / 2 + 0.5) / (total + 1);
            sum += sorted[i].Weight;
        }
        var quantiles = new double[Levels.Length];
        for (int k = 0, i = 0; k < quantiles.Length; k++)
        {
            while (i < at.Length && at[i] < Levels[k]) i++;
            var log = i == 0 ? sorted[0].Log
                : i == at.Length ? sorted[^1].Log
                : sorted[i - 1].Log + (Levels[k] - at[i - 1]) / (at[i] - at[i - 1]) * (sorted[i].Log - sorted[i - 1].Log);
            quantiles[k] = Math.Max(Math.Exp(log), k == 0 ? 0 : quantiles[k - 1]);
        }
        return quantiles;
    }

    /// <summary>The factors, rising; weights need not sum to 1.</summary>
    public static double[] From(IReadOnlyList<(double Log, double Weight)> residuals)
    {
        var sorted = residuals.Order().ToArray();
        var total = sorted.Sum(r => r.Weight);
        var factors = new double[Count];
        var (at, left) = (0, sorted[0].Weight);
        for (var k = 0; k < Count; k++)
        {
            var room = total / Count;
            var sum = 0.0;
            while (room > 0)
            {
                var take = at == sorted.Length - 1 ? room : Math.Min(room, left);
                sum += take * Math.Exp(sorted[at].Log);
                room -= take;
                left -= take;
                if (left <= 0 && at < sorted.Length - 1) left = sorted[++at].Weight;
            }
            factors[k] = sum / (total / Count);
        }
        // Rounding may turn two equal masses around by an ulp.
        for (var k = 1; k < Count; k++) factors[k] = Math.Max(factors[k], factors[k - 1]);
        return factors;
    }
}
