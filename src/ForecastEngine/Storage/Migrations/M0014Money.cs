using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>
/// Currencies of deals, line items, products and quotas, null for the history's; and dated exchange rates. A corrected
/// rate
/// is a further row.
/// </summary>
[Migration(14, "Money in its own currency")]
public sealed class M0014Money : EngineMigration
{
    public override void Up()
    {
        foreach (var table in (string[])["opportunities", "past_opportunities", "line_items", "past_line_items", "products", "quotas"])
            Execute.Sql($"ALTER TABLE {table} ADD COLUMN currency {Text}");
        // So few rows that finding out that there are none costs nothing.
        Execute.Sql("CREATE INDEX ix_opportunity_changes_currency ON opportunity_changes (opportunity_id) "
            + "WHERE field = 'Currency'");
        Execute.Sql($"CREATE TABLE exchange_rates (currency {Text} NOT NULL, day {Date}, rate {Amount} NOT NULL, "
            + $"source {Text} NOT NULL, learned_at {Instant}, arrival {Instant} NOT NULL)");
    }
}
