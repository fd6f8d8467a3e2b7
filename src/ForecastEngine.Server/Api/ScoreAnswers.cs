using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace ForecastEngine.Server.Api;

/// <summary>A score as it is sent.</summary>
/// <param name="Body">JSON, UTF-8.</param>
/// <param name="Tag">Its ETag.</param>
/// <param name="TeamId">Whose it is.</param>
public sealed record WrittenScore(byte[] Body, string Tag, string? TeamId);

/// <summary>
/// Scores of the published run as they are sent, the most asked ones kept in memory: the next caller costs no query and
/// no serialisation.
/// </summary>
public sealed class ScoreAnswers(Workspace workspace, IOptions<JsonOptions> json) : IDisposable
{
    private const long KeptBytes = 128 << 20;
    private readonly MemoryCache _written = new(new MemoryCacheOptions { SizeLimit = KeptBytes });

    /// <summary>The score of an opportunity in a run; null when the run has none.</summary>
    public ValueTask<WrittenScore?> FindAsync(PublishedRun run, string opportunityId, CancellationToken cancellation) =>
        _written.TryGetValue((run.Run.Id, opportunityId), out WrittenScore? written) ? new(written) : new(ReadAsync(run, opportunityId, cancellation));

    /// <summary>The same, but a score that was made since the run comes first; null where the deal was closed since.</summary>
    public ValueTask<WrittenScore?> FindAsync(PublishedRun run, string opportunityId, IReadOnlyDictionary<string, FreshScore> fresh, CancellationToken cancellation)
    {
        if (!fresh.TryGetValue(opportunityId, out var score)) return FindAsync(run, opportunityId, cancellation);
        if (score.Row is null) return new((WrittenScore?)null);
        var beside = FreshScores.Beside(run, score);
        var body = JsonSerializer.SerializeToUtf8Bytes(new ScoreResult(beside.Source, ScoreAnswer.Of(PublishedResults.ScoreOf(beside.Run, score.Row))), json.Value.SerializerOptions);
        return new(new WrittenScore(body, EntityTags.Of($"{run.Run.Id} {opportunityId} {score.ScoredAt.UtcTicks} {run.Source.Measured?.MadeOn}"), score.TeamId));
    }

    /// <inheritdoc/>
    public void Dispose() => _written.Dispose();

    private async Task<WrittenScore?> ReadAsync(PublishedRun run, string opportunityId, CancellationToken cancellation)
    {
        var rows = await workspace.Scores.PageAsync(run.Run.Id, new() { OpportunityIds = [opportunityId] }, cancellation);
        if (rows is not [var row]) return null;
        var body = JsonSerializer.SerializeToUtf8Bytes(new ScoreResult(run.Source, ScoreAnswer.Of(PublishedResults.ScoreOf(run.Run, row))), json.Value.SerializerOptions);
        var written = new WrittenScore(body, EntityTags.Of($"{run.Run.Id} {opportunityId} {run.Source.Measured?.MadeOn}"), row.TeamId);
        _written.Set((run.Run.Id, opportunityId), written, new MemoryCacheEntryOptions { Size = body.Length + 256, SlidingExpiration = TimeSpan.FromMinutes(30) });
        return written;
    }
}
