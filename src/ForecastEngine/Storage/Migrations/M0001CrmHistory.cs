using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>What the CRM told us and when. Deals, changes, activities, leads and line items are only ever added to.</summary>
[Migration(1, "History of the CRM")]
public sealed class M0001CrmHistory : EngineMigration
{
    public override void Up()
    {
        var runs = Create.Table("import_runs").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_import_runs").Identity();
        Add(runs, Instant, "at", "exported_at");
        Add(runs, Text, "currency", "map_name", "source_hash", "counts", "report");
        Add(runs, Flag, "is_degraded");

        var opportunities = Table("opportunities", "id", Text);
        Add(opportunities, Whole, "bucket");
        Add(opportunities, Instant, "created_at", "recorded_at");
        Add(opportunities, Text, "name?", "account_id?", "lead_id?", "owner_id?", "product_id?", "source?", "region?", "segment?", "stage?");
        Add(opportunities, Amount, "amount?");
        Add(opportunities, Date, "planned_close_on?");
        Add(opportunities, Real, "crm_probability?");
        Add(opportunities, Text, "attributes?");
        Create.Index("ix_opportunities_bucket").OnTable("opportunities").OnColumn("bucket");

        var changes = Table("opportunity_changes", "key", Key);
        Add(changes, Whole, "bucket", "occurrence");
        Add(changes, Text, "opportunity_id", "field", "old_value?", "new_value?", "changed_by?");
        Add(changes, Instant, "at", "recorded_at");
        Create.Index("ix_opportunity_changes_bucket").OnTable("opportunity_changes").OnColumn("bucket").Ascending().OnColumn("opportunity_id").Ascending();

        var activities = Table("activities", "id", Text);
        Add(activities, Whole, "bucket");
        Add(activities, Text, "opportunity_id?", "lead_id?", "account_id?", "kind", "owner_id?");
        Add(activities, Instant, "at", "recorded_at");
        Create.Index("ix_activities_bucket").OnTable("activities").OnColumn("bucket");

        var leads = Table("leads", "id", Text);
        Add(leads, Instant, "created_at", "recorded_at", "converted_at?", "disqualified_at?");
        Add(leads, Text, "source?", "region?", "segment?", "account_id?", "owner_id?", "opportunity_id?", "attributes?");

        var lines = Table("line_items", "id", Text);
        Add(lines, Whole, "bucket");
        Add(lines, Text, "opportunity_id", "product_id");
        Add(lines, Amount, "quantity", "amount");
        Add(lines, Instant, "recorded_at");
        Create.Index("ix_line_items_bucket").OnTable("line_items").OnColumn("bucket");

        Add(Add(Table("accounts", "id", Text), Text, "name?", "industry?", "region?", "segment?"), Instant, "recorded_at");
        Add(Add(Add(Table("products", "id", Text), Text, "name", "family?"), Amount, "list_price?"), Instant, "recorded_at");
        Add(Table("sales_reps", "id", Text), Text, "name", "team_id?");
        Add(Table("teams", "id", Text), Text, "name", "parent_team_id?");
        Add(Add(Add(Table("stages", "name", Text), Whole, "position"), Text, "kind"), Real, "crm_probability?");
        var quotas = Table("quotas", "key", Key);
        Add(quotas, Text, "team_id?", "owner_id?");
        Add(quotas, Date, "period_from", "period_until");
        Add(quotas, Amount, "amount");
        Add(quotas, Instant, "recorded_at");
    }
}
