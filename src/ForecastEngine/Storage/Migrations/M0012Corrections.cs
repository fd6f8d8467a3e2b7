using FluentMigrator;
using FluentMigrator.Builders.Create.Table;

namespace ForecastEngine.Storage.Migrations;

/// <summary>
/// Facts that can be corrected and can go: what was told of each deal and when, which import told of which deals, other
/// spellings of
/// values, the shape of history rows, and for every table of facts one for those that were replaced, with until when
/// they stood.
/// </summary>
[Migration(12, "Corrections and deletions")]
public sealed class M0012Corrections : EngineMigration
{
    public override void Up()
    {
        Execute.Sql("ALTER TABLE opportunity_changes RENAME COLUMN occurrence TO sequence");
        Execute.Sql($"ALTER TABLE opportunity_changes ADD COLUMN close_on {Date}");
        foreach (var instant in (string[])["not_before", "learned_at", "told_at", "superseded_at"]) Execute.Sql($"ALTER TABLE opportunity_changes ADD COLUMN {instant} {Instant}");
        Execute.Sql($"ALTER TABLE opportunity_changes ADD COLUMN origin {Whole} NOT NULL DEFAULT 0");

        var tellings = Create.Table("deal_tellings").WithColumn("opportunity_id").AsCustom(Text).NotNullable();
        Add(tellings, Whole, "bucket");
        Add(tellings, Instant, "told_at", "arrival", "hash");
        Add(tellings, Text, "content");
        Add(tellings, Flag, "is_sample");
        Create.Index("ix_deal_tellings_bucket").OnTable("deal_tellings").OnColumn("bucket").Ascending().OnColumn("opportunity_id").Ascending();

        Add(Add(Table("import_deals", "import_id", Instant), Key, "deals"), Flag, "is_whole");

        var aliases = Create.Table("aliases").WithColumn("field").AsCustom(Text).NotNullable().PrimaryKey("pk_aliases")
            .WithColumn("found").AsCustom(Text).NotNullable().PrimaryKey("pk_aliases");
        Add(aliases, Text, "meant");

        var deals = Past("opportunities", "id");
        Add(deals, Whole, "bucket");
        Add(deals, Instant, "created_at", "recorded_at");
        Add(deals, Text, "name?", "account_id?", "lead_id?", "owner_id?", "product_id?", "source?", "region?", "segment?", "stage?");
        Add(deals, Amount, "amount?");
        Add(deals, Date, "planned_close_on?");
        Add(deals, Real, "crm_probability?");
        Add(deals, Text, "attributes?");

        var changes = Past("opportunity_changes", "opportunity_id");
        Add(changes, Key, "key");
        Add(changes, Whole, "bucket", "sequence", "origin");
        Add(changes, Text, "field", "old_value?", "new_value?", "changed_by?");
        Add(changes, Instant, "at", "recorded_at", "not_before?", "learned_at?", "told_at?", "superseded_at?");
        Add(changes, Date, "close_on?");

        var activities = Past("activities", "id");
        Add(activities, Whole, "bucket");
        Add(activities, Text, "opportunity_id?", "lead_id?", "account_id?", "kind", "owner_id?");
        Add(activities, Instant, "at", "recorded_at");

        var leads = Past("leads", "id");
        Add(leads, Instant, "created_at", "recorded_at", "converted_at?", "disqualified_at?");
        Add(leads, Text, "source?", "region?", "segment?", "account_id?", "owner_id?", "opportunity_id?", "attributes?");

        var lines = Past("line_items", "id");
        Add(lines, Whole, "bucket");
        Add(lines, Text, "opportunity_id", "product_id");
        Add(lines, Amount, "quantity", "amount");
        Add(lines, Instant, "recorded_at");
    }

    // A table of replaced rows: one may be there several times.
    private ICreateTableWithColumnSyntax Past(string table, string id)
    {
        var past = Create.Table("past_" + table).WithColumn(id).AsCustom(Text).NotNullable();
        Add(past, Flag, "is_sample");
        Add(past, Instant, "arrival", "until_arrival", "until_at?");
        return past;
    }
}
