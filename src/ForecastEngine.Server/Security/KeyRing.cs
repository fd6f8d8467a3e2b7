using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Data.Common;
using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Security;

/// <summary>
/// The keys as this process knows them: each is read again after a few seconds, so one that another process revoked opens no
/// longer than that. Notes when keys were used and writes it down once in a while, never while a caller waits.
/// </summary>
public sealed class KeyRing(Workspace workspace, TimeProvider clock, ILogger<KeyRing> log) : BackgroundLoop("Keys and when they were used", TimeSpan.FromSeconds(60), log)
{
    /// <summary>How long a key is believed.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);
    private readonly ILogger _log = log;
    private readonly ConcurrentDictionary<string, (ApiKey Key, DateTimeOffset ReadAt)> _known = new(StringComparer.Ordinal);
    private volatile FrozenSet<string> _listed = [];
    private readonly ConcurrentDictionary<string, DateTimeOffset> _used = new(StringComparer.Ordinal);

    /// <summary>The key of that id; null when there is none.</summary>
    public ApiKey? Find(string id)
    {
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(id, out var known) && now - known.ReadAt < Freshness) return known.Key;
        if (workspace.Keys.Find(id) is not { } key) return null;
        _known[id] = (key, now);
        return key;
    }

    /// <summary>True for a key that there was a minute ago or that was looked up here since, whatever became of it; asks nobody.</summary>
    public bool IsKnown(string id) => _listed.Contains(id) || _known.ContainsKey(id);

    /// <summary>Forgets a key that was changed here.</summary>
    public void Forget(string id) => _known.TryRemove(id, out _);

    /// <summary>Notes that a key was used.</summary>
    public void Note(string id) => _used[id] = clock.GetUtcNow();

    /// <summary>When a key was used last as far as this process knows; null when it was not since the last writing.</summary>
    public DateTimeOffset? UsedAt(string id) => _used.TryGetValue(id, out var at) ? at : null;

    /// <inheritdoc/>
    protected override Task Round(bool isWoken, CancellationToken stopping)
    {
        Write();
        _listed = workspace.Keys.List().Select(k => k.Id).ToFrozenSet(StringComparer.Ordinal);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            Write();
        }
        catch (DbException fault)
        {
            _log.LogWarning("When keys were used last could not be written ({Fault}).", fault.Message);
        }
    }

    private void Write()
    {
        var used = _used.ToArray().ToDictionary();
        if (used.Count == 0) return;
        workspace.Keys.Touch(used);
        foreach (var pair in used) _used.TryRemove(pair);
    }
}
