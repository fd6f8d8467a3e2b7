using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Jobs;

/// <summary>
/// A piece of work that this process alone does now: a lease that is renewed while the work lasts. The work is stopped when the
/// server stops, when the lease is lost, or when someone asked the job to stop.
/// </summary>
public sealed class ProcessTurn : IDisposable
{
    private static readonly string Me = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}:{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Workspace _workspace;
    private readonly Lease _lease;
    private readonly long? _jobId;
    private readonly TimeSpan _duration;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop;
    private readonly Task _watch;
    private readonly CancellationTokenSource _done = new();
    private readonly Stopwatch _sinceRenewal = Stopwatch.StartNew();

    private ProcessTurn(Workspace workspace, Lease lease, long? jobId, TimeSpan duration, ILogger log, CancellationToken shutdown)
    {
        (_workspace, _lease, _jobId, _duration, _log) = (workspace, lease, jobId, duration, log);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(shutdown);
        _watch = Task.Run(Watch, CancellationToken.None);
    }

    /// <summary>Stops the work.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>True when someone asked the job to stop.</summary>
    public bool IsJobCancelled { get; private set; }

    /// <summary>Takes a turn; null while another process, or another worker of this one, has it.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="name">What the turn is for.</param>
    /// <param name="jobId">The job in the journal, which gets a sign of life with every renewal; null for none.</param>
    /// <param name="duration">How long the process may be silent before another gets the turn.</param>
    /// <param name="log">Told when the database does not answer.</param>
    /// <param name="shutdown">The server stops.</param>
    public static ProcessTurn? Take(Workspace workspace, string name, long? jobId, TimeSpan duration, ILogger log, CancellationToken shutdown) =>
        workspace.Leases.Take(name, Me, duration) is { } lease ? new ProcessTurn(workspace, lease, jobId, duration, log, shutdown) : null;

    /// <summary>Stops the work because someone asked the job to stop.</summary>
    public void CancelJob()
    {
        IsJobCancelled = true;
        _stop.Cancel();
    }

    /// <summary>Gives the turn back. Where the database does not answer, it lapses by itself.</summary>
    public void Dispose()
    {
        _done.Cancel();
        _watch.Wait(CancellationToken.None);
        try
        {
            _workspace.Leases.Release(_lease);
        }
        catch (System.Data.Common.DbException fault)
        {
            _log.LogWarning("Lease {Name} could not be given back ({Fault}); it lapses in {Duration}.", _lease.Name, fault.Message, _duration);
        }
        _stop.Dispose();
        _done.Dispose();
    }

    private async Task Watch()
    {
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(_done.Token)) Look();
        }
        catch (OperationCanceledException)
        {
            // The work is done.
        }
    }

    private void Look()
    {
        try
        {
            if (_sinceRenewal.Elapsed > _duration / 4)
            {
                if (!_workspace.Leases.Renew(_lease, _duration)) _stop.Cancel();
                else _sinceRenewal.Restart();
                if (_jobId is { } alive) _workspace.Jobs.Touch(alive, _workspace.Clock.GetUtcNow());
            }
            if (_jobId is { } id && _workspace.Jobs.Find(id) is { IsCancelRequested: true }) CancelJob();
        }
        catch (System.Data.Common.DbException fault)
        {
            _log.LogWarning("Lease {Name} could not be renewed for {Silence} ({Fault}).", _lease.Name, _sinceRenewal.Elapsed, fault.Message);
            if (_sinceRenewal.Elapsed > _duration) _stop.Cancel();
        }
    }
}
