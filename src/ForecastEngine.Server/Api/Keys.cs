using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>A key as it is shown: never its secret.</summary>
public sealed record KeyAnswer(string Id, string Name, IReadOnlyList<string> Scopes, string? TeamId, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt);

/// <summary>A new key, or a key with a new secret: the only time that it is told.</summary>
/// <param name="Key">What the caller sends as <c>Authorization: Bearer …</c>.</param>
/// <param name="Id">Its public part.</param>
/// <param name="PreviousUntil">Until when the secret before still opens; null where there was none.</param>
public sealed record SecretAnswer(string Key, string Id, DateTimeOffset? PreviousUntil = null);

/// <summary>A key that is wanted.</summary>
/// <param name="Name">What people call it, 1–200 characters.</param>
/// <param name="Scopes">Of <c>scores:read</c>, <c>data:write</c>, <c>models:manage</c>, <c>admin</c>; a key of a team has the first two at most.</param>
/// <param name="TeamId">The team whose subtree it sees; null for all.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
public sealed record KeyRequest(string? Name, IReadOnlyList<string?>? Scopes, string? TeamId = null, DateTimeOffset? ExpiresAt = null);

/// <summary>How a key is rotated.</summary>
/// <param name="GraceMinutes">How long the secret before still opens, 0 to 43,200 (30 days).</param>
public sealed record RotationRequest(int GraceMinutes = 60);

/// <summary>The keys of the server.</summary>
public static class Keys
{
    /// <summary>Maps /keys.</summary>
    public static RouteGroupBuilder MapKeys(this RouteGroupBuilder v1)
    {
        var keys = v1.MapGroup("/keys").WithTags("Keys").RequireAuthorization(Scopes.Admin, Scopes.WholeCompany);
        keys.MapGet("", List).WithName("ListKeys").WithSummary("All keys, revoked ones included");
        keys.MapPost("", Create).WithName("CreateKey").WithSummary("A new key; its text is told this once").ProducesProblem(StatusCodes.Status400BadRequest);
        keys.MapPost("/{id}/rotate", Rotate).WithName("RotateKey").WithSummary("Another secret for a key").ProducesProblem(StatusCodes.Status404NotFound);
        keys.MapDelete("/{id}", Revoke).WithName("RevokeKey").WithSummary("Ends a key, within seconds in every process").ProducesProblem(StatusCodes.Status404NotFound);
        return v1;
    }

    private static Ok<IReadOnlyList<KeyAnswer>> List(Workspace workspace, KeyRing ring) => TypedResults.Ok<IReadOnlyList<KeyAnswer>>([.. workspace.Keys.List().Select(k =>
        new KeyAnswer(k.Id, k.Name, k.Scopes.Split(' '), k.TeamId, k.CreatedAt, k.CreatedBy, k.ExpiresAt, k.RevokedAt, Later(k.LastUsedAt, ring.UsedAt(k.Id))))]);

    private static Results<Created<SecretAnswer>, ProblemHttpResult> Create(KeyRequest request, HttpContext context, Workspace workspace, TimeProvider clock, AuditTrail audit)
    {
        var scopes = request.Scopes?.Distinct().ToList() ?? [];
        if (request.Name is not { Length: >= 1 and <= 200 } name || string.IsNullOrWhiteSpace(name)) return Problems.Invalid("name: found none or an overlong one; expected 1 to 200 characters.");
        if (scopes.Count == 0 || scopes.Any(s => s is null || !Scopes.All.Contains(s))) return Problems.Invalid($"scopes: found none or an unknown one; expected some of {string.Join(", ", Scopes.All)}.");
        if (request.ExpiresAt <= clock.GetUtcNow()) return Problems.Invalid("expiresAt: found a time that has passed; expected a later one.");
        if (request.TeamId is { } team)
        {
            if (scopes.Any(s => s is Scopes.Admin or Scopes.ModelsManage)) return Problems.Invalid($"scopes: found {Scopes.Admin} or {Scopes.ModelsManage} for a key of a team; expected {Scopes.ScoresRead} and {Scopes.DataWrite} at most, since the others reach the whole company.");
            if (!workspace.History.Teams().Any(t => t.Id == team)) return Problems.Invalid("teamId: found a team that the CRM does not have; expected one of its teams.");
        }
        var key = NewKeys.Compose(name, [.. scopes.OfType<string>()], request.TeamId, request.ExpiresAt, context.User.KeyId()!, clock.GetUtcNow());
        workspace.Keys.Add(key.Key);
        audit.Add(context, "key.create", key.Key.Id, new { name, scopes = key.Key.Scopes, teamId = request.TeamId, expiresAt = request.ExpiresAt });
        return TypedResults.Created($"/api/v1/keys/{key.Key.Id}", new SecretAnswer(key.Text, key.Key.Id));
    }

    private static Results<Ok<SecretAnswer>, ProblemHttpResult> Rotate(string id, HttpContext context, Workspace workspace, KeyRing ring, TimeProvider clock, AuditTrail audit, RotationRequest? request = null)
    {
        var grace = request?.GraceMinutes ?? 60;
        if (grace is < 0 or > 43_200) return Problems.Invalid($"graceMinutes: found {grace}; expected 0 to 43200.");
        var secret = KeySecret.NewSecret();
        if (workspace.Keys.Rotate(id, KeySecret.Hash(secret), clock.GetUtcNow().AddMinutes(grace)) is not { } key) return NotFound();
        ring.Forget(id);
        audit.Add(context, "key.rotate", id, new { graceMinutes = grace });
        return TypedResults.Ok(new SecretAnswer(KeySecret.Text(id, secret), id, key.PreviousUntil));
    }

    private static Results<NoContent, ProblemHttpResult> Revoke(string id, HttpContext context, Workspace workspace, KeyRing ring, TimeProvider clock, AuditTrail audit)
    {
        if (!workspace.Keys.Revoke(id, clock.GetUtcNow())) return NotFound();
        ring.Forget(id);
        audit.Add(context, "key.revoke", id);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound("Key: found none of this id in force; expected one that is listed.");

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;
}
