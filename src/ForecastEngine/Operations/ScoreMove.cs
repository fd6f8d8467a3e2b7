using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>How a deal's win probability moved.</summary>
/// <param name="OpportunityId">The deal.</param>
/// <param name="OwnerId">Who owns it now.</param>
/// <param name="TeamId">The owner's team.</param>
/// <param name="AsOf">Last day whose events the new score knows.</param>
/// <param name="From">Win probability before, 0–1; null when it had none.</param>
/// <param name="To">Win probability now, 0–1: exactly 1 or 0 once it is won or lost.</param>
/// <param name="Outcome"><c>Won</c> or <c>Lost</c>; null while it is open.</param>
/// <param name="KnownAt">When the newest event that the score knows came in; null for a score of a rescoring run.</param>
/// <param name="ExpectedRevenue">Win probability × expected amount; null once it is closed.</param>
public sealed record ScoreMove(string OpportunityId, string? OwnerId, string? TeamId, DateOnly AsOf, double? From, double To, string? Outcome, double? ExpectedRevenue, DateTimeOffset? KnownAt = null)
{
    /// <summary>True when the move is at least <paramref name="least"/>, or the deal is new or closed.</summary>
    public bool IsAtLeast(double least) => From is not { } from || Math.Abs(To - from) >= least || Outcome is not null;

    /// <summary>The move from what was told last, a fresh score or else the published one, to a fresh score.</summary>
    internal static ScoreMove Between(FreshScore? told, ScoreRow? published, FreshScore now, string? closedBy) => new(
        now.OpportunityId, now.Row?.OwnerId ?? closedBy, now.TeamId, now.AsOf, Last(told, published), now.Row?.WinProbability ?? (now.Outcome == "Won" ? 1 : 0), now.Outcome, now.Row?.ExpectedRevenue, now.KnownAt);

    /// <summary>The move to a published score; null when the deal stands as it was told.</summary>
    internal static ScoreMove? Between(FreshScore? told, ScoreRow? published, ScoreRow now, DateOnly asOf) => Last(told, published) is { } from && from == now.WinProbability ? null
        : new(now.OpportunityId, now.OwnerId, now.TeamId, asOf, Last(told, published), now.WinProbability, null, now.ExpectedRevenue);

    private static double? Last(FreshScore? told, ScoreRow? published) => told is null ? published?.WinProbability : told.Row?.WinProbability ?? (told.Outcome == "Won" ? 1 : 0);
}
