using System.Text.Json.Serialization;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Operations.Tables;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations;

/// <summary>What is judged.</summary>
public sealed record LandmarkRequest
{
    /// <summary>Share of the opportunities, by creation, that come before the cut, 0–1.</summary>
    public double Cut { get; init; } = 0.80;
    /// <summary>Ages in days at which still open deals are judged.</summary>
    public IReadOnlyList<int> Ages { get; init; } = [0, 7, 14, 21];
    /// <summary>True to train and judge plain boosting, too.</summary>
    public bool BesideBoosting { get; init; }
    /// <summary>Beside boosting: the date asked about, in days from the landmark; null for the median time to a win.</summary>
    public double? WithinDays { get; init; }
    /// <summary>Beside boosting: <c>account</c> or another column whose groups must not stand on both sides of the cut;
    /// null for none.</summary>
    public string? Group { get; init; }
    /// <summary>How models are trained.</summary>
    public TrainingOptions Training { get; init; } = new();
}

/// <summary>How a model trained before a cut did on what came after it.</summary>
/// <param name="Cutoff">Nothing from this instant on was known in training.</param>
/// <param name="TrainedOn">Opportunities known then.</param>
/// <param name="Landmarks">A result per age.</param>
/// <param name="Comparisons">The same ages, beside Odoo's scoring and with intervals.</param>
/// <param name="Verdict">In words: what skill was found.</param>
public sealed record EvaluateLandmarksResult(DateTimeOffset Cutoff, int TrainedOn, IReadOnlyList<LandmarkResult> Landmarks, IReadOnlyList<LandmarkComparison> Comparisons, string Verdict)
{
    /// <summary>The engine beside plain boosting; empty where that was not asked for.</summary>
    public IReadOnlyList<BesideResult> Beside { get; init; } = [];
    /// <summary>What was said of every deal there.</summary>
    [JsonIgnore]
    public IReadOnlyList<BesideRow> Rows { get; init; } = [];
}

/// <summary>The model against other methods on the same deals of one age.</summary>
/// <param name="AgeDays">Age at which the still open deals were judged.</param>
/// <param name="OdooAuc">AUC of Odoo's scoring, trained on what the model was trained on; null where it could not score every deal.</param>
/// <param name="OdooLogLoss">Its log loss, nats. It speaks of winning at any time, and is judged like the model by the end of the data.</param>
/// <param name="LessStageRate">Log loss of the model less that of the stage rate, nats, with a bootstrap interval over deals; below 0 throughout is better beyond chance.</param>
/// <param name="LessOdoo">The same against Odoo's scoring; null where it could not score every deal.</param>
public sealed record LandmarkComparison(int AgeDays, double? OdooAuc, double? OdooLogLoss, BootstrapInterval LessStageRate, BootstrapInterval? LessOdoo);

/// <summary>
/// Trains on the oldest opportunities with nothing known after the first of the newest was created, and judges those newest
/// at fixed ages against the stage rate and Odoo's scoring. Touches no registered model.
/// </summary>
public static class EvaluateLandmarks
{
    /// <summary>Level of the intervals.</summary>
    public const double Level = 0.95;

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
        var rates = GroupRates.From(history, model.Features.Schema.CategoricalAttributes);
        var rows = LandmarkEvaluation.Rows(model, history, rates, first, request.Ages);
        var odoo = OdooScoring.Train(history.KnownAt(cutoff)).For(history);
        LandmarkResult[] results = [.. rows.Select(LandmarkEvaluation.Judge)];
        BesideBoosting? beside = request.BesideBoosting
            ? new(history, model, rates, cutoff, first, request) : null;
        var said = beside?.Rows() ?? [];
        return new EvaluateLandmarksResult(history.Opportunities[first].CreatedAt, first, results, [.. rows.Select(r => Compare(r, odoo, request.Training.Seed))],
            Verdict(results, answersRate: model.Won.Trees is null)) { Beside = beside?.Judge(said) ?? [], Rows = said };
    }

    /// <summary>A row per deal, age and question: what came, and what each method said.</summary>
    public static DataFrame Table(IReadOnlyList<BesideRow> rows) => new TableOf<BesideRow>()
        .Text(TrainingTable.OpportunityId, r => r.OpportunityId).Count("age_days", r => r.AgeDays)
        .Text("target", r => r.Target == BesideTarget.WonWithin ? "won_within" : "won_eventually").Number("within_days", r => r.WithinDays)
        .Text("group", r => r.Group).Count("won", r => r.IsWon ? 1 : 0).Number("engine", r => r.Engine).Number("boosting", r => r.Boosting)
        .Number("stage_rate", r => r.StageRate).Number("constant", r => r.Constant).Build(rows);

    private static LandmarkComparison Compare(LandmarkRows rows, OdooScoring odoo, long seed)
    {
        var own = Losses(rows.Probabilities, rows.Outcomes);
        var lessStageRate = Bootstrap.PairedDifference(own, Losses(rows.StageRates, rows.Outcomes), [], Level, seed);
        var answers = rows.Deals.Select((deal, r) => odoo.WonWithin(deal, rows.DaysWatched[r])).ToList();
        if (answers.Contains(null)) return new LandmarkComparison(rows.AgeDays, null, null, lessStageRate, null);
        double[] said = [.. answers.Select(a => a!.Value)];
        return new LandmarkComparison(rows.AgeDays, ProbabilityScores.Auc(said, rows.Outcomes), ProbabilityScores.LogLoss(said, rows.Outcomes), lessStageRate,
            Bootstrap.PairedDifference(own, Losses(said, rows.Outcomes), [], Level, seed));
    }

    private static double[] Losses(double[] probabilities, double[] outcomes) => [.. probabilities.Select((p, r) => ProbabilityScores.LogLoss(p, outcomes[r]))];

    private static string Verdict(LandmarkResult[] results, bool answersRate)
    {
        if (results.Length == 0) return "No deal was old enough to be judged.";
        var without = results.Where(r => r.FindsNoSkill).Select(r => r.AgeDays).ToList();
        if (without.Count == results.Length)
            return "No skill was found: won deals cannot be told from lost ones with what is known. "
                + (answersRate ? "What is answered is the average rate." : "Before the cut the model had seemed to tell them, so it answered.");
        var beaten = results.Count(r => r.LogLoss < r.StageRateLogLoss);
        return $"The model tells won from lost at {results.Length - without.Count} of {results.Length} ages and has a lower log loss than the stage rate at {beaten}.";
    }
}
