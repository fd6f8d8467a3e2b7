using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>What backtests found: every answer states the coverage that the newest one measured.</summary>
[Migration(3, "Backtests")]
public sealed class M0003Backtests : EngineMigration
{
    public override void Up()
    {
        var backtests = Create.Table("backtests").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_backtests").Identity();
        Add(backtests, Instant, "made_at", "data_exported_at");
        Add(backtests, Whole, "windows");
        Add(backtests, Text, "options", "summary", "report");
    }
}
