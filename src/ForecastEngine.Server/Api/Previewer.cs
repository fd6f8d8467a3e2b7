using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>Keeps the scorer of the published run ready. One load at a time; while a new run's is being prepared, previews wait for it.</summary>
public sealed class Previewer(Workspace workspace, IHostApplicationLifetime lifetime)
{
    private readonly Lock _gate = new();
    private (long RunId, Task<PreviewScorer> Scorer)? _kept;

    /// <summary>The scorer beside a run.</summary>
    public Task<PreviewScorer> OfAsync(RescoringRun run, CancellationToken cancellation)
    {
        Task<PreviewScorer> scorer;
        lock (_gate)
        {
            if (_kept is not { } kept || kept.RunId != run.Id || kept.Scorer.IsFaulted || kept.Scorer.IsCanceled)
                _kept = (run.Id, Task.Run(() => PreviewScorer.Load(workspace, run, 1, lifetime.ApplicationStopping), lifetime.ApplicationStopping));
            scorer = _kept.Value.Scorer;
        }
        return scorer.WaitAsync(cancellation);
    }
}
