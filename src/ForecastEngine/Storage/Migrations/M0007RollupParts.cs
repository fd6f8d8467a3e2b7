using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>What a part of a rescoring run adds to revenue: kept beside it until the run is published.</summary>
[Migration(7, "Roll-ups of the parts of a rescoring run")]
public sealed class M0007RollupParts : EngineMigration
{
    public override void Up() => Alter.Table("rescoring_parts").AddColumn("rollup").AsCustom(Key).Nullable();
}
