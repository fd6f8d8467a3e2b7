using ForecastEngine.Operations;

namespace ForecastEngine.Server.Security;

/// <summary>What each caller may see, by the teams as the CRM has them now; looked up again after a few seconds.</summary>
public sealed class TeamScopes(Workspace workspace, TimeProvider clock)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);
    private volatile Known? _known;

    /// <summary>The teams that the caller may see.</summary>
    public TeamScope Of(HttpContext context) => context.User.TeamId() is { } team ? Subtree(team) : TeamScope.All;

    /// <summary>The subtree under a team; the team itself at least.</summary>
    public TeamScope Subtree(string team) => TeamScope.Of(team, Current().Teams);

    /// <summary>The team of a sales rep; null when none is known.</summary>
    public string? TeamOf(string ownerId) => Current().TeamOfRep.GetValueOrDefault(ownerId);

    private Known Current()
    {
        var now = clock.GetUtcNow();
        if (_known is { } known && now - known.ReadAt < Freshness) return known;
        return _known = new Known(now, workspace.History.Teams(), workspace.History.SalesReps().ToDictionary(r => r.Id, r => r.TeamId, StringComparer.Ordinal));
    }

    private sealed record Known(DateTimeOffset ReadAt, IReadOnlyList<Crm.Team> Teams, Dictionary<string, string?> TeamOfRep);
}
