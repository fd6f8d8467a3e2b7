using System.Text.Json;
using ForecastEngine.Operations;
using Hangfire;
using Hangfire.Server;

namespace ForecastEngine.Server.Jobs;

/// <summary>Removes published runs, records of jobs and model versions that are older than the settings keep. History of the CRM is never removed.</summary>
[AutomaticRetry(Attempts = JobAttempt.Retries, DelaysInSeconds = [1, 2, 5, 10, 20, 40, 60])]
public sealed class RetentionJob(Workspace workspace, JobSettings settings, JobAttempt attempt)
{
    /// <summary>Runs it.</summary>
    [Queue(JobQueues.Training)]
    public Task Run(long jobId, PerformContext context, CancellationToken shutdown) => attempt.Run(jobId, "retention", context, async (_, progress, cancellation) =>
    {
        progress.Report(new OperationProgress("Removing what is old"));
        var now = workspace.Clock.GetUtcNow();
        // Counted from the newest run, so that what is shown stays where no data came for long.
        var runs = await workspace.Scores.LatestRunAsync(null, cancellation) is { } latest ? workspace.Scores.RemoveBefore(latest.AsOf.AddDays(-settings.KeepRunsDays), cancellation) : 0;
        var jobs = workspace.Jobs.RemoveBefore(now.AddDays(-settings.KeepJobsDays), cancellation);
        var versions = await RetireModels.Run(workspace, settings.KeepVersions, cancellation);
        workspace.Jobs.Succeed(jobId, JsonSerializer.Serialize(new RetentionOutcome(runs, jobs, versions), JobJson.Options), now);
    }, shutdown);
}

/// <summary>What retention removed.</summary>
/// <param name="Runs">Published runs.</param>
/// <param name="Jobs">Records of jobs.</param>
/// <param name="Versions">Model versions.</param>
public sealed record RetentionOutcome(long Runs, long Jobs, IReadOnlyList<string> Versions);
