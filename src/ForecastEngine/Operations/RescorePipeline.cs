using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>A published rescoring run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Pipeline">The scored pipeline.</param>
/// <param name="Forecasts">Revenue forecasts of the default periods: the company by month, and every dimension for this quarter and the next.</param>
public sealed record RescorePipelineResult(RescoringRun Run, ScoredPipeline Pipeline, IReadOnlyList<RevenueForecast> Forecasts);

/// <summary>
/// Scores the open pipeline, forecasts revenue and publishes both as one run, whole or not at all. A run is begun once, cut into parts
/// that any process may score in any order, and published when none is missing; <see cref="Run"/> does all three. Any step may be done
/// twice, by several processes and after a crash: the numbers are the same to the bit.
/// </summary>
public static class RescorePipeline
{
    /// <summary>How forecasts are kept as JSON beside their columns.</summary>
    public static JsonSerializerOptions Json { get; } = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>
    /// Plans the run of a date with the champion: continues the one of the same date, data and model that is being written, answers the
    /// one that is published already, or begins a new one.
    /// </summary>
    /// <param name="workspace">Where from and where to.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="options">Settings; null for the defaults. The number of parts comes from the size of the history, never from the number of processes.</param>
    public static RescoringRun Begin(Workspace workspace, DateOnly? asOf = null, ScoringOptions? options = null)
    {
        options ??= new ScoringOptions();
        var version = ScoredPipeline.ChampionOf(workspace);
        var (date, import) = HistoryAt.Find(workspace, asOf);
        var calendar = workspace.Calendar.Current();
        ScoredPipeline.Refuse(version, date, calendar);
        var startedAt = workspace.Clock.GetUtcNow();
        var endOfDay = calendar.ToInstant(date.Instant);
        var knownUntil = Earlier(endOfDay, import.ExportedAt > startedAt ? import.ExportedAt : startedAt);
        var count = workspace.History.CountOpportunities(knownUntil);
        var plan = new RescoringPlan(import.Latest, knownUntil, workspace.Scores.LatestRun(date.Date.AddDays(-1))?.Id, options.ExplainTop,
            [.. RevenueForecaster.DefaultPeriods(calendar, date.Date).Select(PlannedPeriod.Of)])
        {
            Calendar = calendar == BusinessCalendar.Default ? null : calendar, Measured = RunBacktest.Latest(workspace),
        };
        return workspace.Scores.BeginOrContinue(new RescoringRun
        {
            AsOf = date.Date, AsOfAt = endOfDay, ModelVersion = version.Id, Seed = version.Card.Seed, DataExportedAt = Earlier(import.ExportedAt, endOfDay),
            StartedAt = startedAt, Parts = (int)Math.Clamp((count + options.OpportunitiesPerPart - 1) / options.OpportunitiesPerPart, 1, FactKeys.Buckets), Metadata = plan.ToJson(),
        }, plan.IsSame);
    }

    /// <summary>
    /// True when an export was imported after the run was planned, another version was promoted or another calendar
    /// set: another run would know
    /// more. Events do not count, they are scored by themselves.
    /// </summary>
    public static bool IsBehind(Workspace workspace, RescoringRun run) => workspace.Models.State.Champion != run.ModelVersion ||
        RescoringPlan.Of(run).CutOf(run).Calendar != workspace.Calendar.Current() || RescoringPlan.Of(run).Import is var planned && workspace.History.Imports().Any(i => i.Id > planned && i.MapName != EventStore.MapName);

    /// <summary>Scores a part of a run and writes it, all or nothing; false where it is written already, by whomever.</summary>
    /// <param name="workspace">Where from and where to. It keeps what the parts of one run have in common for a while; see <see cref="Workspace.Rescoring"/>.</param>
    /// <param name="runId">The run.</param>
    /// <param name="part">The part, from 0.</param>
    /// <param name="options">Threads; null for the defaults. All else was settled when the run was begun.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; nothing of the part is written then.</param>
    public static bool ScorePart(Workspace workspace, long runId, int part, ScoringOptions? options = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new ScoringOptions();
        if (!workspace.Scores.MissingParts(runId).Contains(part)) return false;
        var context = workspace.Rescoring.Of(workspace, RunOf(workspace, runId), options.Threads, progress, cancellation);
        progress?.Report(new OperationProgress("Scoring open deals", (part + 0.5) / context.Run.Parts));
        var deals = context.Score(part, options.Threads, cancellation);
        progress?.Report(new OperationProgress("Adding up open deals", (part + 0.7) / context.Run.Parts));
        var rollup = context.RollUp(deals, options.Threads);
        progress?.Report(new OperationProgress("Writing scores", (part + 0.8) / context.Run.Parts));
        var rows = new ScoreRow[deals.Count];
        Parallel.For(0, rows.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellation }, i => rows[i] = StoredScore.RowOf(deals[i].Score));
        return workspace.Scores.WritePart(runId, part, rows, () => rollup, null, cancellation);
    }

    /// <summary>Adds the parts of a run up to revenue, explains the deals that are shown, and makes it visible in one step. A published run stays as it is.</summary>
    /// <param name="workspace">Where from and where to.</param>
    /// <param name="runId">The run; none of its parts is missing.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; nothing is published then.</param>
    public static RescoringRun Publish(Workspace workspace, long runId, ScoringOptions? options = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (RunOf(workspace, runId) is { Status: RunStatus.Published } published) return published;
        return Publish(workspace, runId, (options ?? new ScoringOptions()).Threads, progress, cancellation).Run;
    }

    /// <summary>Runs the whole rescoring in this process.</summary>
    /// <param name="workspace">Where from and where to.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; the run before stays published then.</param>
    public static Task<RescorePipelineResult> Run(Workspace workspace, DateOnly? asOf = null, ScoringOptions? options = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default) => Task.Run(() =>
    {
        options ??= new ScoringOptions();
        var run = Begin(workspace, asOf, options);
        foreach (var part in run.Status == RunStatus.Published ? [] : workspace.Scores.MissingParts(run.Id)) ScorePart(workspace, run.Id, part, options, progress, cancellation);
        var context = workspace.Rescoring.Of(workspace, run, options.Threads, progress, cancellation);
        var (published, forecasts) = run.Status == RunStatus.Published ? (run, StoredForecasts(workspace, context)) : Publish(workspace, run.Id, options.Threads, progress, cancellation);
        return new RescorePipelineResult(published, context.Pipeline(workspace, options.Threads, cancellation), forecasts);
    }, cancellation);

    private static (RescoringRun Run, IReadOnlyList<RevenueForecast> Forecasts) Publish(Workspace workspace, long runId, int threads, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var run = RunOf(workspace, runId);
        if (workspace.Scores.MissingParts(runId) is { Count: > 0 } missing)
            throw new OperationException($"Rescoring run {runId}: found {missing.Count} of {run.Parts} parts not scored; expected all. Score parts {string.Join(", ", missing.Take(10))} first.");
        var context = workspace.Rescoring.Of(workspace, run, threads, progress, cancellation);
        progress?.Report(new OperationProgress("Adding up revenue", 0.8));
        var (forecasts, explained) = context.Finish(workspace.Scores.Rollups(runId), workspace.Scores.GradeCounts(runId), threads, cancellation);
        progress?.Report(new OperationProgress("Publishing", 0.95));
        var published = workspace.Scores.Publish(runId, forecasts.Select(RowOf), workspace.Clock.GetUtcNow(),
            explained.Select(s => KeyValuePair.Create(s.OpportunityId, StoredScore.DetailsOf(s))), cancellation);
        progress?.Report(new OperationProgress("Scoring in the challenger's shadow", 0.97));
        Shadow(workspace, published, context, threads, progress, cancellation);
        workspace.Grounds.Keep(new RunGround(published, context.Ground));
        workspace.Rescoring.Forget(runId);
        return (published, forecasts);
    }

    // What is published stays published, whatever ails the version that waits; promotion tells it.
    private static void Shadow(Workspace workspace, RescoringRun run, RescoringContext context, int threads, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            ShadowScoring.Run(workspace, run, context.Ground, threads, cancellation);
        }
        catch (Exception fault) when (fault is ModelRegistryException or CustomFeatureException)
        {
            progress?.Report(new OperationProgress($"The challenger could not be scored: {fault.Message}", 0.98));
        }
    }

    private static RescoringRun RunOf(Workspace workspace, long runId) => workspace.Scores.Find(runId)
        ?? throw new OperationException($"Rescoring run {runId}: found no such run; expected one that was begun and not replaced. Begin a new run.");

    private static List<RevenueForecast> StoredForecasts(Workspace workspace, RescoringContext context) =>
        [.. workspace.Scores.Forecasts(context.Run.Id).Select(row => JsonSerializer.Deserialize<RevenueForecast>(row.Details, Json)!)
            .OrderBy(f => context.Periods.IndexOf(f.Period)).ThenBy(f => f.Dimension).ThenBy(f => f.Key, StringComparer.Ordinal)];

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static ForecastRow RowOf(RevenueForecast forecast)
    {
        var band = forecast.BandOf(0.80);
        return new ForecastRow
        {
            Dimension = forecast.Dimension.ToString(), Key = forecast.Key, PeriodFrom = forecast.Period.From, PeriodUntil = forecast.Period.Until,
            Mean = forecast.Mean, Low = band.Lower, High = band.Upper, Level = band.Level, Details = JsonSerializer.Serialize(forecast, Json),
        };
    }
}
