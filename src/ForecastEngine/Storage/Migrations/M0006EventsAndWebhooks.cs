using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>The CRM's side: events taken in, deals scored afresh after them, repeated requests, uploads, and webhooks out.</summary>
[Migration(6, "Events of the CRM, fresh scores, uploads and webhooks")]
public sealed class M0006EventsAndWebhooks : EngineMigration
{
    public override void Up()
    {
        var inbox = Create.Table("event_inbox")
            .WithColumn("source").AsCustom(Text).NotNullable().PrimaryKey("pk_event_inbox")
            .WithColumn("id").AsCustom(Text).NotNullable().PrimaryKey("pk_event_inbox");
        Add(inbox, Text, "kind", "opportunity_id");
        Add(inbox, Instant, "recorded_at", "received_at", "scored_at?");
        Add(inbox, Whole, "facts");
        Create.Index("ix_event_inbox_unscored").OnTable("event_inbox").OnColumn("scored_at").Ascending().OnColumn("received_at").Ascending();

        var fresh = Table("fresh_scores", "opportunity_id", Text);
        Add(fresh, Instant, "scored_at", "known_at");
        Add(fresh, Date, "as_of");
        Add(fresh, Text, "model_version", "outcome?", "team_id?", "score?");

        var keys = Table("idempotency_keys", "key", Text);
        Add(keys, Text, "request_hash", "content_type?", "body?");
        Add(keys, Instant, "at");
        Add(keys, Whole, "status");

        var uploads = Table("uploads", "id", Text);
        Add(uploads, Instant, "received_at", "finished_at?");
        Add(uploads, Text, "status", "map", "files", "machine", "step?", "result?", "fault?");

        var endpoints = Table("webhook_endpoints", "id", Text);
        Add(endpoints, Text, "url", "description?", "types", "team_id?", "secret", "previous_secret?", "fault?");
        Add(endpoints, Instant, "created_at", "previous_secret_until?");
        Add(endpoints, Real, "least_move", "least_change");
        Add(endpoints, Flag, "is_enabled");

        var deliveries = Create.Table("webhook_deliveries").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_webhook_deliveries").Identity();
        Add(deliveries, Text, "endpoint_id", "message_id", "type", "body", "status", "last_fault?");
        Add(deliveries, Instant, "created_at", "due_at", "sent_at?", "claimed_until?");
        Add(deliveries, Whole, "attempts", "last_status?");
        Create.Index("ux_webhook_deliveries_message").OnTable("webhook_deliveries").OnColumn("endpoint_id").Ascending().OnColumn("message_id").Ascending().WithOptions().Unique();
        Create.Index("ix_webhook_deliveries_due").OnTable("webhook_deliveries").OnColumn("status").Ascending().OnColumn("due_at").Ascending();

        Add(Create.Table("webhook_announcements").WithColumn("run_id").AsInt64().NotNullable().PrimaryKey("pk_webhook_announcements"), Instant, "at");
    }
}
