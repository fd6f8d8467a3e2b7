using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>Keeps the comparison that was asked for last; another one is made one at a time, since each scores the pipeline several times.</summary>
public sealed class RunComparisons(Workspace workspace, IHostApplicationLifetime lifetime) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile CompareRuns? _kept;

    /// <summary>The comparison of two runs.</summary>
    public async Task<CompareRuns> OfAsync(RescoringRun from, RescoringRun to, CancellationToken cancellation)
    {
        if (Kept(from, to) is { } known) return known;
        await _turn.WaitAsync(cancellation);
        try
        {
            return Kept(from, to) ?? (_kept = await Task.Run(() => CompareRuns.Load(workspace, from, to, 1, lifetime.ApplicationStopping), cancellation));
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private CompareRuns? Kept(RescoringRun from, RescoringRun to) => _kept is { } kept && kept.From.Id == from.Id && kept.To.Id == to.Id ? kept : null;
}
