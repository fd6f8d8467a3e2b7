using ForecastEngine.Operations;
using ForecastEngine.Storage;
using Hangfire;

namespace ForecastEngine.Server.Jobs;

/// <summary>At start: states the schedule, goes on with what was interrupted, has a first version trained where there is none, and catches a missed night up.</summary>
public sealed class JobStart(Workspace workspace, JobDesk desk, JobSettings settings, IRecurringJobManager recurring, ILogger<JobStart> log) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Workers == 0) return Task.CompletedTask;
        JobSchedule.State(recurring, settings);
        // What waited in memory was lost with the process; PostgreSQL kept it, and only what shows no sign of life is in doubt.
        desk.TakeOver(workspace.IsShared ? 2 * settings.TakeOver : TimeSpan.Zero);
        if (!settings.Schedule || workspace.History.Imports(1).Count == 0) return Task.CompletedTask;
        if (workspace.Models.State.Champion is null) desk.Request(JobKind.Training, null, "start");
        else if (IsNightMissed())
        {
            var job = desk.Request(JobKind.Rescoring, null, "start");
            if (log.IsEnabled(LogLevel.Information)) log.LogInformation("The rescoring of last night is missing; job {Job} catches it up.", job.Id);
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private bool IsNightMissed() =>
        !(workspace.Jobs.LastSuccess(JobKind.Rescoring) >= JobSchedule.LastDue(settings, workspace.Clock.GetUtcNow()));
}
