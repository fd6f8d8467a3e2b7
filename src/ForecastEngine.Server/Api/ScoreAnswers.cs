using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;
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

    /// <summary>The score of an opportunity in a run, or one that was made since the run; null where there is none, or the deal was closed since.</summary>
    /// <param name="run">The run, as the caller may see it.</param>
    /// <param name="isWhole">True for a caller who sees the whole company: what others are told differs, and so do its tags.</param>
    /// <param name="opportunityId">The opportunity.</param>
    /// <param name="fresh">Scores made since the run.</param>
    /// <param name="cancellation">Stops it.</param>
    public ValueTask<WrittenScore?> FindAsync(PublishedRun run, bool isWhole, string opportunityId, IReadOnlyDictionary<string, FreshScore> fresh, CancellationToken cancellation)
    {
        var key = (run.Run.Id, opportunityId, isWhole, run.Source.Measured?.MadeOn);
        if (!fresh.TryGetValue(opportunityId, out var made)) return _written.TryGetValue(key, out WrittenScore? written) ? new(written) : new(ReadAsync(run, key, cancellation));
        return new(PublishedResults.ScoreOf(made) is { } score ? Written(FreshScores.SourceOf(run, made), score, $"{key} {made.ScoredAt.UtcTicks}") : null);
    }

    /// <inheritdoc/>
    public void Dispose() => _written.Dispose();

    private async Task<WrittenScore?> ReadAsync(PublishedRun run, (long RunId, string OpportunityId, bool IsWhole, DateOnly? MeasuredOn) key, CancellationToken cancellation)
    {
        var rows = await workspace.Scores.PageAsync(key.RunId, new() { OpportunityIds = [key.OpportunityId] }, cancellation);
        if (rows is not [var row]) return null;
        var written = Written(run.Source, PublishedResults.ScoreOf(run.Run, row), $"{key}");
        _written.Set(key, written, new MemoryCacheEntryOptions { Size = written.Body.Length + 256, SlidingExpiration = TimeSpan.FromMinutes(30) });
        return written;
    }

    private WrittenScore Written(Source source, OpportunityScore score, string state) =>
        new(JsonSerializer.SerializeToUtf8Bytes(new ScoreResult(source, ScoreAnswer.Of(score)), json.Value.SerializerOptions), EntityTags.Of(state), score.TeamId);
}
