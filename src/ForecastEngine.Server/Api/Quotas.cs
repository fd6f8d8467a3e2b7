using System.ComponentModel;
using ForecastEngine.Crm;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>What a team, a person, a sales pipeline or, without any, the company is to win in a period.</summary>
/// <param name="TeamId">The team; null for a quota of another part or the company's.</param>
/// <param name="OwnerId">The person; null for a quota of another part or the company's.</param>
/// <param name="From">First day.</param>
/// <param name="Until">Last day.</param>
/// <param name="Amount">In the currency of the history.</param>
/// <param name="Pipeline">The sales pipeline; null for a quota of another part or the company's.</param>
public sealed record QuotaAnswer(
    string? TeamId, string? OwnerId, DateOnly From, DateOnly Until, decimal Amount, string? Pipeline = null);

/// <summary>Quotas to be set.</summary>
/// <param name="Quotas">At most 10,000; one of the same part and period is replaced.</param>
public sealed record QuotaRequest(IReadOnlyList<QuotaAnswer?>? Quotas);

/// <summary>How many quotas were set.</summary>
public sealed record QuotaResult(int Set);

/// <summary>Quotas of teams, people, sales pipelines and the company.</summary>
public static class Quotas
{
    private const int MaxQuotas = 10_000;
    private const decimal MaxAmount = 1_000_000_000_000_000m;

    /// <summary>Maps /quotas.</summary>
    public static RouteGroupBuilder MapQuotas(this RouteGroupBuilder v1)
    {
        var quotas = v1.MapGroup("/quotas").WithTags("Quotas");
        quotas.MapGet("", List).RequireAuthorization(Scopes.ScoresRead).WithName("ListQuotas").WithSummary("Quotas, by period");
        quotas.MapPut("", Put).RequireAuthorization(Scopes.DataWrite).WithName("PutQuotas").WithSummary("Sets quotas")
            .WithDescription("They count from the next rescoring run on. All or none is set. 503 with `Retry-After` while an import is being written.").ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return v1;
    }

    private static Ok<IReadOnlyList<QuotaAnswer>> List(HttpContext context, Workspace workspace, TeamScopes teams, [Description("Only quotas of periods that end on or after this day.")] DateOnly? from = null,
        [Description("Only quotas of periods that begin on or before this day.")] DateOnly? until = null)
    {
        var scope = teams.Of(context);
        return TypedResults.Ok<IReadOnlyList<QuotaAnswer>>([.. workspace.History.Quotas()
            .Where(q => (from is null || q.Until >= from) && (until is null || q.From <= until) && Sees(scope, teams, q.TeamId, q.OwnerId))
            .OrderBy(q => q.From).ThenBy(q => q.Until).ThenBy(q => q.TeamId, StringComparer.Ordinal).ThenBy(q => q.OwnerId, StringComparer.Ordinal)
            .ThenBy(q => q.Pipeline, StringComparer.Ordinal)
            .Select(q => new QuotaAnswer(q.TeamId, q.OwnerId, q.From, q.Until, q.Amount, q.Pipeline))]);
    }

    private static async Task<Results<Ok<QuotaResult>, ProblemHttpResult>> Put(QuotaRequest request, HttpContext context, Workspace workspace, TeamScopes teams, AuditTrail audit, HistoryGate gate, CancellationToken cancellation)
    {
        if (request.Quotas is not { Count: > 0 and <= MaxQuotas } asked) return Problems.Invalid($"quotas: found none or too many; expected 1 to {MaxQuotas}.");
        var (knownTeams, knownOwners) = (workspace.History.Teams().Select(t => t.Id).ToHashSet(StringComparer.Ordinal), workspace.History.SalesReps().Select(r => r.Id).ToHashSet(StringComparer.Ordinal));
        var knownPipelines = workspace.History.Pipelines().Where(p => p.IsRevenue).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var scope = teams.Of(context);
        for (var i = 0; i < asked.Count; i++)
        {
            if (asked[i] is not { } quota) return Problems.Invalid($"quotas[{i}]: found null; expected a quota.");
            if (((string?[])[quota.TeamId, quota.OwnerId, quota.Pipeline]).Count(part => part is not null) > 1)
                return Problems.Invalid($"quotas[{i}]: found more than one of team, person and pipeline; expected one of them, or none for the company.");
            if (quota.Pipeline is { } pipeline && !knownPipelines.Contains(pipeline)) return Problems.NotFound($"quotas[{i}]: found no such pipeline; expected one of the CRM's.");
            if (quota.From > quota.Until) return Problems.Invalid($"quotas[{i}]: found a period that ends before it begins; expected from on or before until.");
            if (quota.Amount is < 0 or > MaxAmount) return Problems.Invalid($"quotas[{i}].amount: found {quota.Amount}; expected 0 to {MaxAmount:0}.");
            var isKnown = quota.TeamId is { } team ? knownTeams.Contains(team) : quota.OwnerId is not { } owner || knownOwners.Contains(owner);
            if (!isKnown || !Sees(scope, teams, quota.TeamId, quota.OwnerId)) return Problems.NotFound($"quotas[{i}]: found no such team or person that this key may see; expected one of the CRM's.");
        }
        return await gate.Through<Results<Ok<QuotaResult>, ProblemHttpResult>>(() =>
        {
            SetQuotas.Run(workspace, [.. asked.OfType<QuotaAnswer>().Select(q => new SetQuota(q.TeamId, q.OwnerId, q.From, q.Until, q.Amount, q.Pipeline))], gate.Patience, cancellation);
            audit.Add(context, "quotas.set", $"{asked.Count}", new { quotas = asked.Take(20) });
            return TypedResults.Ok(new QuotaResult(asked.Count));
        }, cancellation);
    }

    // The company's quota is seen by who sees the company.
    private static bool Sees(TeamScope scope, TeamScopes teams, string? teamId, string? ownerId) => scope.SeesAll
        || (teamId is not null ? scope.Sees(teamId) : ownerId is not null && scope.Sees(teams.TeamOf(ownerId)));
}
