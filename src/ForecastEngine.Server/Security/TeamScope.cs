using ForecastEngine.Crm;

namespace ForecastEngine.Server.Security;

/// <summary>The teams that a caller may see: the subtree under the caller's team, or all.</summary>
public sealed class TeamScope
{
    private readonly HashSet<string>? _teams;

    private TeamScope(HashSet<string>? teams) => _teams = teams;

    /// <summary>Sees all.</summary>
    public static TeamScope All { get; } = new(null);

    /// <summary>True when nothing is hidden.</summary>
    public bool SeesAll => _teams is null;

    /// <summary>The teams that may be seen; null for all.</summary>
    public IReadOnlyCollection<string>? TeamIds => _teams;

    /// <summary>The subtree under a team, the team itself included even where the CRM no longer knows it.</summary>
    /// <param name="teamId">The team; null for all.</param>
    /// <param name="teams">All teams. A ring among them does no harm.</param>
    public static TeamScope Of(string? teamId, IEnumerable<Team> teams)
    {
        if (teamId is null) return All;
        var children = teams.Where(t => t.ParentTeamId is not null).ToLookup(t => t.ParentTeamId!, t => t.Id, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal) { teamId };
        var open = new Queue<string>([teamId]);
        while (open.TryDequeue(out var team))
            foreach (var child in children[team])
                if (seen.Add(child)) open.Enqueue(child);
        return new TeamScope(seen);
    }

    /// <summary>True when what belongs to the team may be seen; what belongs to none is seen only by who sees all.</summary>
    public bool Sees(string? teamId) => _teams is null || teamId is not null && _teams.Contains(teamId);
}
