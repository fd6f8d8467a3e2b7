namespace ForecastEngine.Statistics;

/// <summary>
/// Area under the ROC curve among neighbours. Cases in order of time were watched for unequal times and met unequal
/// seasons, which any clock can tell; comparing each only with those next to it leaves the part that is about the cases.
/// </summary>
public static class PeerAuc
{
    /// <summary>Successive cases that are compared with each other.</summary>
    public const int Block = 40;

    /// <summary>
    /// Σ_b w_b A_b / Σ_b w_b over blocks of <see cref="Block"/> successive cases, A_b the area in the block and w_b its pairs of a positive
    /// and a negative. The standard error is that of the rank sum when nothing tells the cases apart: √(Σ w_b (n_b + 1)/12) / Σ w_b.
    /// </summary>
    /// <param name="scores">Higher means more likely.</param>
    /// <param name="outcomes">0 or 1.</param>
    /// <returns>NaN where no block holds both outcomes.</returns>
    public static (double Auc, double StandardError) Of(IReadOnlyList<double> scores, IReadOnlyList<double> outcomes)
    {
        var (sum, variance, pairs) = (0.0, 0.0, 0.0);
        foreach (var (block, labels) in scores.Chunk(Block).Zip(outcomes.Chunk(Block)))
        {
            var positives = labels.Sum();
            var weight = positives * (labels.Length - positives);
            if (weight == 0) continue;
            sum += weight * ProbabilityScores.Auc(block, labels);
            variance += weight * (labels.Length + 1) / 12;
            pairs += weight;
        }
        return pairs == 0 ? (double.NaN, double.NaN) : (sum / pairs, Math.Sqrt(variance) / pairs);
    }
}
