using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>Sales pipelines and their kind, the pipeline of a stage, null where there is one process only, and quotas
/// by pipeline.</summary>
[Migration(15, "Sales pipelines")]
public sealed class M0015SalesPipelines : EngineMigration
{
    public override void Up()
    {
        var pipelines = Add(Table("sales_pipelines", "name", Text), Text, "kind");
        Add(Add(pipelines, Flag, "is_sample"), Instant, "arrival");
        foreach (var table in (string[])["stages", "quotas"])
            Execute.Sql($"ALTER TABLE {table} ADD COLUMN pipeline {Text}");
    }
}
