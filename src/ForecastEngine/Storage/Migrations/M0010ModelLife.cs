using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>Trainings with all they went by, and what the waiting version said of deals beside the one that answered.</summary>
[Migration(10, "Trainings and shadow scores")]
public sealed class M0010ModelLife : EngineMigration
{
    public override void Up()
    {
        var trainings = Create.Table("training_runs").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_training_runs").Identity();
        Add(trainings, Instant, "started_at", "ended_at");
        Add(trainings, Date, "as_of?");
        Add(trainings, Text, "outcome", "version?", "champion?", "reason", "data_hash?", "settings", "features", "metrics");
        Add(trainings, Instant, "seed");

        var shadows = Create.Table("shadow_scores").WithColumn("run_id").AsInt64().NotNullable().PrimaryKey("pk_shadow_scores");
        Add(shadows, Date, "as_of");
        Add(shadows, Text, "champion", "challenger");
        Add(shadows, Whole, "horizon_days", "deals");
        Add(shadows, Key, "scores");
    }
}
