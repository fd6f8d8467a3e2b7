using ForecastEngine.Crm;

namespace ForecastEngine.Operations;

/// <summary>Teams and what stands below them.</summary>
public sealed class TeamTree
{
    private readonly Dictionary<string, string?> _parents;

    private TeamTree(Dictionary<string, string?> parents) => _parents = parents;

    /// <summary>The tree of these teams.</summary>
    public static TeamTree Of(IReadOnlyDictionary<string, Team> teams) => new(teams.ToDictionary(t => t.Key, t => t.Value.ParentTeamId, StringComparer.Ordinal));

    /// <summary>True when <paramref name="team"/> is <paramref name="root"/> or stands below it; everything stands below null.</summary>
    public bool IsWithin(string? team, string? root)
    {
        if (root is null) return true;
        // A circle of teams ends after as many steps as there are teams.
        for (var (at, steps) = (team, 0); at is not null && steps <= _parents.Count; at = _parents.GetValueOrDefault(at), steps++)
            if (at == root) return true;
        return false;
    }
}
