using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>Which rows of history the sample brought: they go when the user's own export comes, and nothing else does.</summary>
[Migration(8, "Rows of the sample")]
public sealed class M0008Sample : EngineMigration
{
    public override void Up()
    {
        var no = Flag == "boolean" ? "false" : "0";
        foreach (var table in (string[])["import_runs", "opportunities", "opportunity_changes", "activities", "leads", "line_items", "accounts", "products", "sales_reps", "teams", "stages", "quotas"])
            Execute.Sql($"ALTER TABLE {table} ADD COLUMN is_sample {Flag} NOT NULL DEFAULT {no}");
    }
}
