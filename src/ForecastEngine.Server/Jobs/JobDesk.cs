using ForecastEngine.Operations;
using ForecastEngine.Storage;
using Hangfire;

namespace ForecastEngine.Server.Jobs;

/// <summary>
/// Where jobs are asked for: each gets its record in the journal, and Hangfire hands the work to whichever process is free.
/// Handing it out twice changes nothing, so whoever is in doubt does.
/// </summary>
public sealed class JobDesk(Workspace workspace, IBackgroundJobClient hangfire)
{
    /// <summary>Asks for a job, or joins the one like it that waits or works.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="asOf">Last day whose events it may know; null for the day of the newest export.</param>
    /// <param name="requestedBy">Who asks.</param>
    public JobRecord Request(JobKind kind, DateOnly? asOf, string requestedBy)
    {
        var (job, isNew) = workspace.Jobs.Request(kind, asOf, requestedBy, workspace.Clock.GetUtcNow());
        if (isNew) HandOut(job);
        return job;
    }

    /// <summary>Asks a job to stop. Null when there is none of this number; a job that has ended stays as it is.</summary>
    public JobRecord? Cancel(long id)
    {
        if (workspace.Jobs.Find(id) is not { } job) return null;
        if (workspace.Jobs.RequestCancel(id) && job.Status == JobStatus.Queued) workspace.Jobs.Cancel(id, workspace.Clock.GetUtcNow());
        return workspace.Jobs.Find(id);
    }

    /// <summary>Hands a job to Hangfire.</summary>
    public void HandOut(JobRecord job) => _ = job.Kind switch
    {
        JobKind.Rescoring => hangfire.Enqueue<RescoringJob>(JobQueues.Rescoring, j => j.Plan(job.Id, null!, CancellationToken.None)),
        JobKind.Training => hangfire.Enqueue<TrainingJob>(JobQueues.Training, j => j.Run(job.Id, null!, CancellationToken.None)),
        JobKind.DriftCheck => hangfire.Enqueue<DriftJob>(JobQueues.Training, j => j.Run(job.Id, null!, CancellationToken.None)),
        JobKind.Retention => hangfire.Enqueue<RetentionJob>(JobQueues.Training, j => j.Run(job.Id, null!, CancellationToken.None)),
        _ => throw new ArgumentOutOfRangeException(nameof(job), job.Kind, "expected a known kind of job"),
    };

    /// <summary>Hands out again what shows no sign of life: its process died, or what waited in memory was lost with it.</summary>
    /// <param name="silence">How long a job must have been silent; zero for all that have not ended.</param>
    public void TakeOver(TimeSpan silence)
    {
        var now = workspace.Clock.GetUtcNow();
        foreach (var job in workspace.Jobs.Unfinished().Where(j => now - j.UpdatedAt >= silence))
        {
            workspace.Jobs.Touch(job.Id, now);
            HandOut(job);
        }
    }
}

/// <summary>Hangfire's queues.</summary>
public static class JobQueues
{
    /// <summary>What people or the CRM wait for.</summary>
    public const string Default = "default";
    /// <summary>Parts of a rescoring.</summary>
    public const string Rescoring = "rescoring";
    /// <summary>Long work of which there is one at a time.</summary>
    public const string Training = "training";
}
