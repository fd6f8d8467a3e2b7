using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Operations;
using ForecastEngine.Storage;
using Hangfire;
using Hangfire.Server;

namespace ForecastEngine.Server.Jobs;

/// <summary>Trains a version through the promotion gate, on one process at a time; a new champion has the pipeline rescored.</summary>
[AutomaticRetry(Attempts = JobAttempt.Retries, DelaysInSeconds = [1, 2, 5, 10, 20, 40, 60])]
public sealed class TrainingJob(Workspace workspace, JobAttempt attempt, JobDesk desk)
{
    /// <summary>Runs it.</summary>
    [Queue(JobQueues.Training)]
    public Task Run(long jobId, PerformContext context, CancellationToken shutdown) => attempt.Run(jobId, "training", context, (job, progress, cancellation) =>
    {
        var trained = TrainModels.Run(workspace, job.AsOf, null, progress, cancellation);
        var outcome = new TrainingOutcome(trained.Card.Version, trained.Decision.Promote, trained.Decision.Reason, trained.Card.Warnings);
        if (workspace.Jobs.Succeed(jobId, JsonSerializer.Serialize(outcome, JobJson.Options), workspace.Clock.GetUtcNow()) && trained.Decision.Promote) desk.Request(JobKind.Rescoring, null, "training");
        return Task.CompletedTask;
    }, shutdown);
}

/// <summary>What a training job made.</summary>
/// <param name="Version">The version.</param>
/// <param name="IsPromoted">Whether it answers from now on.</param>
/// <param name="Reason">The gate's reason.</param>
/// <param name="Warnings">Statistical doubts, in words.</param>
public sealed record TrainingOutcome(string Version, bool IsPromoted, string Reason, IReadOnlyList<string> Warnings);

/// <summary>How outcomes of jobs are written.</summary>
public static class JobJson
{
    /// <summary>Camel case, names for enumerations, and nulls for figures that could not be computed.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };
}
