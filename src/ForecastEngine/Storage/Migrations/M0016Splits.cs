using FluentMigrator;
using FluentMigrator.Builders.Create.Table;

namespace ForecastEngine.Storage.Migrations;

/// <summary>Shares of people in deals with those that were replaced, and since when a sales rep is in which
/// team.</summary>
[Migration(16, "Splits and teams over time")]
public sealed class M0016Splits : EngineMigration
{
    public override void Up()
    {
        Columns(Table("opportunity_splits", "id", Text));
        Create.Index("ix_opportunity_splits_bucket").OnTable("opportunity_splits").OnColumn("bucket");
        Create.Index("ix_opportunity_splits_owner_id").OnTable("opportunity_splits").OnColumn("owner_id");
        var past = Create.Table("past_opportunity_splits").WithColumn("id").AsCustom(Text).NotNullable();
        Columns(past);
        Add(past, Instant, "until_arrival", "until_at?");

        var members = Create.Table("team_memberships").WithColumn("rep_id").AsCustom(Text).NotNullable();
        Add(members, Text, "team_id?");
        Add(members, Date, "since?");
        Add(members, Flag, "is_sample");
    }

    private void Columns(ICreateTableWithColumnSyntax splits)
    {
        Add(splits, Whole, "bucket");
        Add(splits, Text, "opportunity_id", "owner_id", "kind");
        Add(splits, Amount, "share");
        Add(splits, Instant, "recorded_at", "arrival");
        Add(splits, Flag, "is_sample");
    }
}
