using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>Scores deals again after events, beside the published run, and stores the messages for those who want to be told.</summary>
public static class RescoreDeals
{
    /// <summary>Scores the deals that have events which no score takes into account.</summary>
    /// <param name="workspace">Where from and where to.</param>
    /// <param name="scorer">Beside which run.</param>
    /// <param name="receivedBefore">Only events that came in before this.</param>
    /// <param name="cancellation">Stops it between deals; nothing is stored then, and all stays to be done.</param>
    /// <returns>The fresh scores; null, and nothing stored, when another process was quicker with one of the events.</returns>
    public static async Task<IReadOnlyList<FreshScore>?> Run(Workspace workspace, LiveScorer scorer, DateTimeOffset receivedBefore, CancellationToken cancellation = default)
    {
        var events = workspace.Events.Unscored(receivedBefore);
        if (events.Count == 0) return [];
        var knownAt = events.GroupBy(e => e.OpportunityId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(e => e.ReceivedAt), StringComparer.Ordinal);
        var opportunityIds = knownAt.Keys;
        var run = scorer.Run;
        var at = workspace.Clock.GetUtcNow();
        var deals = workspace.Events.Deals(opportunityIds, scorer.Calendar);
        var published = (await workspace.Scores.ScoresAsync(run.Id, new ScoreFilter { OpportunityIds = opportunityIds }, cancellation)).Scores.ToDictionary(s => s.OpportunityId, StringComparer.Ordinal);
        var told = await workspace.FreshScores.OfAsync(opportunityIds, run, cancellation);
        var scores = new List<FreshScore>();
        var moves = new List<ScoreMove>();
        foreach (var id in opportunityIds.Order(StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            if (deals.IndexOf(id) is not (>= 0 and var index)) continue;
            var before = published.GetValueOrDefault(id);
            var score = scorer.Score(deals, id, before?.WinProbability);
            var closing = score is null ? Closing.Final(deals, index) : null;
            var fresh = new FreshScore
            {
                OpportunityId = id, ScoredAt = at, KnownAt = knownAt[id], AsOf = scorer.DateOf(deals, index), ModelVersion = run.ModelVersion,
                Outcome = closing is null ? null : closing.Won ? nameof(StageKind.Won) : nameof(StageKind.Lost),
                TeamId = score is not null ? score.TeamId : closing?.OwnerId is { } owner ? deals.SalesReps.GetValueOrDefault(owner)?.TeamId : null,
                Row = score is null ? null : StoredScore.RowOf(score, keepPeriods: scorer.Calendar != BusinessCalendar.Default),
            };
            scores.Add(fresh);
            moves.Add(ScoreMove.Between(told.GetValueOrDefault(id), before, fresh, closing?.OwnerId));
        }
        var messages = WebhookMessages.OfMoves(workspace.Webhooks.Endpoints(), TeamTree.Of(deals.Teams), run, moves, at);
        return workspace.FreshScores.Put(scores, messages, events, at, cancellation) ? scores : null;
    }
}
