using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>How custom columns of the deals are read; of a column the row that came last counts.</summary>
[Migration(17, "Kinds of custom columns")]
public sealed class M0017CustomColumns : EngineMigration
{
    public override void Up() => Execute.Sql("CREATE TABLE custom_columns "
        + $"(name {Text} NOT NULL, kind {Text} NOT NULL, is_declared {Flag} NOT NULL, arrival {Instant} NOT NULL)");
}
