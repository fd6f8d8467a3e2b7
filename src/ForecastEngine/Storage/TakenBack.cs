using ForecastEngine.Crm;
using LinqToDB;

namespace ForecastEngine.Storage;

/// <summary>
/// Takes back the time of imports that claimed a later one than is true: what they told counts as told at the true
/// time, and what they were the first to know is known from then on.
/// </summary>
internal static class TakenBack
{
    public static void Run(DatabaseSession session, DateTimeOffset time, CancellationToken cancellation)
    {
        var runs = session.Db.GetTable<ImportRun>().Where(r => r.ExportedAt > time).ToList();
        if (runs.Count == 0) return;
        var now = StorageMapping.ToMicroseconds(time);
        var retold = new HashSet<string>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            (string, object?)[] values =
                [("id", run.Id), ("then", StorageMapping.ToMicroseconds(run.ExportedAt)), ("now", now)];
            retold.UnionWith(session.Db.GetTable<TellingRow>()
                .Where(t => t.Arrival == run.Id)
                .Select(t => t.OpportunityId));
            session.Execute(
                "UPDATE deal_tellings SET told_at = @now WHERE arrival = @id AND told_at = @then",
                cancellation, values);
            // What is known from the export on, and from nothing else.
            session.Execute(
                "UPDATE opportunity_changes SET at = CASE WHEN at = @then THEN @now ELSE at END, recorded_at = @now "
                    + "WHERE arrival = @id AND recorded_at = @then",
                cancellation, values);
            foreach (var table in (string[])["activities", "leads", "line_items", "opportunity_splits"])
                session.Execute(
                    $"UPDATE {table} SET recorded_at = @now WHERE arrival = @id AND recorded_at = @then",
                    cancellation, values);
            session.Execute(
                "UPDATE exchange_rates SET learned_at = @now WHERE arrival = @id AND learned_at = @then",
                cancellation, values);
            session.Execute(
                "UPDATE import_runs SET exported_at = @now WHERE id = @id",
                cancellation, ("id", run.Id), ("now", now));
        }
        new DealMerge(session, runs[^1] with { ExportedAt = time }, new CorrectionTally(), null, cancellation)
            .Retell(retold);
    }
}
