using ForecastEngine.Forecasting;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>Tells the endpoints of webhooks what a newly published run changed. Any process may do it, as often as it likes: a run is told once.</summary>
public static class AnnounceRun
{
    /// <summary>Stores the messages about the newest published run, unless it has been told.</summary>
    /// <returns>True when this call told it.</returns>
    public static async Task<bool> Run(Workspace workspace, CancellationToken cancellation = default)
    {
        var endpoints = workspace.Webhooks.Endpoints();
        if (await workspace.Scores.LatestRunAsync(null, cancellation) is not { } run || workspace.Webhooks.LastAnnounced() is { } last && last >= run.Id) return false;
        var at = workspace.Clock.GetUtcNow();
        if (!endpoints.Any(e => e.IsEnabled) || await Before(workspace, run, cancellation) is not { } before)
            return workspace.Webhooks.Announce(run.Id, [], at, cancellation);

        var reference = workspace.Events.Deals([]);
        var teams = TeamTree.Of(reference.Teams);
        var messages = new List<WebhookDelivery>();
        if (endpoints.Any(e => e.Wants(WebhookMessages.ScoreMoved)))
            messages.AddRange(WebhookMessages.OfMoves(endpoints, teams, run, await Moves(workspace, before, run, cancellation), at));
        if (endpoints.Any(e => e.Wants(WebhookMessages.ForecastChanged)))
        {
            string? TeamOf(ForecastRow row) => row.Dimension == nameof(Dimension.Team) ? row.Key
                : row.Dimension == nameof(Dimension.Owner) ? reference.SalesReps.GetValueOrDefault(row.Key)?.TeamId : null;
            var earlier = (await workspace.Scores.ForecastsAsync(before.Id, null, cancellation)).ToDictionary(f => (f.Dimension, f.Key, f.PeriodFrom, f.PeriodUntil));
            var changes = (await workspace.Scores.ForecastsAsync(run.Id, null, cancellation))
                .Where(f => earlier.ContainsKey((f.Dimension, f.Key, f.PeriodFrom, f.PeriodUntil)))
                .Select(f => new ForecastMove(f.Dimension, f.Key, TeamOf(f), f.PeriodFrom, f.PeriodUntil, earlier[(f.Dimension, f.Key, f.PeriodFrom, f.PeriodUntil)].Mean, f.Mean)).ToList();
            messages.AddRange(WebhookMessages.OfForecasts(endpoints, teams, run, changes, at));
        }
        return workspace.Webhooks.Announce(run.Id, messages, at, cancellation);
    }

    // A run of the same date that this one replaced can be read until the next publication; else the one of an earlier date.
    private static async Task<RescoringRun?> Before(Workspace workspace, RescoringRun run, CancellationToken cancellation) =>
        await workspace.Scores.ReplacedByAsync(run, cancellation) ?? await workspace.Scores.LatestRunAsync(run.AsOf.AddDays(-1), cancellation);

    private static async Task<IReadOnlyList<ScoreMove>> Moves(Workspace workspace, RescoringRun before, RescoringRun run, CancellationToken cancellation)
    {
        var told = (await workspace.FreshScores.SinceAsync(before.StartedAt, null, cancellation)).Where(f => f.KnownAt < run.StartedAt).ToDictionary(f => f.OpportunityId, StringComparer.Ordinal);
        var published = (await workspace.Scores.ScoresAsync(before.Id, null, cancellation)).Scores.ToDictionary(s => s.OpportunityId, StringComparer.Ordinal);
        return [.. (await workspace.Scores.ScoresAsync(run.Id, null, cancellation)).Scores
            .Select(s => ScoreMove.Between(told.GetValueOrDefault(s.OpportunityId), published.GetValueOrDefault(s.OpportunityId), s, run.AsOf)).OfType<ScoreMove>()];
    }
}
