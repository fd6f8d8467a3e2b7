using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>A freshly trained version and what became of it.</summary>
/// <param name="Card">The model card.</param>
/// <param name="Decision">Whether it was promoted to champion, and why.</param>
/// <param name="Trained">The models and their checks.</param>
public sealed record TrainModelsResult(ModelCard Card, PromotionDecision Decision, TrainedBundle Trained);

/// <summary>Trains a version from the history known at a date, registers it and sends it through the promotion gate.</summary>
public static class TrainModels
{
    private const int MinGateDays = 28;
    private const string CheckFrom = "check from";

    /// <summary>Runs the training.</summary>
    /// <param name="workspace">Where from and where to.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; nothing is registered then.</param>
    public static TrainModelsResult Run(Workspace workspace, DateOnly? asOf = null, TrainingOptions? options = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default) =>
        Run(workspace, asOf, options, hold: false, progress, cancellation);

    /// <summary>The same, but the gate's decision is only told: the version waits as challenger, and the champion stays.</summary>
    public static TrainModelsResult Hold(Workspace workspace, DateOnly? asOf = null, TrainingOptions? options = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default) =>
        Run(workspace, asOf, options, hold: true, progress, cancellation);

    private static TrainModelsResult Run(Workspace workspace, DateOnly? asOf, TrainingOptions? options, bool hold, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        while (true)
        {
            var first = workspace.History.FirstImport();
            var result = Train(workspace, asOf, options ?? new TrainingOptions(), hold, progress, cancellation);
            if (workspace.History.FirstImport() == first) return result;
            // The sample was replaced while its version was being trained: that version goes too, and the new data are trained on.
            workspace.Models.Remove([result.Card.Version]);
        }
    }

    private static TrainModelsResult Train(Workspace workspace, DateOnly? asOf, TrainingOptions options, bool hold, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var isSample = workspace.History.Sample() is not null;
        progress?.Report(new OperationProgress("Loading the history"));
        var history = HistoryAt.Load(workspace, asOf, cancellation, out var cutoff);
        var champion = workspace.Models.Champion();
        if (champion is { Card.IsSample: true } && !isSample)
        {
            // A folder's versions go after the database's rows; the process ended in between.
            workspace.Models.Remove(workspace.Models.TrainedOnSample());
            champion = null;
        }
        var championCutoff = champion is null ? (AsOf?)null : AsOf.EndOf(champion.Card.DataUntil);
        var comparable = championCutoff is { } c && (cutoff.Instant - c.Instant).TotalDays >= MinGateDays;
        if (options.CheckFrom is null) options = options with { CheckFrom = comparable ? championCutoff : WindowOf(champion, cutoff) };
        comparable = comparable && options.CheckFrom is { } from && from.CompareTo(championCutoff!.Value) >= 0;
        var trained = BundleTrainer.Train(history, cutoff, options, progress is null ? null : new StepRelay(progress), cancellation);

        var card = CardOf(workspace, history, cutoff, options, trained) with { IsSample = isSample };
        var decision = card.Version == champion?.Id
            ? new PromotionDecision(false, "It is the champion already: the same data, settings and seed give the same version.", null)
            : Decide(history, cutoff, champion, comparable, trained, options, cancellation);
        cancellation.ThrowIfCancellationRequested();
        workspace.Models.Add(trained.Files, card);
        if (hold) decision = decision with { Reason = $"Held back, as asked. The gate: {decision.Reason}" };
        else if (decision.Promote && workspace.Models.State.Champion != card.Version) workspace.Models.Promote(card.Version, decision.Reason, workspace.Clock.GetUtcNow());
        return new TrainModelsResult(card, decision, trained);
    }

    // Training again on the champion's own day keeps its window, or it would be another model.
    private static AsOf? WindowOf(ModelVersion? champion, AsOf cutoff) =>
        champion is not null && champion.Card.DataUntil == cutoff.Date && champion.Card.Options.GetValueOrDefault(CheckFrom) is { } from
            && DateTimeOffset.TryParse(from, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? AsOf.At(at) : null;

    private static PromotionDecision Decide(CrmHistory history, AsOf cutoff, ModelVersion? champion, bool comparable, TrainedBundle trained, TrainingOptions options, CancellationToken cancellation)
    {
        if (trained.Check is not { } check)
            return champion is null
                ? new PromotionDecision(true, "First version; history is too short to measure it, so it serves with that warning.", null)
                : new PromotionDecision(false, "History is too short to measure it: the champion stays.", null);
        if (champion is null || !comparable)
        {
            var against = PromotionGate.DecideFirst([.. check.Deals.Select((id, i) => Loss(id, check.StageRateProbabilities[i], check.Probabilities[i], check.Outcomes[i]))]);
            if (champion is null)
                return against.Promote ? against : against with { Promote = true, Reason = "First version, promoted so that there is an answer, though: " + against.Reason };
            var young = $"The champion's data end on {champion.Card.DataUntil:yyyy-MM-dd}, less than {MinGateDays} days before: too little has come since to compare the two.";
            var sameRecipe = champion.Card.Seed == options.Seed && Settings(options).All(s => champion.Card.Options.GetValueOrDefault(s.Key) == s.Value);
            return against.Promote && sameRecipe
                ? against with { Reason = $"{young} The recipe is the same and beats the stage rate out of time, so the newer data win." }
                : against with { Promote = false, Reason = $"{young} The champion stays." };
        }
        var model = ModelBundle.Load(champion.Files).Win;
        var theirs = OutOfTimeCheck.Run(model, history, GroupRates.From(history, model.Features.Schema.CategoricalAttributes), check.From, cutoff, options.Threads, cancellation);
        var probability = theirs.Deals.Zip(theirs.Probabilities).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
        return PromotionGate.Decide([.. check.Deals.Select((id, i) => (Id: id, Index: i)).Where(d => probability.ContainsKey(d.Id))
            .Select(d => Loss(d.Id, probability[d.Id], check.Probabilities[d.Index], check.Outcomes[d.Index]))]);
    }

    private static GateLoss Loss(string id, double champion, double challenger, double outcome) => new(id,
        ProbabilityScores.LogLoss(champion, outcome), ProbabilityScores.LogLoss(challenger, outcome), (champion - outcome) * (champion - outcome), (challenger - outcome) * (challenger - outcome));

    private static ModelCard CardOf(Workspace workspace, CrmHistory history, AsOf cutoff, TrainingOptions options, TrainedBundle trained)
    {
        var model = trained.Bundle.Win;
        var settings = Settings(options);
        var dataHash = HistoryHash.Of(history);
        return new ModelCard
        {
            Version = ModelVersionId.From(cutoff.Date, dataHash, settings, options.Seed),
            TrainedAt = workspace.Clock.GetUtcNow(),
            DataFrom = DateOnly.FromDateTime(history.Opportunities[0].CreatedAt.UtcDateTime), DataUntil = cutoff.Date, DataHash = dataHash, DataTimestamp = history.ExportedAt,
            Counts = new ModelCounts(trained.Deals.Known, trained.Deals.Won, trained.Deals.Lost, trained.Deals.Known - trained.Deals.Won - trained.Deals.Lost, trained.Landmarks,
                new Dictionary<string, int> { ["won"] = trained.Rows.Won, ["lost"] = trained.Rows.Lost }),
            Exclusions = [.. trained.Refused.Select(r => new ModelExclusion(r.Column, string.Create(CultureInfo.InvariantCulture, $"refused as a leak: AUC {r.Auc:0.000} alone at creation")))],
            Features = [.. model.Features.Features.Select(f => new ModelFeature(f.Name, f.Driver, f.Description))],
            TimeGrid = new ModelTimeGrid(model.Grid.UnitDays, model.Grid.Edges), Rung = model.RungFor(model.Won.StageRates.ByStage.Keys.FirstOrDefault(stage => stage.Length > 0)).ToString(),
            Options = settings, Seed = options.Seed, Metrics = Metrics(trained),
            Limits =
            [
                "Probabilities are associations in this team's history, not causes.",
                string.Create(CultureInfo.InvariantCulture, $"Beyond {model.Grid.HorizonDays:0} days ahead the share of late wins answers ({model.TailWinShare:0.00})."),
                "The levels of the revenue bands are nominal; forecast backtest measures how often they hold.",
            ],
            Warnings = trained.Warnings,
        };
    }

    private static List<ModelMetric> Metrics(TrainedBundle trained)
    {
        var metrics = new List<ModelMetric>();
        if (trained.Check is { } check)
        {
            var n = check.Deals.Count;
            var window = $"won by the end of {check.From.Date:yyyy-MM-dd} – {check.Until.Date:yyyy-MM-dd}, not seen in training";
            metrics.Add(new("log loss", check.LogLoss, n, window));
            metrics.Add(new("log loss of the stage rate", check.StageRateLogLoss, n, window));
            metrics.Add(new("Brier score", check.Brier, n, window));
            metrics.Add(new("Brier score of the stage rate", check.StageRateBrier, n, window));
            metrics.Add(new("AUC", check.Auc, n, window));
            metrics.Add(new("AUC among deals of the same days", check.AucAmongPeers.Auc, n, window));
            metrics.Add(new("calibration of winning", null, check.Won.EvaluatedRows, Calibration(check.Won)));
            metrics.Add(new("calibration of losing", null, check.Lost.EvaluatedRows, Calibration(check.Lost)));
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

    private static string Calibration(HazardCalibration calibration) =>
        calibration.IsIdentity ? "none needed" : string.Create(CultureInfo.InvariantCulture, $"slope {calibration.Slope:0.00}");

    // All that shapes a model, and nothing else: the version's id is made of it.
    private static Dictionary<string, string> Settings(TrainingOptions options) => new(StringComparer.Ordinal)
    {
        ["trees"] = Text(options.Win.Trees), ["leaves"] = Text(options.Win.Leaves), ["learning rate"] = Text(options.Win.LearningRate),
        ["rows per leaf"] = Text(options.Win.MinRowsPerLeaf), ["feature fraction"] = Text(options.Win.FeatureFraction),
        ["controls per event"] = Text(options.Win.ControlsPerEvent), ["max rows"] = Text(options.Win.MaxRows), ["min closed per class"] = Text(options.Win.MinClosedPerClass),
        ["shrinkage deals"] = Text(options.Win.ShrinkageDeals),
        ["size trees"] = Text(options.Size.Trees), ["size leaves"] = Text(options.Size.Leaves), ["size learning rate"] = Text(options.Size.LearningRate),
        ["size rows per leaf"] = Text(options.Size.MinRowsPerLeaf), ["size feature fraction"] = Text(options.Size.FeatureFraction),
        ["size landmarks per deal"] = Text(options.Size.LandmarksPerDeal), ["size max deals"] = Text(options.Size.MaxDeals),
        ["size min tree deals"] = Text(options.Size.MinTreeDeals), ["size min line deals"] = Text(options.Size.MinLineDeals),
        ["size line shrinkage deals"] = Text(options.Size.LineShrinkageDeals), ["size min exact share"] = Text(options.Size.MinExactShare),
        ["size exact shrinkage deals"] = Text(options.Size.ExactShrinkageDeals), ["size folds"] = Text(options.Size.Folds),
        ["size max residual factor"] = Text(options.Size.MaxResidualFactor),
        ["leak AUC"] = Text(options.LeakAuc), ["out-of-time share"] = Text(options.OutOfTimeShare),
        ["pooled model"] = options.PriorHash.Length == 0 ? "none" : options.PriorHash,
        [CheckFrom] = options.CheckFrom?.Instant.ToString("O", CultureInfo.InvariantCulture) ?? "share",
    };

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private sealed class StepRelay(IProgress<OperationProgress> progress) : IProgress<(string Step, double Share)>
    {
        public void Report((string Step, double Share) value) => progress.Report(new OperationProgress(value.Step, value.Share));
    }
}
