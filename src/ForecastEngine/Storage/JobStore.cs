using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>
/// The journal of background jobs: one record per job, however many processes and attempts it takes. At most one job of a
/// kind and as-of date is active; asking for it again answers that one. An ended job never changes again.
/// </summary>
public sealed class JobStore(ForecastDatabase database)
{
    private const string Active = "status IN ('Queued', 'Running')";

    /// <summary>Asks for a job.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="asOf">Last day whose events it may know; null for the day of the newest export.</param>
    /// <param name="requestedBy">Who asks.</param>
    /// <param name="at">When.</param>
    /// <returns>The job, and true when it is new; false when one like it was active already.</returns>
    public (JobRecord Job, bool IsNew) Request(JobKind kind, DateOnly? asOf, string requestedBy, DateTimeOffset at)
    {
        using var session = database.BeginWrite(WritePurpose.Jobs);
        var active = session.Db.GetTable<JobRecord>().Where(j => j.Kind == kind && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running)).ToList().Find(j => j.AsOf == asOf);
        if (active is not null) return (active, false);
        var job = new JobRecord { Kind = kind, AsOf = asOf, RequestedBy = requestedBy, RequestedAt = at, UpdatedAt = at };
        var id = session.Db.InsertWithInt64Identity(job);
        session.Commit();
        return (job with { Id = id }, true);
    }

    /// <summary>A job; null when there is none of this number.</summary>
    public JobRecord? Find(long id)
    {
        using var session = database.BeginRead();
        return session.Db.GetTable<JobRecord>().FirstOrDefault(j => j.Id == id);
    }

    /// <summary>Jobs, newest first.</summary>
    /// <param name="kind">Of one kind; null for all.</param>
    /// <param name="before">Only those with a smaller number; null from the newest.</param>
    /// <param name="take">At most so many.</param>
    public IReadOnlyList<JobRecord> List(JobKind? kind = null, long? before = null, int take = 100)
    {
        using var session = database.BeginRead();
        IQueryable<JobRecord> jobs = session.Db.GetTable<JobRecord>();
        if (kind is { } one) jobs = jobs.Where(j => j.Kind == one);
        if (before is { } id) jobs = jobs.Where(j => j.Id < id);
        return [.. jobs.OrderByDescending(j => j.Id).Take(take)];
    }

    /// <summary>Jobs that wait or work, oldest first.</summary>
    public IReadOnlyList<JobRecord> Unfinished()
    {
        using var session = database.BeginRead();
        return [.. session.Db.GetTable<JobRecord>().Where(j => j.Status == JobStatus.Queued || j.Status == JobStatus.Running).OrderBy(j => j.Id)];
    }

    /// <summary>When the last job of a kind over the newest data that succeeded was asked for; null when none did.</summary>
    public DateTimeOffset? LastSuccess(JobKind kind)
    {
        using var session = database.BeginRead();
        return session.Db.GetTable<JobRecord>().Where(j => j.Kind == kind && j.Status == JobStatus.Succeeded && j.AsOf == null).OrderByDescending(j => j.RequestedAt).FirstOrDefault()?.RequestedAt;
    }

    /// <summary>Says that a process begins or goes on with a job. False when the job has ended.</summary>
    public bool Begin(long id, DateTimeOffset at) =>
        Change($"status = 'Running', started_at = coalesce(started_at, @at), updated_at = @at WHERE id = @id AND {Active}", ("id", id), ("at", At(at)));

    /// <summary>Says how far a job is: a sign of life as well. False when the job has ended or was asked to stop.</summary>
    public bool Report(long id, string step, double? share, DateTimeOffset at) =>
        Change($"step = @step, share = @share, updated_at = @at WHERE id = @id AND {Active} AND NOT is_cancel_requested", ("id", id), ("at", At(at)), ("step", step), ("share", share));

    /// <summary>Says which rescoring run a job writes.</summary>
    public bool Plan(long id, long rescoringRunId, DateTimeOffset at) =>
        Change($"rescoring_run_id = @run, updated_at = @at WHERE id = @id AND {Active}", ("id", id), ("at", At(at)), ("run", rescoringRunId));

    /// <summary>Gives a sign of life for a job that is handed out again.</summary>
    public bool Touch(long id, DateTimeOffset at) => Change($"updated_at = @at WHERE id = @id AND {Active}", ("id", id), ("at", At(at)));

    /// <summary>Notes what went wrong at an attempt; the job goes on to the next one.</summary>
    public bool Note(long id, string fault, DateTimeOffset at) =>
        Change($"fault = @fault, updated_at = @at WHERE id = @id AND {Active}", ("id", id), ("at", At(at)), ("fault", fault));

    /// <summary>Ends a job well. False when it had ended before.</summary>
    public bool Succeed(long id, string result, DateTimeOffset at) =>
        Change($"status = 'Succeeded', step = NULL, share = 1, fault = NULL, result = @result, finished_at = @at, updated_at = @at WHERE id = @id AND {Active}", ("id", id), ("at", At(at)), ("result", result));

    /// <summary>Gives a job up. False when it had ended before.</summary>
    public bool Fail(long id, string fault, DateTimeOffset at) =>
        Change($"status = 'Failed', fault = @fault, finished_at = @at, updated_at = @at WHERE id = @id AND {Active}", ("id", id), ("at", At(at)), ("fault", fault));

    /// <summary>Ends a job that was asked to stop. False when it had ended before.</summary>
    public bool Cancel(long id, DateTimeOffset at) =>
        Change($"status = 'Cancelled', finished_at = @at, updated_at = @at WHERE id = @id AND {Active}", ("id", id), ("at", At(at)));

    /// <summary>Asks a job to stop. False when it has ended.</summary>
    public bool RequestCancel(long id) => Change($"is_cancel_requested = {True} WHERE id = @id AND {Active}", ("id", id));

    /// <summary>Removes ended jobs that were asked for before <paramref name="at"/>, but the last success of each kind; tells how many.</summary>
    public long RemoveBefore(DateTimeOffset at, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.Jobs);
        var count = session.Execute($"DELETE FROM jobs WHERE requested_at < @at AND NOT {Active} AND id NOT IN (SELECT max(id) FROM jobs WHERE status = 'Succeeded' GROUP BY kind)", cancellation, ("at", At(at)));
        session.Commit();
        return count;
    }

    private string True => database.IsPostgreSql ? "true" : "1";

    private static long At(DateTimeOffset at) => StorageMapping.ToMicroseconds(at);

    // Single statements over one row by its key: the row's own lock is all they need.
    private bool Change(string assignments, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var session = database.BeginWrite(WritePurpose.Scores);
        var isChanged = session.Execute($"UPDATE jobs SET {assignments}", CancellationToken.None, parameters) == 1;
        session.Commit();
        return isChanged;
    }
}
