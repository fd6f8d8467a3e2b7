using System.Security.Cryptography;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Server.Webhooks;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ForecastEngine.Server.Api;

/// <summary>An endpoint that is wanted.</summary>
/// <param name="Url">Where messages are posted: https, a public address unless the server is set otherwise.</param>
/// <param name="Types">Of <c>score.moved</c> and <c>forecast.changed</c>; both unless given.</param>
/// <param name="TeamId">The team whose subtree it hears of; null for everything.</param>
/// <param name="LeastMove">Least change of a win probability that is told, 0–1.</param>
/// <param name="LeastChange">Least change of a forecast that is told, as a share of it, 0–10.</param>
/// <param name="Description">For people, at most 500 characters.</param>
/// <param name="IsEnabled">False to keep it without sending.</param>
public sealed record WebhookRequest(string? Url, IReadOnlyList<string?>? Types = null, string? TeamId = null, double LeastMove = 0.10, double LeastChange = 0.05, string? Description = null, bool IsEnabled = true);

/// <summary>An endpoint as it is shown: never its secret.</summary>
public sealed record WebhookAnswer(string Id, string Url, IReadOnlyList<string> Types, string? TeamId, double LeastMove, double LeastChange, string? Description, bool IsEnabled, string? Fault, DateTimeOffset CreatedAt, DateTimeOffset? PreviousSecretUntil);

/// <summary>An endpoint and its secret: the only time that it is told.</summary>
/// <param name="Webhook">The endpoint.</param>
/// <param name="Secret">What its messages are signed with, <c>whsec_…</c>.</param>
public sealed record WebhookSecretAnswer(WebhookAnswer Webhook, string Secret);

/// <summary>A message to an endpoint.</summary>
/// <param name="Id">Number.</param>
/// <param name="WebhookId">The endpoint.</param>
/// <param name="MessageId">The header <c>webhook-id</c>.</param>
/// <param name="Type">Type of the message.</param>
/// <param name="Status"><c>pending</c>, <c>delivered</c> or <c>dead</c>.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="DueAt">When the next one is due; null when there is none.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SentAt">When it was delivered.</param>
/// <param name="LastStatus">HTTP status of the last attempt.</param>
/// <param name="LastFault">What went wrong at it.</param>
/// <param name="Body">What is sent.</param>
public sealed record DeliveryAnswer(long Id, string WebhookId, string MessageId, string Type, DeliveryStatus Status, int Attempts, DateTimeOffset? DueAt, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, int? LastStatus, string? LastFault, string Body)
{
    /// <summary>As the API writes it.</summary>
    public static DeliveryAnswer Of(WebhookDelivery d) => new(d.Id, d.EndpointId, d.MessageId, d.Type, d.Status, d.Attempts, d.Status == DeliveryStatus.Pending ? d.DueAt : null, d.CreatedAt, d.SentAt, d.LastStatus, d.LastFault, d.Body);
}

/// <summary>Who is told of changes, and what became of the messages.</summary>
public static class WebhooksApi
{
    private static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    /// <summary>Maps /webhooks.</summary>
    public static RouteGroupBuilder MapWebhooks(this RouteGroupBuilder v1)
    {
        var webhooks = v1.MapGroup("/webhooks").WithTags("Webhooks").RequireAuthorization(Scopes.Admin, Scopes.WholeCompany);
        webhooks.MapGet("", List).WithName("ListWebhooks").WithSummary("All endpoints");
        webhooks.MapPost("", Create).WithName("CreateWebhook").WithSummary("A new endpoint; its secret is told this once").ProducesProblem(StatusCodes.Status400BadRequest)
            .WithDescription("Messages follow the Standard Webhooks specification: headers webhook-id, webhook-timestamp and webhook-signature. Any answer but 2xx is tried again with growing delays, then kept as a dead letter; 410 switches the endpoint off.");
        webhooks.MapGet("/{id}", Get).WithName("GetWebhook").WithSummary("An endpoint").ProducesProblem(StatusCodes.Status404NotFound);
        webhooks.MapPut("/{id}", Change).WithName("ChangeWebhook").WithSummary("Changes an endpoint").ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        webhooks.MapDelete("/{id}", Remove).WithName("RemoveWebhook").WithSummary("Removes an endpoint with its messages").ProducesProblem(StatusCodes.Status404NotFound);
        webhooks.MapPost("/{id}/rotate", Rotate).WithName("RotateWebhookSecret").WithSummary("Another secret; for a day messages are signed with both").ProducesProblem(StatusCodes.Status404NotFound);
        webhooks.MapPost("/{id}/test", Test).WithName("TestWebhook").WithSummary("Sends it a message to try it").ProducesProblem(StatusCodes.Status404NotFound);
        webhooks.MapGet("/deliveries", Deliveries).WithName("ListDeliveries").WithSummary("Messages, newest first; dead letters with status=dead").ProducesProblem(StatusCodes.Status400BadRequest);
        webhooks.MapPost("/deliveries/{number:long}/retry", Retry).WithName("RetryDelivery").WithSummary("Sends a message again from its first attempt").ProducesProblem(StatusCodes.Status404NotFound);
        return v1;
    }

    private static Ok<IReadOnlyList<WebhookAnswer>> List(Workspace workspace) => TypedResults.Ok<IReadOnlyList<WebhookAnswer>>([.. workspace.Webhooks.Endpoints().Select(Answer)]);

    private static Results<Ok<WebhookAnswer>, ProblemHttpResult> Get(string id, Workspace workspace) => workspace.Webhooks.Find(id) is { } endpoint ? TypedResults.Ok(Answer(endpoint)) : NotFound();

    private static Results<Created<WebhookSecretAnswer>, ProblemHttpResult> Create(WebhookRequest request, HttpContext context, Workspace workspace, TargetGuard guard, AuditTrail audit)
    {
        if (FaultOf(request, workspace, guard) is { } fault) return Problems.Invalid(fault);
        var endpoint = Composed(request, new WebhookEndpoint
        {
            Id = "wh_" + RandomNumberGenerator.GetHexString(16, lowercase: true), Url = "", Types = "", Secret = WebhookSignature.NewSecret(), CreatedAt = workspace.Clock.GetUtcNow(),
        });
        workspace.Webhooks.Put(endpoint);
        audit.Add(context, "webhook.create", endpoint.Id, Answer(endpoint));
        return TypedResults.Created($"/api/v1/webhooks/{endpoint.Id}", new WebhookSecretAnswer(Answer(endpoint), endpoint.Secret));
    }

    private static Results<Ok<WebhookAnswer>, ProblemHttpResult> Change(string id, WebhookRequest request, HttpContext context, Workspace workspace, TargetGuard guard, AuditTrail audit)
    {
        if (workspace.Webhooks.Find(id) is not { } endpoint) return NotFound();
        if (FaultOf(request, workspace, guard) is { } fault) return Problems.Invalid(fault);
        var changed = Composed(request, endpoint) with { Fault = null };
        workspace.Webhooks.Put(changed);
        audit.Add(context, "webhook.change", id, Answer(changed));
        return TypedResults.Ok(Answer(changed));
    }

    private static Results<NoContent, ProblemHttpResult> Remove(string id, HttpContext context, Workspace workspace, AuditTrail audit)
    {
        if (!workspace.Webhooks.Remove(id)) return NotFound();
        audit.Add(context, "webhook.remove", id);
        return TypedResults.NoContent();
    }

    private static Results<Ok<WebhookSecretAnswer>, ProblemHttpResult> Rotate(string id, HttpContext context, Workspace workspace, AuditTrail audit)
    {
        if (workspace.Webhooks.Find(id) is not { } endpoint) return NotFound();
        var rotated = endpoint with { Secret = WebhookSignature.NewSecret(), PreviousSecret = endpoint.Secret, PreviousSecretUntil = workspace.Clock.GetUtcNow() + Grace };
        workspace.Webhooks.Put(rotated);
        audit.Add(context, "webhook.rotate", id);
        return TypedResults.Ok(new WebhookSecretAnswer(Answer(rotated), rotated.Secret));
    }

    private static Results<Accepted, ProblemHttpResult> Test(string id, Workspace workspace, WebhookSending sending)
    {
        if (workspace.Webhooks.Find(id) is not { } endpoint) return NotFound();
        workspace.Webhooks.Add([WebhookMessages.OfTest(endpoint, workspace.Clock.GetUtcNow())]);
        sending.Wake();
        return TypedResults.Accepted($"/api/v1/webhooks/deliveries?webhookId={id}");
    }

    private static Results<Ok<IReadOnlyList<DeliveryAnswer>>, ProblemHttpResult> Deliveries(Workspace workspace, [FromQuery] string? webhookId, [FromQuery] string? status, [FromQuery] int take = 100)
    {
        if (take is < 1 or > 1000) return Problems.Invalid($"take: found {take}; expected 1 to 1000.");
        DeliveryStatus? wanted = status switch { null => null, "pending" => DeliveryStatus.Pending, "delivered" => DeliveryStatus.Delivered, "dead" => DeliveryStatus.Dead, _ => (DeliveryStatus)(-1) };
        if (wanted == (DeliveryStatus)(-1)) return Problems.Invalid("status: found an unknown one; expected pending, delivered or dead.");
        if (webhookId is { Length: > 100 } || webhookId?.Contains('\0') == true) return NotFound();
        return TypedResults.Ok<IReadOnlyList<DeliveryAnswer>>([.. workspace.Webhooks.Deliveries(webhookId, wanted, take).Select(DeliveryAnswer.Of)]);
    }

    private static Results<Accepted, ProblemHttpResult> Retry(long number, HttpContext context, Workspace workspace, WebhookSending sending, AuditTrail audit)
    {
        if (workspace.Webhooks.Revive(number, workspace.Clock.GetUtcNow()) is not { } delivery) return Problems.NotFound("Delivery: found none of this number; expected one that is listed.");
        audit.Add(context, "webhook.retry", delivery.MessageId);
        sending.Wake();
        return TypedResults.Accepted($"/api/v1/webhooks/deliveries?webhookId={delivery.EndpointId}");
    }

    private static string? FaultOf(WebhookRequest request, Workspace workspace, TargetGuard guard) =>
        guard.FaultOf(request.Url) is { } url ? url
        : request.Types is { } types && (types.Count == 0 || types.Any(t => t is null || !WebhookMessages.Types.Contains(t))) ? $"types: found none or an unknown one; expected some of {string.Join(", ", WebhookMessages.Types)}."
        : !(request.LeastMove is >= 0 and <= 1) ? "leastMove: found a value out of range; expected 0 to 1."
        : !(request.LeastChange is >= 0 and <= 10) ? "leastChange: found a value out of range; expected 0 to 10."
        : request.Description is { Length: > 500 } || request.Description?.Contains('\0') == true ? "description: found an overlong text or one with a NUL; expected at most 500 characters."
        : request.TeamId is { } team && !workspace.History.Teams().Any(t => t.Id == team) ? "teamId: found a team that the CRM does not have; expected one of its teams."
        : null;

    private static WebhookEndpoint Composed(WebhookRequest request, WebhookEndpoint endpoint) => endpoint with
    {
        Url = request.Url!, Types = string.Join(' ', WebhookMessages.Types.Where(t => request.Types?.Contains(t) ?? true)), TeamId = request.TeamId,
        LeastMove = request.LeastMove, LeastChange = request.LeastChange, Description = request.Description, IsEnabled = request.IsEnabled,
    };

    private static WebhookAnswer Answer(WebhookEndpoint e) => new(e.Id, e.Url, e.Types.Split(' '), e.TeamId, e.LeastMove, e.LeastChange, e.Description, e.IsEnabled, e.Fault, e.CreatedAt, e.PreviousSecretUntil);

    private static ProblemHttpResult NotFound() => Problems.NotFound("Webhook: found none of this id; expected one that is listed.");
}
