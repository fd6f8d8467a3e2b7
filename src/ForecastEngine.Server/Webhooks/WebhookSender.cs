using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ForecastEngine.Operations;
using ForecastEngine.Server.Settings;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Webhooks;

/// <summary>
/// Sends the messages that are due. Any number of processes may do so: each claims what it sends, and a claim lapses with its
/// process. A message may arrive twice, never altered; its id tells.
/// </summary>
public sealed class WebhookSender(Workspace workspace, TargetGuard guard, WebhookSettings settings, ILogger<WebhookSender> log) : IDisposable
{
    /// <summary>How long after each failed attempt the next one follows; after the last the message is a dead letter.</summary>
    public static IReadOnlyList<TimeSpan> Delays { get; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14),
        TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    private const int AtOnce = 8;
    // What is claimed is sent in so many rounds: the claim must outlast them, or another process would send the same meanwhile.
    private const int Rounds = 2;
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(24);
    private readonly HttpClient _client = new(guard.Handler()) { Timeout = settings.Timeout, MaxResponseContentBufferSize = 4096 };

    /// <summary>Sends what is due now, and tells how many messages it tried.</summary>
    public async Task<int> SendDue(CancellationToken cancellation)
    {
        var tried = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var now = workspace.Clock.GetUtcNow();
            var due = workspace.Webhooks.Claim(now, now + Rounds * settings.Timeout + TimeSpan.FromMinutes(1), Rounds * AtOnce);
            if (due.Count == 0) break;
            tried += due.Count;
            var endpoints = workspace.Webhooks.Endpoints().ToDictionary(e => e.Id, StringComparer.Ordinal);
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (delivery, token) =>
            {
                if (endpoints.TryGetValue(delivery.EndpointId, out var endpoint)) await Send(endpoint, delivery, token);
            });
        }
        return tried;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task Send(WebhookEndpoint endpoint, WebhookDelivery delivery, CancellationToken cancellation)
    {
        var (status, fault, retryAfter) = await Post(endpoint, delivery, cancellation);
        var now = workspace.Clock.GetUtcNow();
        var tried = delivery with { Attempts = delivery.Attempts + 1, LastStatus = status, LastFault = fault };
        if (fault is null) tried = tried with { Status = DeliveryStatus.Delivered, SentAt = now };
        else if (tried.Attempts > Delays.Count) tried = tried with { Status = DeliveryStatus.Dead };
        else tried = tried with { DueAt = now + Wait(tried, retryAfter) };
        workspace.Webhooks.Settle(tried);
        if (status == (int)HttpStatusCode.Gone) workspace.Webhooks.SwitchOff(endpoint.Id, "It answered 410 Gone.");
        if (tried.Status == DeliveryStatus.Dead) log.LogWarning("Webhook {Endpoint}: message {Message} is given up after {Attempts} attempts ({Fault}).", endpoint.Id, delivery.MessageId, tried.Attempts, fault);
    }

    private async Task<(int? Status, string? Fault, TimeSpan? RetryAfter)> Post(WebhookEndpoint endpoint, WebhookDelivery delivery, CancellationToken cancellation)
    {
        var body = Encoding.UTF8.GetBytes(delivery.Body);
        var sentAt = workspace.Clock.GetUtcNow();
        if (guard.FaultOf(endpoint.Url) is { } closed) return (null, closed, null);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
            request.Headers.Add("webhook-id", delivery.MessageId);
            request.Headers.Add("webhook-timestamp", WebhookSignature.TimestampOf(sentAt));
            request.Headers.Add("webhook-signature", WebhookSignature.Of(endpoint, delivery.MessageId, sentAt, body));
            request.Headers.UserAgent.ParseAdd("ForecastEngine");
            // What an endpoint says beyond its status is not read: nobody is shown it.
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return ((int)answer.StatusCode, answer.IsSuccessStatusCode ? null : $"It answered {(int)answer.StatusCode}.",
                answer.Headers.RetryAfter is { } wait ? wait.Delta ?? wait.Date - sentAt : null);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or System.Net.Sockets.SocketException || fault is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return (null, fault is OperationCanceledException ? $"It did not answer within {settings.Timeout:c}." : $"It could not be reached: {Short(fault)}.", null);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // One message that cannot be sent must not keep the others.
            log.LogError(fault, "Webhook {Endpoint}: message {Message} could not be sent.", endpoint.Id, delivery.MessageId);
            return (null, "This is a defect in ForecastEngine; the log has it.", null);
        }
    }

    // A tenth more or less, the same for every attempt at the same message, so that many that failed together do not come back together.
    private static TimeSpan Wait(WebhookDelivery tried, TimeSpan? asked)
    {
        var own = Delays[tried.Attempts - 1] * (0.9 + 0.2 * CounterRandom.For(tried.Id, tried.Attempts).Uniform());
        return asked is { } wait && wait > own ? wait < LongestWait ? wait : LongestWait : own;
    }

    private static string Short(Exception fault) => (fault as HttpRequestException)?.HttpRequestError is { } kind and not HttpRequestError.Unknown ? kind.ToString() : fault.Message.Length > 200 ? fault.Message[..200] : fault.Message;
}
