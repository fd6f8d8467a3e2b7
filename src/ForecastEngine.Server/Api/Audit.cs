using System.ComponentModel;
using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>Who changed what.</summary>
public sealed record AuditAnswer(long Id, DateTimeOffset At, string Actor, string Action, string Subject, JsonElement Details);

/// <summary>The audit log.</summary>
public static class Audit
{
    /// <summary>Maps /audit.</summary>
    public static RouteGroupBuilder MapAudit(this RouteGroupBuilder v1)
    {
        v1.MapGet("/audit", Read).WithTags("Audit").RequireAuthorization(Scopes.Admin, Scopes.WholeCompany).WithName("GetAudit").WithSummary("Who changed what, last first")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        return v1;
    }

    private static Results<Ok<IReadOnlyList<AuditAnswer>>, ProblemHttpResult> Read(Workspace workspace, [Description("At most so many, 1–1000.")] int take = 100, [Description("Only entries with a smaller id.")] long? before = null)
    {
        if (take is < 1 or > 1000) return Problems.Invalid($"take: found {take}; expected 1 to 1000.");
        return TypedResults.Ok<IReadOnlyList<AuditAnswer>>([.. workspace.Audit.Read(take, before).Select(e =>
        {
            using var details = JsonDocument.Parse(e.Details);
            return new AuditAnswer(e.Id, e.At, e.Actor, e.Action, e.Subject, details.RootElement.Clone());
        })]);
    }
}
