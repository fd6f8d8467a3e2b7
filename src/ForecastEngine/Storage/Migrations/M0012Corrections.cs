using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>
/// Facts that can be corrected and can go: what was told of each deal and when, which import told of which deals, other spellings of
/// values, the shape of history rows, and for every table of facts one for those that were replaced, with until when they stood.
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

        foreach (var table in (string[])["opportunities", "opportunity_changes", "activities", "leads", "line_items"])
        {
            Execute.Sql($"CREATE TABLE past_{table} AS SELECT * FROM {table} WHERE 1 = 0");
            Execute.Sql($"ALTER TABLE past_{table} ADD COLUMN until_at {Instant}");
            Execute.Sql($"ALTER TABLE past_{table} ADD COLUMN until_arrival {Instant} NOT NULL DEFAULT 0");
        }
    }
}
