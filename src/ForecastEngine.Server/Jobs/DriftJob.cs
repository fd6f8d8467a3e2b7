using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Storage;
using Hangfire;
using Hangfire.Server;

namespace ForecastEngine.Server.Jobs;

/// <summary>Measures how the champion does on what happened since it was trained; the journal keeps the report, and an alarm has a version trained.</summary>
[AutomaticRetry(Attempts = JobAttempt.Retries, DelaysInSeconds = [1, 2, 5, 10, 20, 40, 60])]
public sealed class DriftJob(Workspace workspace, JobAttempt attempt, JobDesk desk, ILogger<DriftJob> log)
{
    /// <summary>Runs it.</summary>
    [Queue(JobQueues.Training)]
    public Task Run(long jobId, PerformContext context, CancellationToken shutdown) => attempt.Run(jobId, "drift check", context, (job, progress, cancellation) =>
    {
        progress.Report(new OperationProgress("Measuring the champion on what came since"));
        var report = CheckDrift.Run(workspace, job.AsOf, cancellation: cancellation);
        foreach (var warning in report.Warnings) log.LogWarning("Model {Version}: {Warning}", report.Version, warning);
        foreach (var alarm in report.Alarms) log.LogWarning("Model {Version}, drift alarm: {Alarm}", report.Version, alarm);
        if (workspace.Jobs.Succeed(jobId, JsonSerializer.Serialize(report, JobJson.Options), workspace.Clock.GetUtcNow()) && report.Alarms.Count > 0) desk.Request(JobKind.Training, null, "drift alarm");
        return Task.CompletedTask;
    }, shutdown);
}
