namespace ForecastEngine.Statistics;

/// <summary>How a candidate did out of time.</summary>
/// <param name="Kind">The candidate.</param>
/// <param name="LogLoss">Mean prequential log loss in nats.</param>
/// <param name="ExcessOverBest">Log loss above the best candidate's, ≥ 0.</param>
/// <param name="StandardError">Standard error of that excess (paired).</param>
public sealed record CalibrationCandidate(CalibratorKind Kind, double LogLoss, double ExcessOverBest, double StandardError);

/// <summary>The chosen calibrator, fitted on all rows, and the evidence for the choice.</summary>
/// <param name="Calibrator">Ready to apply.</param>
/// <param name="Candidates">In the order of flexibility; empty where there were fewer than two blocks.</param>
/// <param name="EvaluatedRows">Rows that were forecast out of time.</param>
public sealed record CalibrationChoice(Calibrator Calibrator, IReadOnlyList<CalibrationCandidate> Candidates, int EvaluatedRows);

/// <summary>
/// Chooses a calibrator by prequential log loss: fitted on the blocks before b, judged on block b.
/// <para>Of the candidates whose loss is within one standard error of the best one's (paired, the larger of the error over rows and
/// over blocks), the stiffest is taken; identity is the stiffest, because recalibrating a model that is already good hurts.</para>
/// </summary>
public static class CalibrationSelection
{
    /// <summary>Chooses among <paramref name="candidates"/> (all kinds if null); identity always takes part.</summary>
    /// <param name="probabilities">Out-of-time probabilities, 0–1: the model behind each saw nothing of its outcome.</param>
    /// <param name="outcomes">Matured outcomes, 0–1.</param>
    /// <param name="blocks">The time block of each row; a smaller number is earlier. With a single block the answer is identity.</param>
    /// <param name="weights">Optional weight of each row.</param>
    /// <param name="candidates">Kinds to try.</param>
    public static CalibrationChoice Choose(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<int> blocks,
        ReadOnlySpan<double> weights = default, IReadOnlyCollection<CalibratorKind>? candidates = null)
    {
        const string where = nameof(CalibrationSelection);
        if (probabilities.IsEmpty) return new CalibrationChoice(Calibrator.Identity, [], 0);
        Require.Forecasts(where, probabilities, outcomes, weights);
        Require.SameLength(where, blocks.Length, probabilities.Length, "blocks");
        var kinds = (candidates ?? Enum.GetValues<CalibratorKind>()).Append(CalibratorKind.Identity).Distinct().Order().ToArray();

        var order = new int[blocks.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var blockOf = blocks.ToArray();
        Array.Sort(order, (a, b) => blockOf[a] != blockOf[b] ? blockOf[a].CompareTo(blockOf[b]) : a.CompareTo(b));
        var (p, y, w) = (new double[order.Length], new double[order.Length], new double[order.Length]);
        for (var i = 0; i < order.Length; i++)
            (p[i], y[i], w[i]) = (probabilities[order[i]], outcomes[order[i]], weights.IsEmpty ? 1 : weights[order[i]]);
        var starts = new List<int>();
        for (var i = 0; i < order.Length; i++)
            if (i == 0 || blockOf[order[i]] != blockOf[order[i - 1]]) starts.Add(i);
        if (starts.Count < 2) return new CalibrationChoice(Calibrator.Identity, [], 0);

        var losses = Array.ConvertAll(kinds, kind => PrequentialLosses(kind, p, y, w, starts));
        var first = starts[1];
        var means = Array.ConvertAll(losses, loss => WeightedMean(loss, w, first));
        if (means.Any(double.IsNaN)) return new CalibrationChoice(Calibrator.Identity, [], 0);
        var best = Array.IndexOf(means, means.Min());
        var scored = new CalibrationCandidate[kinds.Length];
        for (var k = 0; k < kinds.Length; k++)
            scored[k] = new CalibrationCandidate(kinds[k], means[k], means[k] - means[best], PairedStandardError(losses[k], losses[best], w, starts));
        var chosen = scored.First(candidate => candidate.ExcessOverBest <= candidate.StandardError);
        return new CalibrationChoice(CalibratorFit.Fit(chosen.Kind, p, y, w), scored, order.Length - first);
    }

    private static double[] PrequentialLosses(CalibratorKind kind, double[] p, double[] y, double[] w, List<int> starts)
    {
        var losses = new double[p.Length];
        for (var block = 1; block < starts.Count; block++)
        {
            var (start, end) = (starts[block], block + 1 < starts.Count ? starts[block + 1] : p.Length);
            var seen = w.AsSpan(0, start);
            var calibrator = seen.IndexOfAnyExcept(0.0) < 0 ? Calibrator.Identity : CalibratorFit.Fit(kind, p.AsSpan(0, start), y.AsSpan(0, start), seen);
            for (var i = start; i < end; i++) losses[i] = ProbabilityScores.LogLoss(calibrator.Apply(p[i]), y[i]);
        }
        return losses;
    }

    private static double WeightedMean(double[] losses, double[] w, int first)
    {
        double sum = 0, total = 0;
        for (var i = first; i < losses.Length; i++) (sum, total) = (sum + w[i] * losses[i], total + w[i]);
        return sum / total;
    }

    /// <summary>Standard error of the weighted mean of loss − best: the larger of the one over rows and the one over blocks (blocks are dependent inside).</summary>
    private static double PairedStandardError(double[] losses, double[] best, double[] w, List<int> starts)
    {
        var mean = WeightedMean(losses, w, starts[1]) - WeightedMean(best, w, starts[1]);
        double total = 0, rows = 0, clusters = 0;
        for (var block = 1; block < starts.Count; block++)
        {
            var (end, cluster) = (block + 1 < starts.Count ? starts[block + 1] : losses.Length, 0.0);
            for (var i = starts[block]; i < end; i++)
            {
                var deviation = w[i] * (losses[i] - best[i] - mean);
                rows += deviation * deviation;
                cluster += deviation;
                total += w[i];
            }
            clusters += cluster * cluster;
        }
        var count = starts.Count - 1;
        if (count > 1) clusters *= count / (count - 1.0);
        return Math.Sqrt(Math.Max(rows, clusters)) / total;
    }
}
