using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>The journal of jobs and the leases, on both databases.</summary>
public abstract class JobContract
{
    private static readonly DateTimeOffset At = new(2026, 11, 6, 1, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Day = new(2026, 11, 5);

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task A_job_is_one_however_often_it_is_asked_for_while_it_is_active()
    {
        await using var test = await Fresh();
        var jobs = new JobStore(test.Database);
        var (job, isNew) = jobs.Request(JobKind.Rescoring, null, "schedule", At);
        Assert.True(isNew);
        Assert.Equal((job, false), jobs.Request(JobKind.Rescoring, null, "start", At.AddMinutes(1)));
        Assert.True(jobs.Request(JobKind.Rescoring, Day, "ann", At).IsNew);
        Assert.True(jobs.Request(JobKind.Training, null, "schedule", At).IsNew);
        Assert.True(jobs.Succeed(job.Id, "{}", At.AddMinutes(2)));
        Assert.True(jobs.Request(JobKind.Rescoring, null, "schedule", At.AddDays(1)).IsNew);
        Assert.Equal(4, jobs.List().Count);
        Assert.Equal(3, jobs.Unfinished().Count);
    }

    [Fact]
    public async Task Askers_at_the_same_moment_get_the_same_job()
    {
        await using var test = await Fresh();
        var jobs = new JobStore(test.Database);
        var answers = await AtOnce.Run(4, i => jobs.Request(JobKind.Rescoring, null, $"scheduler {i}", At));
        Assert.Single(answers.Select(a => a.Job.Id).Distinct());
        Assert.Single(answers, a => a.IsNew);
    }

    [Fact]
    public async Task A_record_tells_the_job_s_life()
    {
        await using var test = await Fresh();
        var jobs = new JobStore(test.Database);
        var id = jobs.Request(JobKind.Rescoring, Day, "ann", At).Job.Id;
        Assert.True(jobs.Begin(id, At.AddSeconds(1)));
        Assert.True(jobs.Plan(id, 7, At.AddSeconds(2)));
        Assert.True(jobs.Report(id, "Scoring", 0.5, At.AddSeconds(3)));
        Assert.True(jobs.Note(id, "the database went away", At.AddSeconds(4)));
        Assert.True(jobs.Begin(id, At.AddSeconds(5)));
        Assert.Equal(new JobRecord
        {
            Id = id, Kind = JobKind.Rescoring, AsOf = Day, Status = JobStatus.Running, RequestedBy = "ann", RequestedAt = At, StartedAt = At.AddSeconds(1), UpdatedAt = At.AddSeconds(5),
            Step = "Scoring", Share = 0.5, RescoringRunId = 7, Fault = "the database went away",
        }, jobs.Find(id));
        Assert.True(jobs.Succeed(id, "{\"scores\":3}", At.AddSeconds(6)));
        var ended = jobs.Find(id)!;
        Assert.Equal((JobStatus.Succeeded, 1.0, null, "{\"scores\":3}", At.AddSeconds(6)), (ended.Status, ended.Share, ended.Fault, ended.Result, ended.FinishedAt));
        Assert.False(jobs.Begin(id, At) || jobs.Report(id, "again", 0, At) || jobs.Fail(id, "late", At) || jobs.Cancel(id, At) || jobs.RequestCancel(id) || jobs.Succeed(id, "{}", At));
        Assert.Equal(ended, jobs.Find(id));
        Assert.Null(jobs.LastSuccess(JobKind.Rescoring));
        jobs.Succeed(jobs.Request(JobKind.Rescoring, null, "schedule", At.AddDays(1)).Job.Id, "{}", At.AddDays(1));
        Assert.Equal(At.AddDays(1), jobs.LastSuccess(JobKind.Rescoring));
        Assert.Null(jobs.LastSuccess(JobKind.Training));
        Assert.Null(jobs.Find(id + 2));
    }

    [Fact]
    public async Task A_job_that_was_asked_to_stop_learns_of_it_at_its_next_report()
    {
        await using var test = await Fresh();
        var jobs = new JobStore(test.Database);
        var id = jobs.Request(JobKind.Training, null, "ann", At).Job.Id;
        jobs.Begin(id, At);
        Assert.True(jobs.Report(id, "Loading", null, At));
        Assert.True(jobs.RequestCancel(id));
        Assert.True(jobs.Find(id)!.IsCancelRequested);
        Assert.False(jobs.Report(id, "Training", 0.2, At));
        Assert.True(jobs.Cancel(id, At));
        Assert.Equal(JobStatus.Cancelled, jobs.Find(id)!.Status);
    }

    [Fact]
    public async Task Retention_keeps_active_jobs_and_the_last_success_of_each_kind()
    {
        await using var test = await Fresh();
        var jobs = new JobStore(test.Database);
        var old = jobs.Request(JobKind.Rescoring, null, "schedule", At).Job.Id;
        jobs.Succeed(old, "{}", At);
        var last = jobs.Request(JobKind.Rescoring, null, "schedule", At.AddDays(1)).Job.Id;
        jobs.Succeed(last, "{}", At);
        var active = jobs.Request(JobKind.Training, null, "schedule", At).Job.Id;
        Assert.Equal(1, jobs.RemoveBefore(At.AddDays(2), TestContext.Current.CancellationToken));
        Assert.Equal([active, last], jobs.List().Select(j => j.Id));
    }

    [Fact]
    public async Task A_lease_has_one_holder_until_it_lapses()
    {
        await using var test = await Fresh();
        var leases = new LeaseStore(test.Database);
        var minute = TimeSpan.FromMinutes(1);
        var lease = leases.Take("training", "a", minute)!;
        Assert.Null(leases.Take("training", "b", minute));
        Assert.Null(leases.Take("training", "a", minute));
        Assert.NotNull(leases.Take("publishing", "b", minute));
        Assert.True(leases.Renew(lease, TimeSpan.FromMilliseconds(1)));
        await Task.Delay(30, TestContext.Current.CancellationToken);
        var next = leases.Take("training", "b", minute)!;
        Assert.Equal(2, next.Taking);
        Assert.False(leases.Renew(lease, minute));
        leases.Release(lease);
        Assert.Null(leases.Take("training", "c", minute));
        leases.Release(next);
        Assert.Equal(3, leases.Take("training", "a", minute)!.Taking);
    }

    [Fact]
    public async Task Of_many_who_reach_for_a_lease_one_gets_it()
    {
        await using var test = await Fresh();
        var leases = new LeaseStore(test.Database);
        var taken = await AtOnce.Run(4, i => leases.Take("training", $"process {i}", TimeSpan.FromMinutes(1)));
        Assert.Single(taken, lease => lease is not null);
    }
}

public sealed class SqliteJobTests : JobContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresJobTests(PostgresServer server) : JobContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
