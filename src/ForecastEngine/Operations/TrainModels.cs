using System.Globalization;
using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;
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
            var result = Recorded(workspace, asOf, options ?? new TrainingOptions(), hold, progress, cancellation);
            if (workspace.History.FirstImport() == first) return result;
            // The sample was replaced while its version was being trained: that version goes too, and the new data are trained on.
            workspace.Models.Remove([result.Card.Version]);
        }
    }

    // Whatever comes of it is written down, a refusal with its reason.
    private static TrainModelsResult Recorded(Workspace workspace, DateOnly? asOf, TrainingOptions options, bool hold, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var (startedAt, champion) = (workspace.Clock.GetUtcNow(), workspace.Models.State.Champion);
        try
        {
            var result = Train(workspace, asOf, options, hold, progress, cancellation);
            var card = result.Card;
            Record(result.Decision.Promote && !hold ? TrainingOutcomeKind.Promoted : TrainingOutcomeKind.Registered, result.Decision.Reason, card.DataUntil, card);
            return result;
        }
        catch (Exception fault) when (fault is not StorageException and not System.Data.Common.DbException)
        {
            var isRefused = fault is TrainingException or CustomFeatureException or OperationException or ModelRegistryException;
            Record(isRefused ? TrainingOutcomeKind.Refused : TrainingOutcomeKind.Failed, fault is OperationCanceledException ? "Stopped." : fault.Message, asOf, null);
            throw;
        }

        void Record(TrainingOutcomeKind outcome, string reason, DateOnly? day, ModelCard? card) => workspace.Trainings.Add(new TrainingRun
        {
            StartedAt = startedAt, EndedAt = workspace.Clock.GetUtcNow(), AsOf = day, Outcome = outcome, Version = card?.Version, Champion = champion, Reason = reason, DataHash = card?.DataHash, Seed = options.Seed,
            Settings = JsonSerializer.Serialize(card?.Options ?? TrainingSettings.Of(options)), Features = JsonSerializer.Serialize(card?.Features.Select(f => f.Name) ?? []), Metrics = JsonSerializer.Serialize(card?.Metrics ?? []),
        });
    }

    private static TrainModelsResult Train(Workspace workspace, DateOnly? asOf, TrainingOptions options, bool hold, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var isSample = workspace.History.Sample() is not null;
        progress?.Report(new OperationProgress("Loading the history"));
        var history = HistoryAt.Load(workspace, asOf, cancellation, out var cutoff);
        RequireBothOutcomes(history, cutoff);
        var champion = workspace.Models.Champion();
        if (champion is { Card.IsSample: true } && !isSample)
        {
            // A folder's versions go after the database's rows; the process ended in between.
            workspace.Models.Remove(workspace.Models.TrainedOnSample());
            champion = null;
        }
        // What a data scientist added to the champion stays in the versions that the nightly job trains.
        if (options.CustomFeatures is null && champion is not null && CustomFeatureFiles.AreIn(champion.Files))
            options = options with { CustomFeatures = workspace.BundleOf(champion).Win.Features.Schema.Custom };
        var other = champion?.Card.Calendar ?? BusinessCalendar.Default;
        var isOutdated = champion is not null && !other.HasDaysOf(history.Calendar);
        if (isOutdated) champion = null;
        var championCutoff = champion is null ? (AsOf?)null : AsOf.EndOf(champion.Card.DataUntil);
        var comparable = championCutoff is { } c && (cutoff.Instant - c.Instant).TotalDays >= MinGateDays;
        if (options.CheckFrom is null) options = options with { CheckFrom = comparable ? championCutoff : WindowOf(champion, cutoff) };
        comparable = comparable && options.CheckFrom is { } from && from.CompareTo(championCutoff!.Value) >= 0;
        var trained = BundleTrainer.Train(history, cutoff, options, progress is null ? null : new StepRelay(progress), cancellation);

        var card = CardOf(workspace, history, cutoff, options, trained) with { IsSample = isSample };
        var decision = card.Version == champion?.Id
            ? new PromotionDecision(false, "It is the champion already: the same data, settings and seed give the same version.", null)
            : Decide(workspace, history, cutoff, champion, comparable, trained, options, progress, cancellation);
        if (isOutdated) decision = decision with { Reason = $"The champion learnt by another business calendar ({other}) and cannot score by this one. {decision.Reason}" };
        cancellation.ThrowIfCancellationRequested();
        workspace.Models.Add(trained.Files, card);
        if (hold) decision = decision with { Reason = $"Held back, as asked. The gate: {decision.Reason}" };
        else if (decision.Promote && workspace.Models.State.Champion != card.Version) workspace.Models.Promote(card.Version, decision.Reason, workspace.Clock.GetUtcNow());
        return new TrainModelsResult(card, decision, trained);
    }

    // From won deals alone every deal looks won: 99 % for all is no answer, and a version that says so must not serve.
    private static void RequireBothOutcomes(CrmHistory history, AsOf cutoff)
    {
        if (HistoryGaps.Of(history).FirstOrDefault(g => g.IsOneOutcome) is not { } gap) return;
        var found = gap.Kind == HistoryGapKind.NoLostDeals
            ? $"{gap.Of} won deals and no lost one" : $"{gap.Of} lost deals and no won one";
        throw new TrainingException($"Training: found {found} by {cutoff.Date:yyyy-MM-dd}; "
            + $"expected deals of both outcomes. {gap.InWords(history.Currency)}");
    }

    // Training again on the champion's own day keeps its window, or it would be another model.
    private static AsOf? WindowOf(ModelVersion? champion, AsOf cutoff) =>
        champion is not null && champion.Card.DataUntil == cutoff.Date && champion.Card.Options.GetValueOrDefault(TrainingSettings.CheckFrom) is { } from
            && DateTimeOffset.TryParse(from, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? AsOf.At(at) : null;

    private static PromotionDecision Decide(Workspace workspace, CrmHistory history, AsOf cutoff, ModelVersion? champion, bool comparable, TrainedBundle trained, TrainingOptions options, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        if (trained.Check is not { } check)
            return champion is null
                ? new PromotionDecision(true, "First version; history is too short to measure it, so it serves with that warning.", null)
                : new PromotionDecision(false, "History is too short to measure it: the champion stays.", null);
        var sameRecipe = champion is not null && champion.Card.Seed == options.Seed && TrainingSettings.Of(options).All(s => s.Key == TrainingSettings.CheckFrom || champion.Card.Options.GetValueOrDefault(s.Key) == s.Value)
            && champion.Card.Options.GetValueOrDefault(TrainingSettings.Custom) == options.CustomFeatureIdentity;
        if (champion is null || !comparable || sameRecipe)
        {
            var against = PromotionGate.DecideFirst([.. check.Deals.Select((id, i) => GateLoss.Of(id, check.StageRateProbabilities[i], check.Probabilities[i], check.Outcomes[i]))]);
            if (champion is null)
                return against.Promote ? against : against with { Promote = true, Reason = "First version, promoted so that there is an answer, though: " + against.Reason };
            var young = $"The champion's data end on {champion.Card.DataUntil:yyyy-MM-dd}, less than {MinGateDays} days before: too little has come since to compare the two.";
            // Trained on what the champion knew, the same recipe is the champion: held against each other they would tie for ever.
            var why = comparable ? "The recipe is the champion's own" : $"{young} The recipe is the same";
            return against.Promote && sameRecipe
                ? against with { Reason = $"{why} and beats the stage rate out of time, so the newer data win." }
                : against with { Promote = false, Reason = comparable ? $"{why}, but on what came since it does not beat the stage rate. The champion stays." : $"{young} The champion stays." };
        }
        var bundle = workspace.BundleOf(champion);
        var theirs = OutOfTimeCheck.Run(bundle.Win, history, GroupRates.From(history, bundle.Win.Features.Schema.CategoricalAttributes), check.From, cutoff, options.Threads, cancellation);
        var probability = theirs.Deals.Zip(theirs.Probabilities).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
        var decision = PromotionGate.Decide([.. check.Deals.Select((id, i) => (Id: id, Index: i)).Where(d => probability.ContainsKey(d.Id))
            .Select(d => GateLoss.Of(d.Id, probability[d.Id], check.Probabilities[d.Index], check.Outcomes[d.Index], $"stage {check.Stages[d.Index]}"))]);
        if (!decision.Promote || trained.Earlier is not { } earlier) return decision;
        progress?.Report(new OperationProgress("Holding forecasts of revenue against the champion's"));
        var before = history.KnownAt(check.From);
        var market = MarketState.Follow(earlier.Win, before, GroupRates.From(before, earlier.Win.Features.Schema.CategoricalAttributes), check.From, options.Threads, cancellation);
        return RevenueGate.Confirm(decision, RevenueWeeks.Judge(bundle, new ModelBundle(earlier.Win, earlier.Size, market), history, RevenueWeeks.Between(history.Calendar, check.From, cutoff), options.Threads, cancellation));
    }

    private static ModelCard CardOf(Workspace workspace, CrmHistory history, AsOf cutoff, TrainingOptions options, TrainedBundle trained)
    {
        var model = trained.Bundle.Win;
        var settings = TrainingSettings.Of(options);
        var dataHash = HistoryHash.Of(history);
        return new ModelCard
        {
            Version = ModelVersionId.From(cutoff.Date, dataHash, settings, options.Seed),
            TrainedAt = workspace.Clock.GetUtcNow(),
            DataFrom = DateOnly.FromDateTime(history.Opportunities[0].CreatedAt.UtcDateTime), DataUntil = cutoff.Date, DataHash = dataHash, DataTimestamp = history.DataTimestamp,
            Calendar = model.Features.Schema.Calendar == BusinessCalendar.Default ? null : model.Features.Schema.Calendar,
            Counts = new ModelCounts(trained.Deals.Known, trained.Deals.Won, trained.Deals.Lost, trained.Deals.Known - trained.Deals.Won - trained.Deals.Lost, trained.Landmarks,
                new Dictionary<string, int> { ["won"] = trained.Rows.Won, ["lost"] = trained.Rows.Lost }),
            Exclusions =
            [
                .. trained.Refused.Select(r => new ModelExclusion(r.Column, string.Create(CultureInfo.InvariantCulture, $"refused as a leak: AUC {r.Auc:0.000} alone at creation"))),
                .. trained.Columns.Where(c => c.Use is not (ColumnUse.Used or ColumnUse.Leak))
                    .Where(c => c.IsCustom || c.Levels > 0)
                    .Select(c => new ModelExclusion(c.Name, c.WhyNot()!)),
            ],
            Features = [.. model.Features.Features.Select(f => new ModelFeature(f.Name, f.Driver, f.Description))],
            TimeGrid = new ModelTimeGrid(model.Grid.UnitDays, model.Grid.Edges), Rung = model.RungFor(model.IsByAge ? null : model.Won.StageRates.ByStage.Keys.FirstOrDefault(stage => stage.Length > 0)).ToString(),
            CustomFeatures = CustomFeaturesOf(trained), Options = settings, Seed = options.Seed, Metrics = CardFigures.Metrics(trained),
            Segments = CardFigures.Segments(trained.Check), Calibration = CardFigures.Calibration(trained.Check),
            Limits =
            [
                "Probabilities are associations in this team's history, not causes.",
                string.Create(CultureInfo.InvariantCulture,
                    $"Beyond {model.Grid.HorizonDays:0} days ahead the share of late wins answers ({model.TailWinShare:0.00}), as fast as deals of that age were seen to close."),
                "The levels of the revenue bands are nominal; forecast backtest measures how often they hold.",
            ],
            Warnings = trained.Warnings,
        };
    }

    private static IReadOnlyList<ModelCustomFeature>? CustomFeaturesOf(TrainedBundle trained) => trained.Bundle.Win.Features.Schema.Custom is { Count: > 0 } custom
        ? [.. custom.Select(f => new ModelCustomFeature(f.Name, f.Unit, f.KnownBecause, f.Code!.Sha256, f.Code.Source, trained.Custom.FirstOrDefault(s => s.Feature == f.Name)?.AtCreation is { } auc && double.IsFinite(auc) ? auc : null))]
        : null;
}
