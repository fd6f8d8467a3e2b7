using System.Collections.Concurrent;
using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>Scores made since the published run, kept in memory and looked up again after a second, so that a lookup costs no query of its own.</summary>
public sealed class FreshScores(Workspace workspace, TimeProvider clock)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(500);
    private readonly SemaphoreSlim _turn = new(1);
    private volatile Known? _known;

    /// <summary>What was scored since a run began, by opportunity; a deal that was closed since has no score.</summary>
    public ValueTask<IReadOnlyDictionary<string, FreshScore>> SinceAsync(RescoringRun run, CancellationToken cancellation) =>
        _known is { } known && known.RunId == run.Id && clock.GetUtcNow() - known.ReadAt < Freshness ? new(known.Scores) : new(ReadAsync(run, cancellation));

    /// <summary>Where a fresh score comes from.</summary>
    public static Source SourceOf(PublishedRun run, FreshScore fresh) =>
        run.Source with { AsOf = fresh.AsOf, ModelVersion = fresh.ModelVersion, DataExportedAt = fresh.KnownAt, PublishedAt = fresh.ScoredAt };

    private async Task<IReadOnlyDictionary<string, FreshScore>> ReadAsync(RescoringRun run, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var now = clock.GetUtcNow();
            var known = _known is { } before && before.RunId == run.Id ? before : new Known(run.Id, DateTimeOffset.MinValue, run.StartedAt, new(StringComparer.Ordinal));
            if (now - known.ReadAt < Freshness) return known.Scores;
            // A score may become visible a little after its own time: look back far enough.
            var scores = await workspace.FreshScores.SinceAsync(run.StartedAt, known.NextFrom, cancellation);
            foreach (var score in scores) known.Scores[score.OpportunityId] = score;
            _known = known with { ReadAt = now, NextFrom = now.AddMinutes(-2) };
            return known.Scores;
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed record Known(long RunId, DateTimeOffset ReadAt, DateTimeOffset NextFrom, ConcurrentDictionary<string, FreshScore> Scores);
}
