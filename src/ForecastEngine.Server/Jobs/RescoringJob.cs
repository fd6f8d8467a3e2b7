using System.Globalization;
using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Webhooks;
using ForecastEngine.Storage;
using Hangfire;
using Hangfire.Server;

namespace ForecastEngine.Server.Jobs;

/// <summary>
/// A rescoring run by as many processes as there are: planned by one, scored part by part by any, published by whoever finds
/// no part missing. Every step may be repeated: a process that dies leaves at most its own part to be done again.
/// </summary>
[AutomaticRetry(Attempts = JobAttempt.Retries, DelaysInSeconds = [1, 2, 5, 10, 20, 40, 60])]
public sealed class RescoringJob(Workspace workspace, JobSettings settings, JobAttempt attempt, JobDesk desk, IBackgroundJobClient hangfire, PublishedRuns runs, RunTelling telling)
{
    /// <summary>Plans the run, or finds the one that the job began, that is being written or published already, and hands out its missing parts.</summary>
    [Queue(JobQueues.Rescoring)]
    public Task Plan(long jobId, PerformContext context, CancellationToken shutdown) => attempt.Run(jobId, "rescoring: planning", context, (job, progress, cancellation) =>
    {
        progress.Report(new OperationProgress("Planning"));
        // A job that is handed out again goes on with its run, whatever came in meanwhile: its parts are not scored twice.
        if (job.RescoringRunId is not { } begun || workspace.Scores.Find(begun) is not { Status: RunStatus.Running or RunStatus.Published } run)
        {
            run = RescorePipeline.Begin(workspace, job.AsOf, Options);
            workspace.Jobs.Plan(jobId, run.Id, Now);
        }
        if (run.Status == RunStatus.Published)
        {
            Finish(job, run);
            return Task.CompletedTask;
        }
        var missing = workspace.Scores.MissingParts(run.Id);
        foreach (var part in missing) hangfire.Enqueue<RescoringJob>(JobQueues.Rescoring, j => j.Score(jobId, run.Id, part, null!, CancellationToken.None));
        if (missing.Count == 0) HandOutPublishing(jobId, run.Id);
        return Task.CompletedTask;
    }, shutdown);

    /// <summary>Scores a part; the last one hands out the publishing.</summary>
    [Queue(JobQueues.Rescoring)]
    public Task Score(long jobId, long runId, int part, PerformContext context, CancellationToken shutdown) => attempt.Run(jobId, Turn(runId, $"part {part}"), context, (job, progress, cancellation) =>
    {
        if (job.RescoringRunId != runId || IsGone(job, runId)) return Task.CompletedTask;
        RescorePipeline.ScorePart(workspace, runId, part, Options, progress, cancellation);
        var missing = workspace.Scores.MissingParts(runId).Count;
        var parts = workspace.Scores.Find(runId)?.Parts ?? missing;
        progress.Report(new OperationProgress("Scoring open deals", parts == 0 ? null : (double)(parts - missing) / parts));
        if (missing == 0) HandOutPublishing(jobId, runId);
        return Task.CompletedTask;
    }, shutdown);

    /// <summary>Publishes the run, in one step.</summary>
    [Queue(JobQueues.Rescoring)]
    public Task Publish(long jobId, long runId, PerformContext context, CancellationToken shutdown) => attempt.Run(jobId, Turn(runId, "publishing"), context, (job, progress, cancellation) =>
    {
        if (job.RescoringRunId != runId || IsGone(job, runId)) return Task.CompletedTask;
        Finish(job, RescorePipeline.Publish(workspace, runId, Options, progress, cancellation));
        return Task.CompletedTask;
    }, shutdown);

    // One processor is left to those who ask meanwhile.
    private ScoringOptions Options => new() { OpportunitiesPerPart = settings.OpportunitiesPerPart, Threads = Math.Max(1, (Environment.ProcessorCount - 1) / Math.Max(1, settings.Workers)) };

    private DateTimeOffset Now => workspace.Clock.GetUtcNow();

    internal static string Turn(long runId, string what) => string.Create(CultureInfo.InvariantCulture, $"rescoring run {runId}: {what}");

    private void HandOutPublishing(long jobId, long runId) => hangfire.Enqueue<RescoringJob>(JobQueues.Rescoring, j => j.Publish(jobId, runId, null!, CancellationToken.None));

    // A later run of the same date was published meanwhile and took this one away: the job starts again from the plan.
    private bool IsGone(JobRecord job, long runId)
    {
        if (workspace.Scores.Find(runId) is { Status: RunStatus.Running or RunStatus.Published }) return false;
        hangfire.Enqueue<RescoringJob>(JobQueues.Rescoring, j => j.Plan(job.Id, null!, CancellationToken.None));
        return true;
    }

    private void Finish(JobRecord job, RescoringRun run)
    {
        runs.Forget();
        telling.Wake();
        workspace.Jobs.Succeed(job.Id, JsonSerializer.Serialize(new RescoringOutcome(run.Id, run.AsOf, run.ModelVersion, run.ScoreCount, run.ForecastCount, run.PublishedAt), JobJson.Options), Now);
        // Who imported or promoted while the run was under way joined this job, which knows nothing of it.
        if (job.AsOf is null && RescorePipeline.IsBehind(workspace, run)) desk.Request(JobKind.Rescoring, null, "import");
    }
}

/// <summary>What a rescoring job made.</summary>
/// <param name="RunId">The published run.</param>
/// <param name="AsOf">Its date.</param>
/// <param name="ModelVersion">Who scored.</param>
/// <param name="Scores">Scores in it.</param>
/// <param name="Forecasts">Forecasts in it.</param>
/// <param name="PublishedAt">When it became visible.</param>
public sealed record RescoringOutcome(long RunId, DateOnly AsOf, string ModelVersion, long Scores, long Forecasts, DateTimeOffset? PublishedAt);
