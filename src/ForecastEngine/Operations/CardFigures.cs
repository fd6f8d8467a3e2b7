using System.Globalization;
using ForecastEngine.Registry;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>The figures of a model card, from what training measured out of time.</summary>
internal static class CardFigures
{
    private const double Level = 0.95;
    private const int LeastDeals = 15, Bins = 10;

    /// <summary>Figures of merit, with intervals where deals were resampled.</summary>
    public static IReadOnlyList<ModelMetric> Metrics(TrainedBundle trained)
    {
        var metrics = new List<ModelMetric>();
        if (trained.Check is { } check)
        {
            var n = check.Deals.Count;
            var window = $"won by the end of {check.From.Date:yyyy-MM-dd} – {check.Until.Date:yyyy-MM-dd}, not seen in training";
            metrics.Add(Mean("log loss", check.LogLoss, n, window, i => ProbabilityScores.LogLoss(check.Probabilities[i], check.Outcomes[i])));
            metrics.Add(Mean("log loss of the stage rate", check.StageRateLogLoss, n, window, i => ProbabilityScores.LogLoss(check.StageRateProbabilities[i], check.Outcomes[i])));
            metrics.Add(Mean("Brier score", check.Brier, n, window, i => Square(check.Probabilities[i] - check.Outcomes[i])));
            metrics.Add(Mean("Brier score of the stage rate", check.StageRateBrier, n, window, i => Square(check.StageRateProbabilities[i] - check.Outcomes[i])));
            metrics.Add(new("AUC", check.Auc, n, window));
            var (peers, error) = check.AucAmongPeers;
            metrics.Add(new("AUC among deals of the same days", peers, n, window) { Lower = Finite(peers - 1.96 * error), Upper = Finite(peers + 1.96 * error) });
            metrics.Add(new("weight of the model against the average rate", check.Weight, check.Deals.Count, null));
            if (trained.Bundle.Win.Outcome is { } outcome)
                metrics.Add(new("weight of closed deals against the hazards' own ratio", check.OutcomeWeight, check.Deals.Count, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"which way closings go: {outcome.Trees.Trees.Count} trees, {outcome.Levels.Count} levels")));
            metrics.Add(new("calibration of winning", null, check.Won.EvaluatedRows, Words(check.Won)));
            metrics.Add(new("calibration of losing", null, check.Lost.EvaluatedRows, Words(check.Lost)));
        }
        var factor = trained.Bundle.Market.Factor;
        metrics.Add(new("market factor, standard deviation", factor.StandardDeviation, trained.Bundle.Market.Weeks.Count, "log odds, from weekly residuals"));
        metrics.Add(new("market factor, persistence", factor.Persistence, trained.Bundle.Market.Weeks.Count, "per week"));
        if (trained.SizeCheck?.All is { } size)
        {
            metrics.Add(new("deal size bias", size.Bias, size.Deals, "expected over actual less 1, not seen in training"));
            metrics.Add(new("deal size log error", size.LogError, size.Deals, "mean |ln|, not seen in training"));
        }
        return [.. metrics.Select(m => m.Value is { } v && !double.IsFinite(v) ? m with { Value = null } : m)];
    }

    /// <summary>The stages, each with its deals in the window; null without a check.</summary>
    public static IReadOnlyList<ModelSegment>? Segments(OutOfTimeCheck? check)
    {
        if (check is null) return null;
        var segments = new List<ModelSegment>();
        foreach (var stage in Enumerable.Range(0, check.Deals.Count).GroupBy(i => check.Stages[i]).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            int[] deals = [.. stage];
            if (deals.Length < LeastDeals) continue;
            double[] own = [.. deals.Select(i => ProbabilityScores.LogLoss(check.Probabilities[i], check.Outcomes[i]))], rate = [.. deals.Select(i => ProbabilityScores.LogLoss(check.StageRateProbabilities[i], check.Outcomes[i]))];
            var band = Bootstrap.PairedDifference(own, rate, [.. deals.Select((_, n) => n)], Level, 1);
            segments.Add(new ModelSegment(stage.Key.Length == 0 ? "stage unknown" : $"stage {stage.Key}", deals.Length, deals.Average(i => check.Probabilities[i]), deals.Average(i => check.Outcomes[i]), own.Average(), rate.Average(), band.Lower, band.Upper));
        }
        return segments;
    }

    /// <summary>What was foretold and what came, in bins of as many deals each; null without a check.</summary>
    public static IReadOnlyList<ModelCalibrationBin>? Calibration(OutOfTimeCheck? check) => check is null || check.Deals.Count < 2 * Bins ? null
        : [.. Reliability.Bins([.. check.Probabilities], [.. check.Outcomes], Bins).Select(b => new ModelCalibrationBin(b.MeanProbability, b.MeanOutcome, (int)Math.Round(b.Weight)))];

    // A deal stands once in the window, so deals are resampled one by one.
    private static ModelMetric Mean(string name, double value, int deals, string window, Func<int, double> loss)
    {
        if (deals < 2 || !double.IsFinite(value)) return new(name, value, deals, window);
        var band = Bootstrap.Mean([.. Enumerable.Range(0, deals).Select(loss)], [.. Enumerable.Range(0, deals)], Level, 1);
        return new(name, value, deals, window) { Lower = band.Lower, Upper = band.Upper };
    }

    private static double Square(double x) => x * x;

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Words(HazardCalibration calibration) =>
        calibration.IsIdentity ? "none needed" : string.Create(CultureInfo.InvariantCulture, $"slope {calibration.Slope:0.00}");
}
