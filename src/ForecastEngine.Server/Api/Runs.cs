using System.Globalization;
using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Server.Security;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ForecastEngine.Server.Api;

/// <summary>Background runs: start one, see how far it is, stop it. They concern the company as a whole.</summary>
public static class Runs
{
    private const int MostListed = 500;

    /// <summary>Maps /runs.</summary>
    public static RouteGroupBuilder MapRuns(this RouteGroupBuilder v1)
    {
        var runs = v1.MapGroup("/runs").WithTags("Runs");
        runs.MapPost("", Start).RequireAuthorization(Scopes.ModelsManage, Scopes.WholeCompany).WithName("StartRun")
            .WithSummary("Starts a run").WithDescription("Rescoring, training, drift check or retention. While one like it waits or works, that one is answered: asking twice starts nothing twice.");
        runs.MapGet("", List).RequireAuthorization(Scopes.ScoresRead, Scopes.WholeCompany).WithName("ListRuns").WithSummary("Runs, newest first");
        runs.MapGet("/{id:long}", Get).RequireAuthorization(Scopes.ScoresRead, Scopes.WholeCompany).WithName("GetRun").WithSummary("How far a run is, and what became of it");
        runs.MapPost("/{id:long}/cancel", Cancel).RequireAuthorization(Scopes.ModelsManage, Scopes.WholeCompany).WithName("CancelRun")
            .WithSummary("Asks a run to stop").WithDescription("It stops within seconds; what was published before stays published.");
        return v1;
    }

    private static AcceptedAtRoute<RunAnswer> Start(StartRun asked, JobDesk desk, Workspace workspace, AuditTrail audit, HttpContext context)
    {
        if (asked.Kind is not { } kind || !Enum.IsDefined(kind)) throw ProblemException.Invalid("kind: found none; expected rescoring, training, driftCheck or retention.");
        if (asked.AsOf is { } date && kind == JobKind.Retention) throw ProblemException.Invalid($"asOf: found {date:yyyy-MM-dd}; expected none, since retention goes by its settings.");
        var job = desk.Request(kind, asked.AsOf, context.User.KeyId() is { } key ? $"key {key}" : "api");
        audit.Add(context, "run.start", job.Id.ToString(CultureInfo.InvariantCulture), new { kind = kind.ToString(), asked.AsOf });
        return TypedResults.AcceptedAtRoute(RunAnswer.Of(job, workspace), "GetRun", new { id = job.Id });
    }

    private static Ok<RunList> List(Workspace workspace, [FromQuery] string? kind, [FromQuery] long? before, [FromQuery] int? take)
    {
        if (take is < 1 or > MostListed) throw ProblemException.Invalid($"take: found {take}; expected 1 to {MostListed}.");
        return TypedResults.Ok(new RunList([.. workspace.Jobs.List(KindOf(kind), before, take ?? 50).Select(j => RunAnswer.Of(j, workspace))]));
    }

    private static JobKind? KindOf(string? text) => text is null ? null
        : Enum.GetValues<JobKind>().Select(kind => (JobKind?)kind).FirstOrDefault(kind => kind.ToString()!.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw ProblemException.Invalid("kind: found one that is not known; expected rescoring, training, driftCheck or retention.");

    private static Results<Ok<RunAnswer>, ProblemHttpResult> Get(long id, Workspace workspace) =>
        workspace.Jobs.Find(id) is { } job ? TypedResults.Ok(RunAnswer.Of(job, workspace)) : NoSuchRun(id);

    private static Results<AcceptedAtRoute<RunAnswer>, ProblemHttpResult> Cancel(long id, JobDesk desk, Workspace workspace, AuditTrail audit, HttpContext context)
    {
        if (desk.Cancel(id) is not { } job) return NoSuchRun(id);
        if (job is { IsActive: false, Status: not JobStatus.Cancelled }) return Problems.Conflict($"run {id}: found it {job.Status}; expected one that waits or works. Nothing was stopped.");
        audit.Add(context, "run.cancel", id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.AcceptedAtRoute(RunAnswer.Of(job, workspace), "GetRun", new { id });
    }

    private static ProblemHttpResult NoSuchRun(long id) => Problems.NotFound($"run {id}: found none of this number; expected one that GET runs lists.");
}

/// <summary>What to start.</summary>
/// <param name="Kind">Rescoring, training, drift check or retention.</param>
/// <param name="AsOf">Last day whose events may be known; the day of the newest export unless given.</param>
public sealed record StartRun(JobKind? Kind, DateOnly? AsOf = null);

/// <summary>Runs, newest first.</summary>
/// <param name="Runs">The runs.</param>
public sealed record RunList(IReadOnlyList<RunAnswer> Runs);

/// <summary>A background run.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind">What it does.</param>
/// <param name="AsOf">Last day whose events it may know; null for the day of the newest export.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="RequestedBy">Who asked.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="StartedAt">When it was first begun.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Step">What it is doing, in words.</param>
/// <param name="Progress">Share of it done, 0–1; null when unknown.</param>
/// <param name="Parts">Parts of a rescoring that is being written.</param>
/// <param name="PartsDone">Those of them that are scored.</param>
/// <param name="IsCancelRequested">True when it was asked to stop.</param>
/// <param name="Fault">What went wrong last.</param>
/// <param name="Result">What it made or found.</param>
public sealed record RunAnswer(long Id, JobKind Kind, DateOnly? AsOf, JobStatus Status, string RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    string? Step, double? Progress, int? Parts, int? PartsDone, bool IsCancelRequested, string? Fault, JsonElement? Result)
{
    /// <summary>The answer about a job in the journal.</summary>
    internal static RunAnswer Of(JobRecord job, Workspace workspace)
    {
        var (parts, done) = Parted(job, workspace);
        return new RunAnswer(job.Id, job.Kind, job.AsOf, job.Status, job.RequestedBy, job.RequestedAt, job.StartedAt, job.FinishedAt, job.Step,
            parts > 0 ? (double)done!.Value / parts.Value : job.Share, parts, done, job.IsCancelRequested, job.Fault, job.Result is null ? null : JsonSerializer.Deserialize<JsonElement>(job.Result));
    }

    private static (int? Parts, int? Done) Parted(JobRecord job, Workspace workspace)
    {
        if (job.Status != JobStatus.Running || job.RescoringRunId is not { } id || workspace.Scores.Find(id) is not { Status: RunStatus.Running } run) return (null, null);
        return (run.Parts, run.Parts - workspace.Scores.MissingParts(id).Count);
    }
}
