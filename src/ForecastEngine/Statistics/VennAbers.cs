namespace ForecastEngine.Statistics;

/// <summary>
/// A Venn–Abers answer: two probabilities, of which one is calibrated whatever the distribution. Their distance says how well the
/// probability is known.
/// </summary>
/// <param name="P0">Isotonic fit at the score if its outcome were 0.</param>
/// <param name="P1">Isotonic fit at the score if its outcome were 1; never below <paramref name="P0"/>.</param>
public readonly record struct VennAbersInterval(double P0, double P1)
{
    /// <summary>The minimax merge for log loss: p1 / (1 − p0 + p1).</summary>
    public double Merged => P1 / (1 - P0 + P1);
}

/// <summary>
/// Inductive Venn–Abers calibration: isotonic regression of the calibration rows with the new row added once as 0 and once as 1.
/// <para>Exact, O(n log n) once and about O(log n) a query: the pooled blocks of every prefix and every suffix are kept as linked stacks that share their tails.</para>
/// </summary>
/// <remarks>Vovk, Petej and Fedorova, "Large-scale probabilistic predictors with and without guarantees of validity", NIPS 2015.</remarks>
public sealed class VennAbers
{
    private sealed record Block(double Sum, double Mass, Block? Next)
    {
        public double Mean => Sum / Mass;
    }

    private readonly double[] _scores;
    private readonly (double Sum, double Mass)[] _groups;
    private readonly Block?[] _prefix; // pooled groups before g, nearest first
    private readonly Block?[] _suffix; // pooled groups from g on, nearest first

    private VennAbers(double[] scores, (double, double)[] groups, Block?[] prefix, Block?[] suffix) =>
        (_scores, _groups, _prefix, _suffix) = (scores, groups, prefix, suffix);

    /// <summary>Takes in the calibration rows: scores (any finite numbers; higher means likelier), outcomes 0–1, optional weights. A new row weighs 1.</summary>
    public static VennAbers Fit(ReadOnlySpan<double> scores, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights = default)
    {
        const string where = nameof(VennAbers);
        Require.NotEmpty(where, scores.Length);
        Require.SameLength(where, outcomes.Length, scores.Length, "outcomes");
        Require.Probabilities(where, outcomes);
        Require.Weights(where, weights, scores.Length);

        var (distinct, groups) = (new List<double>(), new List<(double Sum, double Mass)>());
        foreach (var row in Ordering.Ascending(scores))
        {
            if (!double.IsFinite(scores[row])) throw new ArgumentException($"{where}: found score {scores[row]:R} at row {row}; expected a finite number.");
            var weight = weights.IsEmpty ? 1 : weights[row];
            if (weight == 0) continue;
            if (distinct.Count == 0 || distinct[^1] != scores[row])
            {
                distinct.Add(scores[row]);
                groups.Add((0, 0));
            }
            groups[^1] = (groups[^1].Sum + weight * outcomes[row], groups[^1].Mass + weight);
        }

        var n = groups.Count;
        var (prefix, suffix) = (new Block?[n + 1], new Block?[n + 1]);
        for (var g = 0; g < n; g++)
        {
            var block = new Block(groups[g].Sum, groups[g].Mass, prefix[g]);
            while (block.Next is { } left && left.Mean >= block.Mean) block = new Block(block.Sum + left.Sum, block.Mass + left.Mass, left.Next);
            prefix[g + 1] = block;
        }
        for (var g = n - 1; g >= 0; g--)
        {
            var block = new Block(groups[g].Sum, groups[g].Mass, suffix[g + 1]);
            while (block.Next is { } right && right.Mean <= block.Mean) block = new Block(block.Sum + right.Sum, block.Mass + right.Mass, right.Next);
            suffix[g] = block;
        }
        return new VennAbers([.. distinct], [.. groups], prefix, suffix);
    }

    /// <summary>The two probabilities of a new score.</summary>
    public VennAbersInterval Interval(double score)
    {
        if (!double.IsFinite(score)) throw new ArgumentException($"{nameof(VennAbers)}: found score {score:R}; expected a finite number.");
        var found = Array.BinarySearch(_scores, score);
        var (first, next) = found >= 0 ? (found, found + 1) : (~found, ~found);
        var (sum, mass) = found >= 0 ? _groups[found] : (0, 0);
        return new VennAbersInterval(Pool(sum, mass + 1, first, next), Pool(sum + 1, mass + 1, first, next));
    }

    private double Pool(double sum, double mass, int first, int next)
    {
        var (left, right) = (_prefix[first], _suffix[next]);
        while (true)
        {
            var mean = sum / mass;
            if (left is not null && left.Mean >= mean)
            {
                (sum, mass, left) = (sum + left.Sum, mass + left.Mass, left.Next);
            }
            else if (right is not null && right.Mean <= mean)
            {
                (sum, mass, right) = (sum + right.Sum, mass + right.Mass, right.Next);
            }
            else
            {
                return Math.Clamp(mean, 0, 1);
            }
        }
    }
}
