namespace ForecastEngine.Statistics;

/// <summary>One bin of a reliability diagram: what was promised, what came, with what weight.</summary>
public readonly record struct ReliabilityBin(double MeanProbability, double MeanOutcome, double Weight);

/// <summary>The straight line of outcome on forecast in logits: intercept 0 and slope 1 is perfect, slope below 1 is overconfident.</summary>
public readonly record struct ReliabilityLine(double Intercept, double Slope);

/// <summary>Do the probabilities mean what they say: bins, expected calibration error, and the recalibration line.</summary>
public static class Reliability
{
    /// <summary>
    /// Bins of equal mass in ascending order of probability; rows with one and the same probability are never parted.
    /// <para>A row's bin is ⌊bins · (weight below its tie group + half the group's) / total⌋, so there may be fewer bins than asked for.</para>
    /// </summary>
    public static IReadOnlyList<ReliabilityBin> Bins(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, int bins = 15, ReadOnlySpan<double> weights = default)
    {
        Require.Forecasts(nameof(Bins), probabilities, outcomes, weights);
        if (bins < 1) throw new ArgumentException($"{nameof(Bins)}: found {bins} bins; expected at least 1.");
        var order = Ordering.Ascending(probabilities);
        double total = 0, below = 0;
        foreach (var row in order) total += weights.IsEmpty ? 1 : weights[row];

        var (mass, promised, came) = (new double[bins], new double[bins], new double[bins]);
        for (int start = 0, end; start < order.Length; start = end)
        {
            double groupMass = 0, groupOutcome = 0;
            for (end = start; end < order.Length && probabilities[order[end]] == probabilities[order[start]]; end++)
            {
                var weight = weights.IsEmpty ? 1 : weights[order[end]];
                groupMass += weight;
                groupOutcome += weight * outcomes[order[end]];
            }
            var bin = Math.Clamp((int)(bins * (below + groupMass / 2) / total), 0, bins - 1);
            mass[bin] += groupMass;
            promised[bin] += groupMass * probabilities[order[start]];
            came[bin] += groupOutcome;
            below += groupMass;
        }
        var result = new List<ReliabilityBin>(bins);
        for (var bin = 0; bin < bins; bin++)
            if (mass[bin] > 0) result.Add(new ReliabilityBin(promised[bin] / mass[bin], came[bin] / mass[bin], mass[bin]));
        return result;
    }

    /// <summary>
    /// Expected calibration error over bins of equal mass.
    /// <para>Σ_b W_b |p̄_b − ȳ_b| / Σ W_b, 0–1; lower is better. Sampling noise alone gives about √(2 p̄(1 − p̄) bins / (π n)), so compare only like sizes.</para>
    /// </summary>
    public static double ExpectedCalibrationError(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, int bins = 15, ReadOnlySpan<double> weights = default)
    {
        double sum = 0, total = 0;
        foreach (var bin in Bins(probabilities, outcomes, bins, weights))
        {
            sum += bin.Weight * Math.Abs(bin.MeanProbability - bin.MeanOutcome);
            total += bin.Weight;
        }
        return sum / total;
    }

    /// <summary>
    /// Logistic recalibration: the intercept a and slope b of logit P(y = 1) = a + b logit p, by maximum likelihood.
    /// <para>a = 0, b = 1 is perfect; b &lt; 1 forecasts too extreme, b &gt; 1 too timid. p is cut to [1e-9, 1 − 1e-9]; a ridge of 1e-6 towards (0, 1) keeps separable data finite.</para>
    /// </summary>
    /// <remarks>Cox, "Two further applications of a model for binary regression", Biometrika 1958.</remarks>
    public static ReliabilityLine Line(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights = default)
    {
        Require.Forecasts(nameof(Line), probabilities, outcomes, weights);
        var design = new double[probabilities.Length, 2];
        for (var i = 0; i < probabilities.Length; i++) (design[i, 0], design[i, 1]) = (1, Logit.Of(probabilities[i], 1e-9));
        var fit = LogisticRegression.Fit(design, outcomes, weights, priorMean: [0, 1], priorPrecision: [1e-6, 1e-6]);
        return new ReliabilityLine(fit.Coefficients[0], fit.Coefficients[1]);
    }
}
