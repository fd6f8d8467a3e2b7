using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>With which import a row of history came in, 0 for those from before this was kept: a rescoring run leaves out what came while it was under way.</summary>
[Migration(9, "Arrival of the rows of history")]
public sealed class M0009Arrival : EngineMigration
{
    public override void Up()
    {
        foreach (var table in (string[])["opportunities", "opportunity_changes", "activities", "leads", "line_items", "accounts", "products", "sales_reps", "teams", "stages", "quotas"])
            Execute.Sql($"ALTER TABLE {table} ADD COLUMN arrival {Instant} NOT NULL DEFAULT 0");
    }
}
