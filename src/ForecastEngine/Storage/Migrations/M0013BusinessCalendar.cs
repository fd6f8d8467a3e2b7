using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>The business calendar, as JSON; the last row counts, and without one the default.</summary>
[Migration(13, "Business calendar")]
public sealed class M0013BusinessCalendar : EngineMigration
{
    public override void Up()
    {
        var calendars = Create.Table("business_calendar").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_business_calendar").Identity();
        Add(calendars, Instant, "set_at");
        Add(calendars, Text, "settings");
    }
}
