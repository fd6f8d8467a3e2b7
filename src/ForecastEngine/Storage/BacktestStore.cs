using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>The backtests that were made; only ever added to.</summary>
public sealed class BacktestStore(ForecastDatabase database)
{
    /// <summary>Adds one and returns it with its number.</summary>
    public BacktestRecord Add(BacktestRecord record)
    {
        using var session = database.BeginWrite(WritePurpose.Runs);
        var id = session.Db.InsertWithInt64Identity(record);
        session.Commit();
        return record with { Id = id };
    }

    /// <summary>The newest; null before the first.</summary>
    public BacktestRecord? Latest()
    {
        using var session = database.BeginRead();
        return session.Db.GetTable<BacktestRecord>().OrderByDescending(b => b.Id).FirstOrDefault();
    }

    /// <summary>What answers state of the newest, as JSON; null before the first. Reads nothing else of it.</summary>
    public string? LatestSummary()
    {
        using var session = database.BeginRead();
        return session.Db.GetTable<BacktestRecord>().OrderByDescending(b => b.Id).Select(b => b.Summary).FirstOrDefault();
    }
}
