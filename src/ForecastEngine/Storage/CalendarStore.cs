using System.Text.Json;
using ForecastEngine.Crm;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>The business calendar as it was set at a moment.</summary>
internal sealed record CalendarRow
{
    public long Id { get; init; }
    public DateTimeOffset SetAt { get; init; }
    public required string Settings { get; init; }
}

/// <summary>
/// The business calendar of a workspace; only ever added to, the last one counts. Until one is set it is <see
/// cref="BusinessCalendar.Default"/>.
/// </summary>
public sealed class CalendarStore(ForecastDatabase database)
{
    /// <summary>The calendar in force.</summary>
    public BusinessCalendar Current()
    {
        using var db = database.Connect();
        return Of(db);
    }

    /// <summary>True once one was set.</summary>
    public bool IsSet()
    {
        using var db = database.Connect();
        return db.GetTable<CalendarRow>().Any();
    }

    /// <summary>Sets it.</summary>
    /// <param name="calendar">The calendar.</param>
    /// <param name="at">When.</param>
    /// <param name="patience">How long it waits for another writer at most; null for as long as it takes.</param>
    /// <exception cref="StorageBusyException">It waited so long.</exception>
    public void Set(BusinessCalendar calendar, DateTimeOffset at, TimeSpan? patience = null)
    {
        using var session = database.BeginWrite(WritePurpose.History, patience);
        session.Db.InsertWithInt64Identity(new CalendarRow { SetAt = at,
            Settings = JsonSerializer.Serialize(calendar) });
        session.Commit();
    }

    internal static BusinessCalendar Of(DataConnection db) =>
        db.GetTable<CalendarRow>().OrderByDescending(r => r.Id).FirstOrDefault() is { } row
        ? JsonSerializer.Deserialize<BusinessCalendar>(row.Settings) ?? throw new StorageException("Business calendar: found null; expected its settings. Set it again: forecast calendar.")
        : BusinessCalendar.Default;
}
