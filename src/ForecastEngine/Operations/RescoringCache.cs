using ForecastEngine.Forecasting;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>
/// Keeps what the parts of the current rescoring run have in common, so that a process loads it once per run. It is let go of when the
/// run is published here, when another run begins, or ten minutes after it was last used.
/// </summary>
public sealed class RescoringCache(TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly Lock _gate = new();
    private volatile RescoringContext? _context;
    private ITimer? _timer;

    /// <summary>Lets go of what is kept for a run.</summary>
    public void Forget(long runId)
    {
        lock (_gate)
            if (_context?.Run.Id == runId) Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate) Clear();
    }

    /// <summary>What the deals of a run have in common, where this process has it at hand; waits for no load.</summary>
    internal PipelineGround? Find(long runId) => _context is { } context && context.Run.Id == runId ? context.Ground : null;

    internal RescoringContext Of(Workspace workspace, RescoringRun run, int threads, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_context?.Run.Id != run.Id)
            {
                Clear();
                _context = RescoringContext.Load(workspace, run, threads, progress, cancellation);
                _timer = clock.CreateTimer(_ => Forget(run.Id), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
            _timer!.Change(Patience, Timeout.InfiniteTimeSpan);
            return _context;
        }
    }

    private void Clear()
    {
        _context = null;
        _timer?.Dispose();
        _timer = null;
    }
}
