using System.Diagnostics;
using ForecastEngine.Backtesting;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Storage;
using Hangfire;
using Hangfire.Server;

namespace ForecastEngine.Server.Jobs;

/// <summary>One attempt at a job or a piece of it: takes its turn, keeps the journal, and tells Hangfire whether to try again.</summary>
public sealed class JobAttempt(Workspace workspace, JobSettings settings, IBackgroundJobClient hangfire, ILogger<JobAttempt> log)
{
    /// <summary>Attempts after the first.</summary>
    public const int Retries = 7;

    /// <summary>Does the work under its turn. Where another has the turn, the same piece is handed out again a little later: the other may die.</summary>
    /// <param name="jobId">The job in the journal; nothing happens when it has ended.</param>
    /// <param name="turn">Name of the turn.</param>
    /// <param name="context">Hangfire's context.</param>
    /// <param name="work">The work, done on a thread of its own; told the journal's record, how to report and when to stop.</param>
    /// <param name="shutdown">The server stops.</param>
    public async Task Run(long jobId, string turn, PerformContext? context, Func<JobRecord, IProgress<OperationProgress>, CancellationToken, Task> work, CancellationToken shutdown)
    {
        if (!workspace.Jobs.Begin(jobId, workspace.Clock.GetUtcNow())) return;
        using var held = ProcessTurn.Take(workspace, turn, jobId, settings.TakeOver, log, shutdown);
        if (held is null)
        {
            if (context is not null) hangfire.Create(context.BackgroundJob.Job, new Hangfire.States.ScheduledState(settings.TakeOver / 2));
            return;
        }
        try
        {
            var job = workspace.Jobs.Find(jobId)!;
            if (job.IsCancelRequested) held.CancelJob();
            held.Token.ThrowIfCancellationRequested();
            // The pool's threads are for those who ask.
            await Task.Factory.StartNew(() => work(job, new JournalProgress(workspace, jobId, held), held.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        }
        catch (OperationCanceledException) when (held.IsJobCancelled)
        {
            workspace.Jobs.Cancel(jobId, workspace.Clock.GetUtcNow());
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // What the engine refuses in words is refused the next time too.
            var isRefused = fault is OperationException or TrainingException or CustomFeatureException or ModelRegistryException or ForecastContradictionException;
            Note(jobId, fault, isLast: isRefused || context is null || context.GetJobParameter<int>("RetryCount") >= Retries);
            if (!isRefused) throw;
        }
    }

    private void Note(long jobId, Exception fault, bool isLast)
    {
        log.LogError(fault, "Job {Job} failed{Outlook}", jobId, isLast ? "" : "; it is tried again");
        try
        {
            if (isLast) workspace.Jobs.Fail(jobId, fault.Message, workspace.Clock.GetUtcNow());
            else workspace.Jobs.Note(jobId, fault.Message, workspace.Clock.GetUtcNow());
        }
        catch (System.Data.Common.DbException unreachable)
        {
            // The database is what failed: the fault is in the log, and the job is found silent and taken over.
            log.LogWarning("Job {Job}: the fault could not be written to the journal ({Fault}).", jobId, unreachable.Message);
        }
    }

    /// <summary>Writes progress to the journal, at most once a second, and learns there that the job should stop.</summary>
    private sealed class JournalProgress(Workspace workspace, long jobId, ProcessTurn turn) : IProgress<OperationProgress>
    {
        private long _last;

        public void Report(OperationProgress value)
        {
            var last = Volatile.Read(ref _last);
            if (last != 0 && Stopwatch.GetElapsedTime(last) < TimeSpan.FromSeconds(1)) return;
            Volatile.Write(ref _last, Stopwatch.GetTimestamp());
            workspace.Jobs.Report(jobId, value.Step, value.Share, workspace.Clock.GetUtcNow());
            if (workspace.Jobs.Find(jobId) is { IsCancelRequested: true }) turn.CancelJob();
        }
    }
}
