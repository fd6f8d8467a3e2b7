namespace ForecastEngine.Statistics;

/// <summary>
/// Fits a <see cref="Calibrator"/> to probabilities p, outcomes y and optional weights. The parametric kinds are shrunk towards
/// leaving p alone, by normal priors whose precisions are in units of observations' information.
/// </summary>
public static class CalibratorFit
{
    /// <summary>Prior precision of the intercept around 0 (a prior standard deviation of 0.26 logits).</summary>
    public const double InterceptPrecision = 15;

    /// <summary>Prior precision of the slope around 1 (a prior standard deviation of 0.11).</summary>
    public const double SlopePrecision = 80;

    /// <summary>Fits the calibrator of a kind. With no rows every kind answers with the identity's values.</summary>
    public static Calibrator Fit(CalibratorKind kind, ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights = default)
    {
        if (probabilities.IsEmpty) return Calibrator.Identity;
        Require.Forecasts(nameof(CalibratorFit), probabilities, outcomes, weights);
        return kind switch
        {
            CalibratorKind.Identity => Calibrator.Identity,
            CalibratorKind.Intercept => Intercept(probabilities, outcomes, weights),
            CalibratorKind.Platt => Platt(probabilities, outcomes, weights),
            CalibratorKind.Beta => Beta(probabilities, outcomes, weights),
            CalibratorKind.Isotonic => Isotonic(probabilities, outcomes, weights),
            _ => throw new ArgumentException($"{nameof(CalibratorFit)}: found kind {kind}; expected one of {string.Join(", ", Enum.GetNames<CalibratorKind>())}."),
        };
    }

    private static Calibrator Intercept(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights)
    {
        var (design, offset) = (new double[probabilities.Length, 1], new double[probabilities.Length]);
        for (var i = 0; i < offset.Length; i++) (design[i, 0], offset[i]) = (1, Logit.Of(probabilities[i]));
        var fit = LogisticRegression.Fit(design, outcomes, weights, offset, [0], [InterceptPrecision]);
        return new Calibrator(CalibratorKind.Intercept, fit.Coefficients);
    }

    /// <summary>Platt scaling of the logit (Platt 1999; Cox 1958), never falling: a slope below 0 becomes 0.</summary>
    private static Calibrator Platt(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights)
    {
        var design = new double[probabilities.Length, 2];
        for (var i = 0; i < probabilities.Length; i++) (design[i, 0], design[i, 1]) = (1, Logit.Of(probabilities[i]));
        var fit = LogisticRegression.Fit(design, outcomes, weights, [], [0, 1], [InterceptPrecision, SlopePrecision]);
        if (fit.Coefficients[1] >= 0) return new Calibrator(CalibratorKind.Platt, fit.Coefficients);
        for (var i = 0; i < probabilities.Length; i++) design[i, 1] = 0;
        var flat = LogisticRegression.Fit(design, outcomes, weights, [], [0, 0], [InterceptPrecision, SlopePrecision]);
        return new Calibrator(CalibratorKind.Platt, [flat.Coefficients[0], 0]);
    }

    /// <summary>
    /// Beta calibration with a, b ≥ 0: of the fits with neither, one or both of them held at 0, the feasible one with the highest posterior.
    /// </summary>
    /// <remarks>Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017.</remarks>
    private static Calibrator Beta(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights)
    {
        var best = (Posterior: double.NegativeInfinity, A: 0.0, B: 0.0, C: 0.0);
        var design = new double[probabilities.Length, 3];
        for (var held = 0; held < 4; held++)
        {
            var (useA, useB) = ((held & 1) == 0, (held & 2) == 0);
            for (var i = 0; i < probabilities.Length; i++)
            {
                design[i, 0] = useA ? Calibrator.BetaLow(probabilities[i]) : 0;
                design[i, 1] = useB ? Calibrator.BetaHigh(probabilities[i]) : 0;
                design[i, 2] = 1;
            }
            var fit = LogisticRegression.Fit(design, outcomes, weights, [], [1, 1, 0], [SlopePrecision / 2, SlopePrecision / 2, InterceptPrecision]);
            // A held column keeps its prior mean at no cost; holding it at 0 instead costs half its precision.
            var posterior = fit.LogPosterior - (useA ? 0 : SlopePrecision / 4) - (useB ? 0 : SlopePrecision / 4);
            var (a, b) = (useA ? fit.Coefficients[0] : 0, useB ? fit.Coefficients[1] : 0);
            if (a >= 0 && b >= 0 && posterior > best.Posterior) best = (posterior, a, b, fit.Coefficients[2]);
            if (held == 0 && a >= 0 && b >= 0) break;
        }
        return new Calibrator(CalibratorKind.Beta, [best.A, best.B, best.C]);
    }

    /// <summary>Isotonic regression with values cut to [1/(2n), 1 − 1/(2n)], n = (Σw)² / Σw² the effective number of rows; one knot at each end of a block.</summary>
    private static Calibrator Isotonic(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights)
    {
        var (scores, values, masses) = (new List<double>(), new List<double>(), new List<double>());
        double total = 0, squares = 0;
        foreach (var row in Ordering.Ascending(probabilities))
        {
            var weight = weights.IsEmpty ? 1 : weights[row];
            if (weight == 0) continue;
            if (scores.Count == 0 || scores[^1] != probabilities[row])
            {
                scores.Add(probabilities[row]);
                values.Add(0);
                masses.Add(0);
            }
            values[^1] += weight * outcomes[row];
            masses[^1] += weight;
            total += weight;
            squares += weight * weight;
        }
        for (var i = 0; i < values.Count; i++) values[i] /= masses[i];
        var clamp = Math.Min(0.5, squares / (2 * total * total));
        var fitted = IsotonicRegression.Fit([.. values], [.. masses]);
        var knots = new List<double>();
        for (var i = 0; i < fitted.Length; i++)
        {
            var edge = i == 0 || i == fitted.Length - 1 || fitted[i] != fitted[i - 1] || fitted[i] != fitted[i + 1];
            if (edge) knots.AddRange([scores[i], Math.Clamp(fitted[i], clamp, 1 - clamp)]);
        }
        return new Calibrator(CalibratorKind.Isotonic, [.. knots]);
    }
}
