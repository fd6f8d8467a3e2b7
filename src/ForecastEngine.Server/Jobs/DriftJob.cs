using System.Text.Json;
using ForecastEngine.Operations;
using Hangfire;
using Hangfire.Server;

namespace ForecastEngine.Server.Jobs;

/// <summary>Measures how the champion does on what happened since it was trained; the journal keeps the report.</summary>
[AutomaticRetry(Attempts = JobAttempt.Retries, DelaysInSeconds = [1, 2, 5, 10, 20, 40, 60])]
public sealed class DriftJob(Workspace workspace, JobAttempt attempt, ILogger<DriftJob> log)
{
    /// <summary>Runs it.</summary>
    [Queue(JobQueues.Training)]
    public Task Run(long jobId, PerformContext context, CancellationToken shutdown) => attempt.Run(jobId, "drift check", context, async (job, progress, cancellation) =>
    {
        progress.Report(new OperationProgress("Measuring the champion on what came since"));
        var report = await Task.Run(() => CheckDrift.Run(workspace, job.AsOf, cancellation: cancellation), cancellation);
        foreach (var warning in report.Warnings) log.LogWarning("Model {Version}: {Warning}", report.Version, warning);
        workspace.Jobs.Succeed(jobId, JsonSerializer.Serialize(report, JobJson.Options), workspace.Clock.GetUtcNow());
    }, shutdown);
}
