namespace ForecastEngine.Statistics;

/// <summary>Two methods' areas under the ROC curve on the same cases.</summary>
/// <param name="Auc">That of the first, 0–1.</param>
/// <param name="OtherAuc">That of the second, 0–1.</param>
/// <param name="StandardError">Standard error of their difference; 0 where both order the cases alike.</param>
/// <remarks>
/// DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating characteristic
/// curves", Biometrics 44, 1988; by ranks as in Sun and Xu, IEEE Signal Processing Letters 21, 2014.
/// </remarks>
public readonly record struct RocComparison(double Auc, double OtherAuc, double StandardError)
{
    /// <summary>The first's area less the second's.</summary>
    public double Difference => Auc - OtherAuc;

    /// <summary>
    /// Var(A − B) = S₁/m + S₀/n: m positives and n negatives, S the variances over them of the difference of placements,
    /// the share of the other class that a case is placed above, ties counting one half.
    /// </summary>
    /// <param name="scores">The first method's scores.</param>
    /// <param name="others">The second's, of the same cases.</param>
    /// <param name="outcomes">0 or 1.</param>
    /// <returns>NaN where a class has fewer than two cases.</returns>
    public static RocComparison Of(ReadOnlySpan<double> scores, ReadOnlySpan<double> others, ReadOnlySpan<double> outcomes)
    {
        Require.SameLength(nameof(RocComparison), others.Length, scores.Length, "scores of the second method");
        Require.SameLength(nameof(RocComparison), outcomes.Length, scores.Length, "outcomes");
        var (first, second) = (Placements(scores, outcomes), Placements(others, outcomes));
        var (auc, other, variance) = (0.0, 0.0, 0.0);
        foreach (var isPositive in (bool[])[true, false])
        {
            var (count, sum, squares) = (0, 0.0, 0.0);
            for (var i = 0; i < outcomes.Length; i++)
            {
                if (outcomes[i] > 0.5 != isPositive) continue;
                var difference = first[i] - second[i];
                (count, sum, squares) = (count + 1, sum + difference, squares + difference * difference);
                if (isPositive) (auc, other) = (auc + first[i], other + second[i]);
            }
            if (count < 2) return new RocComparison(double.NaN, double.NaN, double.NaN);
            if (isPositive) (auc, other) = (auc / count, other / count);
            variance += Math.Max(0, squares - sum * sum / count) / (count - 1) / count;
        }
        return new RocComparison(auc, other, Math.Sqrt(variance));
    }

    // A positive's share of negatives below it; a negative's share of positives above it.
    private static double[] Placements(ReadOnlySpan<double> scores, ReadOnlySpan<double> outcomes)
    {
        var order = Ordering.Ascending(scores);
        var (positives, negatives) = (0, 0);
        foreach (var outcome in outcomes) if (outcome > 0.5) positives++; else negatives++;
        var placements = new double[scores.Length];
        var (positivesBelow, negativesBelow) = (0, 0);
        for (int start = 0, end; start < order.Length; start = end)
        {
            var (tiedPositives, tiedNegatives) = (0, 0);
            for (end = start; end < order.Length && scores[order[end]] == scores[order[start]]; end++)
                if (outcomes[order[end]] > 0.5) tiedPositives++; else tiedNegatives++;
            for (var i = start; i < end; i++)
                placements[order[i]] = outcomes[order[i]] > 0.5
                    ? (negativesBelow + tiedNegatives / 2.0) / negatives
                    : (positives - positivesBelow - tiedPositives / 2.0) / positives;
            (positivesBelow, negativesBelow) = (positivesBelow + tiedPositives, negativesBelow + tiedNegatives);
        }
        return placements;
    }
}
