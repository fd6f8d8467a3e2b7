using System.Text.Json;
using LinqToDB;
using LinqToDB.Async;

namespace ForecastEngine.Storage;

/// <summary>A deal scored again after an event, beside the published run.</summary>
public sealed record FreshScore
{
    /// <summary>The deal.</summary>
    public required string OpportunityId { get; init; }
    /// <summary>When it was scored.</summary>
    public required DateTimeOffset ScoredAt { get; init; }
    /// <summary>When the newest event that it takes into account came in.</summary>
    public required DateTimeOffset KnownAt { get; init; }
    /// <summary>Last day whose events were known to it.</summary>
    public required DateOnly AsOf { get; init; }
    /// <summary>The model that scored.</summary>
    public required string ModelVersion { get; init; }
    /// <summary><c>Won</c> or <c>Lost</c> when the event closed the deal; null while it is open.</summary>
    public string? Outcome { get; init; }
    /// <summary>The owner's team.</summary>
    public string? TeamId { get; init; }
    /// <summary>The score, of the same form as a published one; null when the deal is closed.</summary>
    public ScoreRow? Row { get; init; }
}

/// <summary>A fresh score as it is stored.</summary>
internal sealed record FreshScoreRow(string OpportunityId, DateTimeOffset ScoredAt, DateTimeOffset KnownAt, DateOnly AsOf, string ModelVersion, string? Outcome, string? TeamId, string? Score);

/// <summary>
/// Scores made between two rescoring runs. They stand beside the published run, which stays whole; a run that began after
/// the events came in knows them too, and from its publication on the fresh score counts no more.
/// </summary>
public sealed class FreshScoreStore(ForecastDatabase database)
{
    /// <summary>Keeps fresh scores; each replaces the one before it.</summary>
    public void Put(IReadOnlyCollection<FreshScore> scores, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        Put(session, scores, cancellation);
        session.Commit();
    }

    /// <summary>
    /// Keeps fresh scores, the messages about them, and the note that their events are taken into account, all or nothing: what is told
    /// is told once, however many processes score at the same time and whenever one of them ends.
    /// </summary>
    /// <returns>False, and nothing kept, when another has taken one of the events into account meanwhile.</returns>
    public bool Put(IReadOnlyCollection<FreshScore> scores, IEnumerable<WebhookDelivery> messages, IReadOnlyCollection<UnscoredEvent> events, DateTimeOffset at, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        if (!EventStore.MarkScored(session, events, at, cancellation)) return false;
        Put(session, scores, cancellation);
        WebhookStore.Add(session, messages, cancellation);
        session.Commit();
        return true;
    }

    private void Put(DatabaseSession session, IReadOnlyCollection<FreshScore> scores, CancellationToken cancellation)
    {
        var last = scores.GroupBy(s => s.OpportunityId, StringComparer.Ordinal).Select(g => g.Last()).OrderBy(s => s.OpportunityId, StringComparer.Ordinal).ToList();
        foreach (var score in last)
            session.Execute("""
                INSERT INTO fresh_scores (opportunity_id, scored_at, known_at, as_of, model_version, outcome, team_id, score) VALUES (@id, @at, @known, @asOf, @model, @outcome, @team, @score)
                ON CONFLICT (opportunity_id) DO UPDATE SET scored_at = excluded.scored_at, known_at = excluded.known_at, as_of = excluded.as_of, model_version = excluded.model_version,
                    outcome = excluded.outcome, team_id = excluded.team_id, score = excluded.score
                WHERE fresh_scores.known_at <= excluded.known_at
                """, cancellation, ("id", score.OpportunityId), ("at", StorageMapping.ToMicroseconds(score.ScoredAt)), ("known", StorageMapping.ToMicroseconds(score.KnownAt)),
                ("asOf", database.IsPostgreSql ? score.AsOf : score.AsOf.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)),
                ("model", score.ModelVersion), ("outcome", score.Outcome), ("team", score.TeamId), ("score", score.Row is null ? null : JsonSerializer.Serialize(score.Row)));
    }

    /// <summary>The fresh scores of these deals that count beside <paramref name="run"/>: those with an event that came in since it began.</summary>
    public async Task<IReadOnlyDictionary<string, FreshScore>> OfAsync(IReadOnlyCollection<string> opportunityIds, RescoringRun run, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        var found = new Dictionary<string, FreshScore>(StringComparer.Ordinal);
        foreach (var ids in opportunityIds.Chunk(5000))
        {
            var rows = await db.GetTable<FreshScoreRow>().Where(s => s.KnownAt >= run.StartedAt && ids.Contains(s.OpportunityId)).ToListAsync(cancellation);
            foreach (var row in rows) found[row.OpportunityId] = Read(row);
        }
        return found;
    }

    /// <summary>All fresh scores with an event that came in since then, those alone that were scored since <paramref name="scoredSince"/> where it is given.</summary>
    public async Task<IReadOnlyList<FreshScore>> SinceAsync(DateTimeOffset since, DateTimeOffset? scoredSince = null, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        return [.. (await db.GetTable<FreshScoreRow>().Where(s => s.KnownAt >= since && s.ScoredAt >= (scoredSince ?? since)).OrderBy(s => s.OpportunityId).ToListAsync(cancellation)).Select(Read)];
    }

    /// <summary>Removes those whose events all came in before <paramref name="before"/>.</summary>
    public long RemoveBefore(DateTimeOffset before)
    {
        using var session = database.BeginWrite(WritePurpose.Scores);
        var count = session.Db.GetTable<FreshScoreRow>().Where(s => s.KnownAt < before).Delete();
        session.Commit();
        return count;
    }

    private static FreshScore Read(FreshScoreRow row) => new()
    {
        OpportunityId = row.OpportunityId, ScoredAt = row.ScoredAt, KnownAt = row.KnownAt, AsOf = row.AsOf, ModelVersion = row.ModelVersion, Outcome = row.Outcome, TeamId = row.TeamId,
        Row = row.Score is null ? null : JsonSerializer.Deserialize<ScoreRow>(row.Score),
    };
}
