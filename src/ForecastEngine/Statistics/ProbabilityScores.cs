namespace ForecastEngine.Statistics;

/// <summary>
/// Scores of probability forecasts against what happened. Probabilities p and outcomes y are fractions 0–1 (an outcome may be
/// a true probability where a simulator knows it); weights are optional (empty: every row weighs 1).
/// </summary>
public static class ProbabilityScores
{
    /// <summary>Where the log loss cuts probabilities, so that one certain miss costs about 35 nats and not infinity.</summary>
    public const double LogLossClamp = 1e-15;

    /// <summary>
    /// Brier score: mean squared error of probabilities.
    /// <para>Σ w (p − y)² / Σ w, from 0 to 1; lower is better. A constant forecast of the base rate b scores b(1 − b).</para>
    /// </summary>
    /// <remarks>Brier, "Verification of forecasts expressed in terms of probability", 1950.</remarks>
    public static double Brier(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights = default)
    {
        Require.Forecasts(nameof(Brier), probabilities, outcomes, weights);
        double sum = 0, total = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            var weight = weights.IsEmpty ? 1 : weights[i];
            sum += weight * (probabilities[i] - outcomes[i]) * (probabilities[i] - outcomes[i]);
            total += weight;
        }
        return sum / total;
    }

    /// <summary>
    /// Brier skill score: the share of a reference forecast's Brier score that is gained.
    /// <para>1 − BS / BS_ref, at most 1; higher is better, 0 is no better than the reference. NaN where the reference is perfect.</para>
    /// </summary>
    /// <param name="probabilities">Forecasts, 0–1.</param>
    /// <param name="outcomes">Outcomes, 0–1.</param>
    /// <param name="reference">The reference forecast of every row: the training base rate or the stage's rate, 0–1, never the test rows' own rate.</param>
    /// <param name="weights">Optional weight of each row.</param>
    public static double BrierSkill(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> reference, ReadOnlySpan<double> weights = default)
    {
        var referenceScore = Brier(reference, outcomes, weights);
        return referenceScore == 0 ? double.NaN : 1 - Brier(probabilities, outcomes, weights) / referenceScore;
    }

    /// <summary>
    /// Log loss in nats.
    /// <para>−Σ w [y ln p + (1 − y) ln(1 − p)] / Σ w with p cut to [1e-15, 1 − 1e-15]; lower is better, ln 2 for p = ½. ML.NET's is in bits: multiply by ln 2.</para>
    /// </summary>
    public static double LogLoss(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights = default)
    {
        Require.Forecasts(nameof(LogLoss), probabilities, outcomes, weights);
        double sum = 0, total = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            var weight = weights.IsEmpty ? 1 : weights[i];
            sum += weight * LogLoss(probabilities[i], outcomes[i]);
            total += weight;
        }
        return sum / total;
    }

    /// <summary>Log loss in nats of one forecast; see the overload over many.</summary>
    public static double LogLoss(double probability, double outcome)
    {
        var p = Math.Clamp(probability, LogLossClamp, 1 - LogLossClamp);
        return -(outcome == 0 ? 0 : outcome * Math.Log(p)) - (outcome == 1 ? 0 : (1 - outcome) * Math.Log(1 - p));
    }

    /// <summary>
    /// Area under the ROC curve: the probability that a random positive scores above a random negative, ties counting one half.
    /// <para>Σ w⁺ (W⁻ below + ½ W⁻ tied) / (W⁺ W⁻), 0–1; higher is better, ½ is no ordering. NaN where only one class occurs.</para>
    /// </summary>
    /// <param name="scores">Any finite scores, probabilities or not.</param>
    /// <param name="outcomes">Outcomes 0 or 1 (a fraction counts with that share as positive).</param>
    /// <param name="weights">Optional weight of each row.</param>
    /// <remarks>Hanley and McNeil, "The meaning and use of the area under a ROC curve", Radiology 1982.</remarks>
    public static double Auc(ReadOnlySpan<double> scores, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights = default)
    {
        Require.NotEmpty(nameof(Auc), scores.Length);
        Require.SameLength(nameof(Auc), outcomes.Length, scores.Length, "outcomes");
        Require.Probabilities(nameof(Auc), outcomes);
        Require.Weights(nameof(Auc), weights, scores.Length);
        foreach (var score in scores)
            if (double.IsNaN(score)) throw new ArgumentException($"{nameof(Auc)}: found NaN among the scores; expected numbers.");

        var order = Ordering.Ascending(scores);
        double concordant = 0, negativesBelow = 0, positives = 0;
        for (int start = 0, end; start < order.Length; start = end)
        {
            double tiedPositives = 0, tiedNegatives = 0;
            for (end = start; end < order.Length && scores[order[end]] == scores[order[start]]; end++)
            {
                var weight = weights.IsEmpty ? 1 : weights[order[end]];
                tiedPositives += weight * outcomes[order[end]];
                tiedNegatives += weight * (1 - outcomes[order[end]]);
            }
            concordant += tiedPositives * (negativesBelow + tiedNegatives / 2);
            negativesBelow += tiedNegatives;
            positives += tiedPositives;
        }
        return positives == 0 || negativesBelow == 0 ? double.NaN : concordant / (positives * negativesBelow);
    }
}
