using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>
/// Keeps the comparison that was asked for last, until ten minutes after it was last looked at: it holds two histories. Another one is
/// made one at a time, since each scores the pipeline several times.
/// </summary>
public sealed class RunComparisons : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly Workspace _workspace;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ITimer _end;
    private volatile CompareRuns? _kept;

    /// <summary>Keeps none at first.</summary>
    public RunComparisons(Workspace workspace, IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        (_workspace, _lifetime) = (workspace, lifetime);
        _end = clock.CreateTimer(_ => _kept = null, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The comparison of two runs.</summary>
    public async Task<CompareRuns> OfAsync(RescoringRun from, RescoringRun to, CancellationToken cancellation)
    {
        _end.Change(Patience, Timeout.InfiniteTimeSpan);
        if (Kept(from, to) is { } known) return known;
        await _turn.WaitAsync(cancellation);
        try
        {
            if (Kept(from, to) is { } made) return made;
            _kept = null;
            return _kept = await Task.Run(() => CompareRuns.Load(_workspace, from, to, 1, _lifetime.ApplicationStopping), cancellation);
        }
        finally
        {
            _end.Change(Patience, Timeout.InfiniteTimeSpan);
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Dispose();
        _turn.Dispose();
    }

    private CompareRuns? Kept(RescoringRun from, RescoringRun to) => _kept is { } kept && kept.From.Id == from.Id && kept.To.Id == to.Id ? kept : null;
}
