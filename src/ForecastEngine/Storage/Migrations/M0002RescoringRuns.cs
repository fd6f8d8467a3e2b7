using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>The results of rescoring runs. At most one run of an as-of date is published at a time: an index sees to it.</summary>
[Migration(2, "Rescoring runs, scores and forecasts")]
public sealed class M0002RescoringRuns : EngineMigration
{
    public override void Up()
    {
        var runs = Create.Table("rescoring_runs").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_rescoring_runs").Identity();
        Add(runs, Date, "as_of");
        Add(runs, Instant, "as_of_at", "data_exported_at", "started_at", "published_at?");
        Add(runs, Text, "model_version", "status", "metadata");
        runs.WithColumn("seed").AsInt64().NotNullable().WithColumn("score_count").AsInt64().NotNullable().WithColumn("forecast_count").AsInt64().NotNullable();
        Add(runs, Whole, "parts");
        Execute.Sql("CREATE UNIQUE INDEX ux_rescoring_runs_published ON rescoring_runs (as_of) WHERE status = 'Published'");

        Create.Table("rescoring_parts")
            .WithColumn("run_id").AsInt64().NotNullable().PrimaryKey("pk_rescoring_parts").ForeignKey("fk_rescoring_parts_run", "rescoring_runs", "id")
            .WithColumn("part").AsCustom(Whole).NotNullable().PrimaryKey("pk_rescoring_parts")
            .WithColumn("score_count").AsInt64().NotNullable();

        var scores = Create.Table("opportunity_scores")
            .WithColumn("run_id").AsInt64().NotNullable().PrimaryKey("pk_opportunity_scores")
            .WithColumn("opportunity_id").AsCustom(Text).NotNullable().PrimaryKey("pk_opportunity_scores");
        Add(scores, Text, "owner_id?", "team_id?", "product_id?", "region?", "stage?", "rung");
        Add(scores, Real, "win_probability", "crm_probability?", "expected_amount", "amount_low", "amount_high", "expected_revenue");
        Add(scores, Date, "close_on_low?", "close_on?", "close_on_high?");
        Add(scores, Text, "grade?", "details");

        var forecasts = Create.Table("revenue_forecasts")
            .WithColumn("run_id").AsInt64().NotNullable().PrimaryKey("pk_revenue_forecasts")
            .WithColumn("dimension").AsCustom(Text).NotNullable().PrimaryKey("pk_revenue_forecasts")
            .WithColumn("key").AsCustom(Text).NotNullable().PrimaryKey("pk_revenue_forecasts")
            .WithColumn("period_from").AsCustom(Date).NotNullable().PrimaryKey("pk_revenue_forecasts")
            .WithColumn("period_until").AsCustom(Date).NotNullable().PrimaryKey("pk_revenue_forecasts");
        Add(forecasts, Real, "mean", "low", "high", "level");
        Add(forecasts, Text, "details");
    }
}
