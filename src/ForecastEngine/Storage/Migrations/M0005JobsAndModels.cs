using FluentMigrator;

namespace ForecastEngine.Storage.Migrations;

/// <summary>Model versions for machines that share a database, leases that keep two processes from doing the same, and the journal of jobs.</summary>
[Migration(5, "Model versions, job leases and the journal of jobs")]
public sealed class M0005JobsAndModels : EngineMigration
{
    public override void Up()
    {
        Create.Table("model_files")
            .WithColumn("version").AsCustom(Text).NotNullable().PrimaryKey("pk_model_files")
            .WithColumn("name").AsCustom(Text).NotNullable().PrimaryKey("pk_model_files")
            .WithColumn("content").AsCustom(Key).NotNullable();
        Add(Table("model_registry", "name", Text), Key, "content");

        var leases = Table("job_leases", "name", Text);
        Add(leases, Text, "holder");
        leases.WithColumn("expires_at").AsCustom(Instant).NotNullable().WithColumn("takings").AsInt64().NotNullable();

        var jobs = Create.Table("jobs").WithColumn("id").AsInt64().NotNullable().PrimaryKey("pk_jobs").Identity();
        Add(jobs, Text, "kind", "status", "requested_by", "step?", "fault?", "result?");
        Add(jobs, Date, "as_of?");
        Add(jobs, Instant, "requested_at", "updated_at", "started_at?", "finished_at?");
        Add(jobs, Real, "share?");
        Add(jobs, Flag, "is_cancel_requested");
        jobs.WithColumn("rescoring_run_id").AsInt64().Nullable();
        Execute.Sql("CREATE UNIQUE INDEX ux_jobs_active ON jobs (kind, coalesce(as_of, '0001-01-01')) WHERE status IN ('Queued', 'Running')");
        Create.Index("ix_jobs_kind").OnTable("jobs").OnColumn("kind").Ascending().OnColumn("status").Ascending();
    }
}
