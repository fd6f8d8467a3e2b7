using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>Who changed what. Never holds a secret.</summary>
public sealed record AuditEntry
{
    /// <summary>Number; given by the database.</summary>
    public long Id { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>Who: the id of a key, or <c>server</c>.</summary>
    public required string Actor { get; init; }
    /// <summary>What was done, for instance <c>key.create</c> or <c>model.promote</c>.</summary>
    public required string Action { get; init; }
    /// <summary>To what: an id.</summary>
    public required string Subject { get; init; }
    /// <summary>What else there is to say, as JSON.</summary>
    public string Details { get; init; } = "{}";
}

/// <summary>The log of changes; only ever added to.</summary>
public sealed class AuditLog(ForecastDatabase database)
{
    /// <summary>Adds an entry.</summary>
    public void Add(AuditEntry entry)
    {
        using var session = database.BeginWrite(WritePurpose.Access);
        session.Db.Insert(entry);
        session.Commit();
    }

    /// <summary>Entries, last first.</summary>
    /// <param name="take">At most so many.</param>
    /// <param name="before">Only entries with a smaller number; null for the last ones.</param>
    public IReadOnlyList<AuditEntry> Read(int take = 100, long? before = null)
    {
        using var db = database.Connect();
        var entries = db.GetTable<AuditEntry>().AsQueryable();
        if (before is { } number) entries = entries.Where(e => e.Id < number);
        return [.. entries.OrderByDescending(e => e.Id).Take(take)];
    }
}
