namespace ForecastEngine.Storage;

/// <summary>A key that lets a program ask the server. The secret itself is not kept, only its SHA-256: it is long and random, so there is nothing to guess.</summary>
public sealed record ApiKey
{
    /// <summary>Public part of the key.</summary>
    public required string Id { get; init; }
    /// <summary>What people call it.</summary>
    public required string Name { get; init; }
    /// <summary>What it may do, with a space between.</summary>
    public required string Scopes { get; init; }
    /// <summary>The team whose subtree it sees; null for all.</summary>
    public string? TeamId { get; init; }
    /// <summary>SHA-256 of the secret.</summary>
    public required byte[] Hash { get; init; }
    /// <summary>SHA-256 of the secret before the last rotation; null when there was none.</summary>
    public byte[]? PreviousHash { get; init; }
    /// <summary>Until when the secret before still opens.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }
    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Who made it: the id of a key, or <c>server</c>.</summary>
    public required string CreatedBy { get; init; }
    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    /// <summary>When it was revoked; null when it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
    /// <summary>When it was used last, to the minute or so; null before the first time.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}
