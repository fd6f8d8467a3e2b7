using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Security;

/// <summary>A key and its text, which is told once and kept nowhere.</summary>
/// <param name="Key">What is kept.</param>
/// <param name="Text">What the caller sends from now on.</param>
public sealed record NewKey(ApiKey Key, string Text);

/// <summary>Makes keys.</summary>
public static class NewKeys
{
    /// <summary>Composes a key; nothing is stored.</summary>
    public static NewKey Compose(string name, IReadOnlyCollection<string> scopes, string? teamId, DateTimeOffset? expiresAt, string createdBy, DateTimeOffset at)
    {
        var (id, secret) = (KeySecret.NewId(), KeySecret.NewSecret());
        return new NewKey(new ApiKey
        {
            Id = id, Name = name, Scopes = string.Join(' ', Scopes.All.Where(scopes.Contains)), TeamId = teamId, Hash = KeySecret.Hash(secret),
            CreatedAt = at, CreatedBy = createdBy, ExpiresAt = expiresAt,
        }, KeySecret.Text(id, secret));
    }

    /// <summary>The first key of a fresh install, an administrator's; null when there are keys already.</summary>
    public static NewKey? First(Workspace workspace)
    {
        var key = Compose("first key", [Scopes.Admin], null, null, "server", workspace.Clock.GetUtcNow());
        if (!workspace.Keys.AddFirst(key.Key)) return null;
        workspace.Audit.Add(new AuditEntry { At = key.Key.CreatedAt, Actor = "server", Action = "key.create", Subject = key.Key.Id });
        return key;
    }
}
