using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>Of a closing the day that the CRM says, and since when it may have happened where nobody told its day.</summary>
[Migration(12, "Corrections")]
public sealed class M0012Corrections : EngineMigration
{
    public override void Up()
    {
        Execute.Sql($"ALTER TABLE opportunity_changes ADD COLUMN close_on {Date}");
        Execute.Sql($"ALTER TABLE opportunity_changes ADD COLUMN not_before {Instant}");
    }
}
