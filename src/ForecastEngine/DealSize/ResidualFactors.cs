namespace ForecastEngine.DealSize;

/// <summary>
/// How far final amounts fall from the expected ones, as factors e^r of equal mass: residuals sorted, cut into equal masses,
/// each mass drawn together to its mean factor. So the mean of the factors is that of the residuals (Duan's smearing) while
/// the two tails beyond the outermost 1/21 become one value each.
/// </summary>
/// <remarks>Reference: Duan, "Smearing estimate: a nonparametric retransformation method", JASA 78, 1983.</remarks>
internal static class ResidualFactors
{
    /// <summary>Masses per distribution.</summary>
    public const int Count = 21;

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
