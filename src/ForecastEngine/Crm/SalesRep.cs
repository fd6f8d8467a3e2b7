namespace ForecastEngine.Crm;

/// <summary>A person who owns opportunities.</summary>
/// <param name="Id">The CRM's id.</param>
/// <param name="Name">The person's name.</param>
/// <param name="TeamId">The team the person belongs to now, as the newest export says; see <see cref="TeamMembership"/>
/// for where the person was before.</param>
public sealed record SalesRep(string Id, string Name, string? TeamId);

/// <summary>A group of sales reps; teams form a tree.</summary>
/// <param name="Id">The CRM's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="ParentTeamId">The team above; null at the top.</param>
public sealed record Team(string Id, string Name, string? ParentTeamId);

/// <summary>The revenue a team, a person or a sales pipeline is expected to win in a period.</summary>
/// <param name="TeamId">The team; null for a quota of another part or the company.</param>
/// <param name="OwnerId">The person; null for a quota of another part or the company.</param>
/// <param name="From">First day of the period.</param>
/// <param name="Until">Last day of the period.</param>
/// <param name="Amount">In <paramref name="Currency"/>.</param>
/// <param name="RecordedAt">When it was set.</param>
/// <param name="Currency">ISO 4217; null for the history's currency.</param>
/// <param name="Pipeline">The sales pipeline; null for a quota of another part or the company.</param>
public sealed record Quota(
    string? TeamId, string? OwnerId, DateOnly From, DateOnly Until, decimal Amount, DateTimeOffset RecordedAt,
    string? Currency = null, string? Pipeline = null);
