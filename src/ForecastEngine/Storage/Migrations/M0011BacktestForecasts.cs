using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>The forecasts that a backtest made again, beside its report: empty for those from before they were kept.</summary>
[Migration(11, "Forecasts of a backtest")]
public sealed class M0011BacktestForecasts : EngineMigration
{
    public override void Up() => Alter.Table("backtests").AddColumn("forecasts").AsCustom(Text).Nullable();
}
