using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>The keys of the server, revoked ones included: the audit log speaks of them.</summary>
public sealed class ApiKeyStore(ForecastDatabase database)
{
    /// <summary>Adds a key.</summary>
    public void Add(ApiKey key)
    {
        using var session = database.BeginWrite(WritePurpose.Access);
        session.Db.Insert(key);
        session.Commit();
    }

    /// <summary>Adds the very first key; false, and nothing is added, when there is one already. Of several processes that start at once one succeeds.</summary>
    public bool AddFirst(ApiKey key)
    {
        using var session = database.BeginWrite(WritePurpose.Access);
        if (session.Db.GetTable<ApiKey>().Any()) return false;
        session.Db.Insert(key);
        session.Commit();
        return true;
    }

    /// <summary>The key of that id; null when there is none.</summary>
    public ApiKey? Find(string id)
    {
        using var db = database.Connect();
        return db.GetTable<ApiKey>().FirstOrDefault(k => k.Id == id);
    }

    /// <summary>All keys by creation.</summary>
    public IReadOnlyList<ApiKey> List()
    {
        using var db = database.Connect();
        return [.. db.GetTable<ApiKey>().OrderBy(k => k.CreatedAt).ThenBy(k => k.Id)];
    }

    /// <summary>Gives a key another secret; the one before opens until <paramref name="previousUntil"/>. Returns the key; null when there is none or it is revoked.</summary>
    public ApiKey? Rotate(string id, byte[] hash, DateTimeOffset previousUntil)
    {
        using var session = database.BeginWrite(WritePurpose.Access);
        var key = session.Db.GetTable<ApiKey>().FirstOrDefault(k => k.Id == id && k.RevokedAt == null);
        if (key is null) return null;
        session.Db.GetTable<ApiKey>().Where(k => k.Id == id)
            .Set(k => k.PreviousHash, key.Hash).Set(k => k.PreviousUntil, previousUntil).Set(k => k.Hash, hash).Update();
        session.Commit();
        return key with { PreviousHash = key.Hash, PreviousUntil = previousUntil, Hash = hash };
    }

    /// <summary>Ends a key now. False when there is none; a key that is revoked already keeps its time.</summary>
    public bool Revoke(string id, DateTimeOffset at)
    {
        using var session = database.BeginWrite(WritePurpose.Access);
        if (!session.Db.GetTable<ApiKey>().Any(k => k.Id == id)) return false;
        session.Db.GetTable<ApiKey>().Where(k => k.Id == id && k.RevokedAt == null).Set(k => k.RevokedAt, at).Update();
        session.Commit();
        return true;
    }

    /// <summary>Notes when keys were used last; an earlier time than the one noted changes nothing.</summary>
    public void Touch(IReadOnlyDictionary<string, DateTimeOffset> lastUsed)
    {
        if (lastUsed.Count == 0) return;
        using var session = database.BeginWrite(WritePurpose.Access);
        foreach (var (id, at) in lastUsed)
            session.Db.GetTable<ApiKey>().Where(k => k.Id == id && (k.LastUsedAt == null || k.LastUsedAt < at)).Set(k => k.LastUsedAt, at).Update();
        session.Commit();
    }
}
