using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>How a forecast changed from one run to the next.</summary>
/// <param name="Dimension">What the key names.</param>
/// <param name="Key">Which one; empty for the whole.</param>
/// <param name="TeamId">The team it belongs to; null for none.</param>
/// <param name="PeriodFrom">First day.</param>
/// <param name="PeriodUntil">Last day.</param>
/// <param name="From">Expected revenue before.</param>
/// <param name="To">Expected revenue now.</param>
public sealed record ForecastMove(string Dimension, string Key, string? TeamId, DateOnly PeriodFrom, DateOnly PeriodUntil, double From, double To)
{
    /// <summary>True when it changed by at least this share of what it was.</summary>
    public bool IsAtLeast(double share) => From != To && Math.Abs(To - From) >= share * Math.Abs(From);
}

/// <summary>
/// The messages to the endpoints of webhooks: which endpoint hears of what, and what it is sent. The id of a message follows
/// from what it tells, so that telling it twice stores it once.
/// </summary>
public static class WebhookMessages
{
    /// <summary>Type of the message that scores moved.</summary>
    public const string ScoreMoved = "score.moved";
    /// <summary>Type of the message that forecasts changed.</summary>
    public const string ForecastChanged = "forecast.changed";
    /// <summary>Type of the message that somebody sends to try an endpoint.</summary>
    public const string Test = "webhook.test";

    /// <summary>The types that an endpoint may ask for.</summary>
    public static IReadOnlyList<string> Types { get; } = [ScoreMoved, ForecastChanged];

    private const int MostPerMessage = 500;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Messages about moved scores.</summary>
    public static IEnumerable<WebhookDelivery> OfMoves(IReadOnlyList<WebhookEndpoint> endpoints, TeamTree teams, RescoringRun run, IReadOnlyList<ScoreMove> moves, DateTimeOffset at) =>
        from endpoint in endpoints
        where endpoint.Wants(ScoreMoved)
        from part in moves.Where(m => m.IsAtLeast(endpoint.LeastMove) && teams.IsWithin(m.TeamId, endpoint.TeamId)).Chunk(MostPerMessage)
        select Message(endpoint, ScoreMoved, at, new { RunId = run.Id, run.ModelVersion, Moves = part });

    /// <summary>Messages about changed forecasts.</summary>
    public static IEnumerable<WebhookDelivery> OfForecasts(IReadOnlyList<WebhookEndpoint> endpoints, TeamTree teams, RescoringRun run, IReadOnlyList<ForecastMove> moves, DateTimeOffset at) =>
        from endpoint in endpoints
        where endpoint.Wants(ForecastChanged)
        from part in moves.Where(m => m.IsAtLeast(endpoint.LeastChange) && teams.IsWithin(m.TeamId, endpoint.TeamId)).Chunk(MostPerMessage)
        select Message(endpoint, ForecastChanged, at, new { RunId = run.Id, run.ModelVersion, run.AsOf, Changes = part });

    /// <summary>A message to try an endpoint.</summary>
    public static WebhookDelivery OfTest(WebhookEndpoint endpoint, DateTimeOffset at) => Message(endpoint, Test, at, new { endpointId = endpoint.Id, askedAt = at });

    private static WebhookDelivery Message(WebhookEndpoint endpoint, string type, DateTimeOffset at, object data)
    {
        var body = JsonSerializer.Serialize(new { type, timestamp = at.UtcDateTime, data }, Json);
        // Without the time of telling: two processes that tell the same tell it once.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(endpoint.Id + "\n" + type + "\n" + JsonSerializer.Serialize(data, Json)));
        return new WebhookDelivery { EndpointId = endpoint.Id, MessageId = "msg_" + Convert.ToHexStringLower(hash.AsSpan(0, 16)), Type = type, Body = body, CreatedAt = at, DueAt = at };
    }
}
