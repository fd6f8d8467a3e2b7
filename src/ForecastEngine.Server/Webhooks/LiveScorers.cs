using ForecastEngine.Operations;

namespace ForecastEngine.Server.Webhooks;

/// <summary>The scorer beside the published run, loaded once per run and process.</summary>
public sealed class LiveScorers(Workspace workspace)
{
    private readonly SemaphoreSlim _turn = new(1);
    private volatile LiveScorer? _latest;

    /// <summary>The scorer of the newest run; null before the first.</summary>
    public async Task<LiveScorer?> LatestAsync(CancellationToken cancellation)
    {
        if (await workspace.Scores.LatestRunAsync(null, cancellation) is not { } run) return null;
        if (_latest is { } known && known.Run.Id == run.Id) return known;
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_latest is { } other && other.Run.Id == run.Id) return other;
            return _latest = LiveScorer.Load(workspace, run, Environment.ProcessorCount, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }
}
