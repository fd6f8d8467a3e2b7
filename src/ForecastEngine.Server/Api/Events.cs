using System.Text.Json;
using ForecastEngine.Crm.Events;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Server.Webhooks;
using Microsoft.AspNetCore.Mvc;

namespace ForecastEngine.Server.Api;

/// <summary>What became of one event.</summary>
/// <param name="Id">The event's id; null where it has none that can be read.</param>
/// <param name="OpportunityId">The deal; null where it cannot be read.</param>
/// <param name="Result"><c>applied</c>, <c>unchanged</c> (it says what is known), <c>repeated</c> (sent before) or <c>rejected</c>.</param>
/// <param name="Code">Why it was rejected, for programs; null otherwise.</param>
/// <param name="Detail">Why it was rejected, in words.</param>
public sealed record EventAnswer(string? Id, string? OpportunityId, EventResultKind Result, string? Code, string? Detail);

/// <summary>What became of the events, in the order in which they were sent.</summary>
/// <param name="Applied">How many are in the history now; their deals get fresh scores within seconds.</param>
/// <param name="Unchanged">How many said what is known.</param>
/// <param name="Repeated">How many had been sent before.</param>
/// <param name="Rejected">How many were not taken.</param>
/// <param name="Results">Each of them.</param>
public sealed record EventsAnswer(int Applied, int Unchanged, int Repeated, int Rejected, IReadOnlyList<EventAnswer> Results);

/// <summary>Changes of opportunities that the CRM pushes, as CloudEvents 1.0.</summary>
public static class Events
{
    private const string Single = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";
    private const string Binary = "application/json";

    /// <summary>Maps /events.</summary>
    public static RouteGroupBuilder MapEvents(this RouteGroupBuilder v1)
    {
        v1.MapPost("/events", Take).WithTags("Data").RequireAuthorization(Scopes.DataWrite, Scopes.WholeCompany).WithName("PushEvents")
            .WithSummary("Changes of opportunities, pushed by the CRM")
            .WithDescription($"""
                CloudEvents 1.0, structured (`{Single}`), as a batch of up to {ApplyEvents.Most} (`{Batch}`), or binary (`{Binary}` with `ce-` headers).
                Types: `opportunity.created`, `opportunity.changed`, `opportunity.closed` (`outcome`: `won` or `lost`), `opportunity.activity`. The subject is the opportunity's id.
                An event counts once by its source and id. In a batch each event stands for itself: what is in order is taken, what is not is told.
                With the header `Idempotency-Key` a repeated request gets the answer of the first one that was done; a problem is not kept, the request may be made again.
                503 with `Retry-After` while an import is being written.
                """)
            .Accepts<JsonElement>(Single, Batch, Binary)
            .Produces<EventsAnswer>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType).ProducesProblem(StatusCodes.Status422UnprocessableEntity).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return v1;
    }

    private static async Task<IResult> Take(HttpContext context, Workspace workspace, EventScoring scoring, RepeatedRequests repeated, HistoryGate gate, CancellationToken cancellation)
    {
        var kind = context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (kind is not (Single or Batch or Binary)) return Problems.Of(StatusCodes.Status415UnsupportedMediaType, ProblemCode.UnknownMediaType, $"Content-Type: found {Shown(kind)}; expected {Single}, {Batch}, or {Binary} with ce- headers.");
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, cancellation);
        return await gate.Through(() => repeated.Once(context, body.GetBuffer().AsMemory(0, (int)body.Length), gate.Patience, () => Apply(context, kind, body, workspace, scoring, gate.Patience, cancellation)), cancellation);
    }

    private static IResult Apply(HttpContext context, string kind, MemoryStream body, Workspace workspace, EventScoring scoring, TimeSpan patience, CancellationToken cancellation)
    {
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), new JsonDocumentOptions { MaxDepth = 16 });
        }
        catch (JsonException fault)
        {
            return Problems.Invalid($"body: found JSON that cannot be read (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine}); expected events as JSON of at most 16 levels.");
        }
        using (json)
        {
            var root = json.RootElement;
            if (kind == Batch && root.ValueKind != JsonValueKind.Array) return Problems.Invalid("body: found no list; expected a JSON array of events.");
            if (kind == Batch && root.GetArrayLength() > ApplyEvents.Most) return Problems.Invalid($"body: found {root.GetArrayLength()} events; expected at most {ApplyEvents.Most}. Send them in several requests.");
            var headers = context.Request.Headers;
            Func<CloudEvent>[] events = kind switch
            {
                Batch => [.. root.EnumerateArray().Select(one => (Func<CloudEvent>)(() => CloudEvent.FromJson(one)))],
                Single => [() => CloudEvent.FromJson(root)],
                _ => [() => CloudEvent.From(Header(headers, "ce-specversion"), Header(headers, "ce-id"), Header(headers, "ce-source"), Header(headers, "ce-type"), Header(headers, "ce-time"), Header(headers, "ce-subject"), root)],
            };
            if (workspace.History.Imports(1).Count == 0) return Problems.Conflict("Events: found no history; expected an import before the first event, which tells stages and currency. Import an export of the CRM first.");
            var result = ApplyEvents.Run(workspace, events, patience, cancellation);
            if (result.Touched.Count > 0) scoring.Wake();
            if (kind != Batch && result.Results[0].Fault is { } fault) return Problems.Of(StatusCodes.Status422UnprocessableEntity, fault.Code, fault.Message);
            return TypedResults.Ok(new EventsAnswer(Count(EventResultKind.Applied), Count(EventResultKind.Unchanged), Count(EventResultKind.Repeated), Count(EventResultKind.Rejected),
                [.. result.Results.Select(r => new EventAnswer(r.Id, r.OpportunityId, r.Kind, r.Fault?.Code, r.Fault?.Message))]));

            int Count(EventResultKind one) => result.Results.Count(r => r.Kind == one);
        }
    }

    // Header values are percent-encoded where they leave printable ASCII: CloudEvents HTTP binding 3.1.3.2.
    private static string? Header(IHeaderDictionary headers, string name) => headers.TryGetValue(name, out var value) && value.Count == 1 ? Uri.UnescapeDataString(value[0]!) : null;

    private static string Shown(string? text) => text is null or "" ? "none" : text.Length > 60 ? text[..60] + "…" : text;
}
