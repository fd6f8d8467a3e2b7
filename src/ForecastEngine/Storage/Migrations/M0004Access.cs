using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>Who may ask the server, who changed what, and what people say of a forecast. Of a key only a hash is kept.</summary>
[Migration(4, "API keys, audit log and forecast adjustments")]
public sealed class M0004Access : EngineMigration
{
    public override void Up()
    {
        var keys = Table("api_keys", "id", Text);
        Add(keys, Text, "name", "scopes", "team_id?", "created_by");
        Add(keys, Key, "hash", "previous_hash?");
        Add(keys, Instant, "created_at", "previous_until?", "expires_at?", "revoked_at?", "last_used_at?");

        var audit = Create.Table("audit_log").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_audit_log").Identity();
        Add(audit, Instant, "at");
        Add(audit, Text, "actor", "action", "subject", "details");

        var adjustments = Create.Table("forecast_adjustments").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_forecast_adjustments").Identity();
        Add(adjustments, Text, "dimension", "key", "author", "note");
        Add(adjustments, Date, "period_from", "period_until", "as_of");
        Add(adjustments, Amount, "amount?");
        Add(adjustments, Real, "forecast_mean?");
        Add(adjustments, Instant, "at");
        Create.Index("ix_forecast_adjustments_period").OnTable("forecast_adjustments").OnColumn("period_from").Ascending().OnColumn("period_until").Ascending();
    }
}
