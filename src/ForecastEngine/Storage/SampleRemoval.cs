using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>
/// Takes the sample out of a database within one transaction: its facts, and all that was derived while it stood there, which is
/// runs, scores, forecasts, people's calls on these forecasts, backtests, trainings and shadow scores, and exchange
/// rates. Deals that the CRM pushed as events stay, with
/// what was told of them; so do quotas of the company, keys, webhooks, uploads, the audit log and the journal of jobs.
/// </summary>
internal static class SampleRemoval
{
    private static readonly string[] Statements =
    [
        "DELETE FROM opportunity_scores", "DELETE FROM revenue_forecasts", "DELETE FROM rescoring_parts", "DELETE FROM rescoring_runs",
        "DELETE FROM fresh_scores", "DELETE FROM webhook_announcements", "DELETE FROM forecast_adjustments", "DELETE FROM backtests", "DELETE FROM training_runs", "DELETE FROM shadow_scores",
        "DELETE FROM opportunities WHERE is_sample",
        "DELETE FROM opportunity_changes WHERE is_sample OR opportunity_id NOT IN (SELECT id FROM opportunities)",
        "DELETE FROM deal_tellings WHERE is_sample OR opportunity_id NOT IN (SELECT id FROM opportunities)",
        "DELETE FROM past_opportunities WHERE is_sample OR id NOT IN (SELECT id FROM opportunities)",
        "DELETE FROM past_opportunity_changes WHERE is_sample OR opportunity_id NOT IN (SELECT id FROM opportunities)",
        "DELETE FROM past_line_items", "DELETE FROM past_opportunity_splits", "DELETE FROM past_leads", "DELETE FROM past_activities WHERE is_sample", "DELETE FROM import_deals",
        "DELETE FROM line_items WHERE is_sample OR opportunity_id NOT IN (SELECT id FROM opportunities)",
        "DELETE FROM opportunity_splits WHERE is_sample OR opportunity_id NOT IN (SELECT id FROM opportunities)",
        "DELETE FROM activities WHERE is_sample OR (opportunity_id IS NOT NULL AND opportunity_id NOT IN (SELECT id FROM opportunities))",
        "DELETE FROM event_inbox WHERE opportunity_id NOT IN (SELECT id FROM opportunities)",
        "DELETE FROM quotas WHERE is_sample OR team_id IN (SELECT id FROM teams WHERE is_sample) OR owner_id IN (SELECT id FROM sales_reps WHERE is_sample)",
        "DELETE FROM leads WHERE is_sample", "DELETE FROM accounts WHERE is_sample", "DELETE FROM products WHERE is_sample",
        "DELETE FROM sales_reps WHERE is_sample", "DELETE FROM team_memberships WHERE is_sample", "DELETE FROM teams WHERE is_sample", "DELETE FROM exchange_rates",
        "DELETE FROM custom_columns",
        // A deal that stays keeps the stages that it went through.
        """
        DELETE FROM stages WHERE is_sample AND name NOT IN (SELECT stage FROM opportunities WHERE stage IS NOT NULL)
            AND name NOT IN (SELECT new_value FROM opportunity_changes WHERE field = 'Stage' AND new_value IS NOT NULL)
            AND name NOT IN (SELECT old_value FROM opportunity_changes WHERE field = 'Stage' AND old_value IS NOT NULL)
        """,
        "DELETE FROM sales_pipelines WHERE is_sample AND name NOT IN (SELECT pipeline FROM stages WHERE pipeline IS NOT NULL)",
        // What is left of them, see Note; their times are those of the sample.
        "DELETE FROM import_runs",
    ];

    /// <summary>Removes the sample. Runs that other processes are writing end here; the next attempt at their job plans anew.</summary>
    public static void Run(ForecastDatabase database, DatabaseSession session, CancellationToken cancellation)
    {
        database.Enter(session, WritePurpose.Runs);
        // A part that is being written holds its run: it is waited for, and goes with it.
        if (database.IsPostgreSql) session.Execute("SELECT id FROM rescoring_runs FOR UPDATE", cancellation);
        foreach (var statement in Statements) session.Execute(statement, cancellation);
    }

    /// <summary>After the import: the events whose deals stayed get their line among the imports again, with their own time.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="import">The import that took the sample's place.</param>
    public static void Note(DatabaseSession session, ImportRun import)
    {
        var events = session.Db.GetTable<InboxEvent>().ToList();
        if (events.Count == 0) return;
        var recordedAt = events.Max(e => e.RecordedAt);
        session.Db.InsertWithInt64Identity(import with
        {
            Id = 0, At = events.Max(e => e.ReceivedAt), ExportedAt = recordedAt > import.ExportedAt ? recordedAt : import.ExportedAt, IsSample = false,
            MapName = EventStore.MapName, SourceHash = "", Counts = EventStore.Counts(events.Count), Report = "{}",
        });
    }
}
