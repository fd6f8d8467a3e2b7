using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>What is judged.</summary>
public sealed record LandmarkRequest
{
    /// <summary>Share of the opportunities, by creation, that come before the cut, 0–1.</summary>
    public double Cut { get; init; } = 0.80;
    /// <summary>Ages in days at which still open deals are judged.</summary>
    public IReadOnlyList<int> Ages { get; init; } = [0, 7, 14, 21];
    /// <summary>How models are trained.</summary>
    public TrainingOptions Training { get; init; } = new();
}

/// <summary>How a model trained before a cut did on what came after it.</summary>
/// <param name="Cutoff">Nothing from this instant on was known in training.</param>
/// <param name="TrainedOn">Opportunities known then.</param>
/// <param name="Landmarks">A result per age.</param>
/// <param name="Verdict">In words: what skill was found.</param>
public sealed record EvaluateLandmarksResult(DateTimeOffset Cutoff, int TrainedOn, IReadOnlyList<LandmarkResult> Landmarks, string Verdict);

/// <summary>
/// Trains on the oldest opportunities with nothing known after the first of the newest was created, and judges those newest
/// at fixed ages against the stage rate. Touches no registered model.
/// </summary>
public static class EvaluateLandmarks
{
    /// <summary>Runs the evaluation on the workspace's history.</summary>
    public static EvaluateLandmarksResult Run(Workspace workspace, LandmarkRequest request, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(new OperationProgress("Loading the history"));
        return Run(HistoryAt.Load(workspace, null, cancellation, out _), request, progress, cancellation);
    }

    /// <summary>Runs the evaluation on a history.</summary>
    public static EvaluateLandmarksResult Run(CrmHistory history, LandmarkRequest request, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (!(request.Cut > 0 && request.Cut < 1)) throw new OperationException($"Evaluation: found a cut at {request.Cut}; expected a share between 0 and 1, such as 0.8.");
        var judged = (int)Math.Ceiling(history.Opportunities.Length * (1 - request.Cut) - 1e-9);
        var first = history.Opportunities.Length - judged;
        if (first <= 0 || judged == 0) throw new OperationException($"Evaluation: found {history.Opportunities.Length} opportunities; expected enough for both sides of the cut.");
        var cutoff = AsOf.At(history.Opportunities[first].CreatedAt.AddTicks(-1));
        progress?.Report(new OperationProgress("Training before the cut", 0.1));
        var trained = BundleTrainer.Train(history, cutoff, request.Training, null, cancellation);
        progress?.Report(new OperationProgress("Judging what came after", 0.9));
        var model = trained.Bundle.Win;
        var results = LandmarkEvaluation.Run(model, history, GroupRates.From(history, model.Features.Schema.CategoricalAttributes), first, request.Ages);
        return new EvaluateLandmarksResult(history.Opportunities[first].CreatedAt, first, results, Verdict(results));
    }

    private static string Verdict(IReadOnlyList<LandmarkResult> results)
    {
        if (results.Count == 0) return "No deal was old enough to be judged.";
        var without = results.Where(r => r.FindsNoSkill).Select(r => r.AgeDays).ToList();
        if (without.Count == results.Count) return "No skill was found: won deals cannot be told from lost ones with what is known. What the model answers is the average rate.";
        var beaten = results.Count(r => r.LogLoss < r.StageRateLogLoss);
        return $"The model tells won from lost at {results.Count - without.Count} of {results.Count} ages and has a lower log loss than the stage rate at {beaten}.";
    }
}
