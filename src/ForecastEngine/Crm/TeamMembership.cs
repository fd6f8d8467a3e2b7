namespace ForecastEngine.Crm;

/// <summary>Since when a sales rep is in a team.</summary>
/// <param name="RepId">The person.</param>
/// <param name="TeamId">The team; null for none.</param>
/// <param name="Since">First day; null for as long as anything is known.</param>
public sealed record TeamMembership(string RepId, string? TeamId, DateOnly? Since);

/// <summary>Who is in which team on which day. A rep of whom no move is known is where the rep is now.</summary>
public sealed class TeamMemberships
{
    private readonly IReadOnlyDictionary<string, SalesRep> _reps;
    private readonly Dictionary<string, TeamMembership[]> _moves;

    /// <param name="reps">Reps with their present team.</param>
    /// <param name="moves">Memberships of those who moved, in any order.</param>
    public TeamMemberships(IReadOnlyDictionary<string, SalesRep> reps, IReadOnlyList<TeamMembership> moves)
    {
        _reps = reps;
        _moves = moves.GroupBy(m => m.RepId, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.OrderBy(m => m.Since).ToArray(), StringComparer.Ordinal);
    }

    /// <summary>The team of a person on a day; null for none, and before the first day that is known of somebody who
    /// moved.</summary>
    /// <param name="repId">The person; null for nobody.</param>
    /// <param name="on">The day.</param>
    public string? TeamOf(string? repId, DateOnly on)
    {
        if (repId is null) return null;
        if (!_moves.TryGetValue(repId, out var moves)) return _reps.GetValueOrDefault(repId)?.TeamId;
        return moves.LastOrDefault(m => m.Since is null || m.Since <= on)?.TeamId;
    }
}
