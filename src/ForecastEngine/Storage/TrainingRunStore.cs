using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>The trainings that were done, the refused ones among them; only ever added to.</summary>
public sealed class TrainingRunStore(ForecastDatabase database)
{
    /// <summary>Adds one and returns it with its number.</summary>
    public TrainingRun Add(TrainingRun run)
    {
        using var session = database.BeginWrite(WritePurpose.Runs);
        var id = session.Db.InsertWithInt64Identity(run);
        session.Commit();
        return run with { Id = id };
    }

    /// <summary>The newest first.</summary>
    /// <param name="take">How many at most.</param>
    public IReadOnlyList<TrainingRun> List(int take = 50)
    {
        using var session = database.BeginRead();
        return [.. session.Db.GetTable<TrainingRun>().OrderByDescending(r => r.Id).Take(take)];
    }

    /// <summary>One by its number; null when there is none.</summary>
    public TrainingRun? Find(long id)
    {
        using var session = database.BeginRead();
        return session.Db.GetTable<TrainingRun>().FirstOrDefault(r => r.Id == id);
    }

    /// <summary>The newest that made a version; null when none is known.</summary>
    public TrainingRun? Of(string version)
    {
        using var session = database.BeginRead();
        return session.Db.GetTable<TrainingRun>().Where(r => r.Version == version).OrderByDescending(r => r.Id).FirstOrDefault();
    }
}
