using System.Net;
using ForecastEngine.Operations;
using ForecastEngine.Server.Settings;
using ForecastEngine.Server.Webhooks;
using ForecastEngine.Storage;
using ForecastEngine.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace ForecastEngine.Server.Tests.Webhooks;

/// <summary>Sending, against a real receiver, with a clock that the test turns.</summary>
public sealed class WebhookSenderTests : IAsyncLifetime
{
    private readonly TurnedClock _clock = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
    private WebhookReceiver _receiver = null!;
    private Workspace _workspace = null!;
    private WebhookSender _sender = null!;
    private WebhookEndpoint _endpoint = null!;

    public async ValueTask InitializeAsync()
    {
        _receiver = await WebhookReceiver.Start();
        _workspace = Workspace.Open(Directory.CreateTempSubdirectory("forecast-webhooks-").FullName, _clock);
        _sender = Sender(TimeSpan.FromSeconds(60));
        _endpoint = new WebhookEndpoint { Id = "a", Url = _receiver.Url, Types = "score.moved", Secret = WebhookSignature.NewSecret(), CreatedAt = _clock.GetUtcNow() };
        _workspace.Webhooks.Put(_endpoint);
        _workspace.Webhooks.Add([WebhookMessages.OfTest(_endpoint, _clock.GetUtcNow())]);
    }

    public async ValueTask DisposeAsync()
    {
        _sender.Dispose();
        _workspace.Dispose();
        await _receiver.DisposeAsync();
        Directory.Delete(_workspace.Folder, recursive: true);
    }

    [Fact]
    public async Task A_message_is_sent_once_and_signed()
    {
        Assert.Equal(1, await Send());
        Assert.Equal(0, await Send());
        var received = Assert.Single(_receiver.Received);
        var delivery = Assert.Single(_workspace.Webhooks.Deliveries());
        Assert.Equal((DeliveryStatus.Delivered, 1, 200, _clock.GetUtcNow()), (delivery.Status, delivery.Attempts, delivery.LastStatus, delivery.SentAt));
        Assert.Equal((delivery.MessageId, delivery.Body, "application/json; charset=utf-8"), (received.Id, received.Body, received.ContentType));
        Assert.Equal(WebhookSignature.Of(_endpoint.Secret, received.Id, _clock.GetUtcNow(), System.Text.Encoding.UTF8.GetBytes(received.Body)), received.Signature);
    }

    [Fact]
    public async Task A_failing_endpoint_is_tried_again_with_growing_delays_and_then_the_letter_is_dead_until_somebody_revives_it()
    {
        _receiver.Say(HttpStatusCode.InternalServerError);
        var attempts = 0;
        for (var hours = 0.0; hours < 200 && Delivery.Status == DeliveryStatus.Pending; hours += 0)
        {
            Assert.Equal(1, await Send());
            attempts++;
            if (Delivery.Status == DeliveryStatus.Dead) break;
            var wait = Delivery.DueAt - _clock.GetUtcNow();
            Assert.InRange(wait / WebhookSender.Delays[attempts - 1], 0.9, 1.1);
            _clock.Advance(wait - TimeSpan.FromMilliseconds(1));
            Assert.Equal(0, await Send());
            _clock.Advance(TimeSpan.FromMilliseconds(2));
            hours += wait.TotalHours;
        }
        Assert.Equal((10, 10, DeliveryStatus.Dead, 500, "It answered 500."), (attempts, Delivery.Attempts, Delivery.Status, Delivery.LastStatus, Delivery.LastFault));
        Assert.Single(_receiver.Received.Select(r => (r.Id, r.Body)).Distinct());
        _clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(0, await Send());

        _receiver.Say(HttpStatusCode.NoContent);
        _workspace.Webhooks.Revive(Delivery.Id, _clock.GetUtcNow());
        Assert.Equal(1, await Send());
        Assert.Equal((DeliveryStatus.Delivered, null), (Delivery.Status, Delivery.LastFault));
    }

    [Fact]
    public async Task An_endpoint_that_is_gone_is_switched_off()
    {
        _receiver.Say(HttpStatusCode.Gone);
        await Send();
        var endpoint = _workspace.Webhooks.Find("a")!;
        Assert.Equal((false, "It answered 410 Gone."), (endpoint.IsEnabled, endpoint.Fault));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await Send());
    }

    [Fact]
    public async Task A_redirection_is_a_failure_and_not_followed()
    {
        _receiver.Say(HttpStatusCode.TemporaryRedirect, _receiver.Url + "/elsewhere");
        await Send();
        Assert.Equal((307, DeliveryStatus.Pending), (Delivery.LastStatus, Delivery.Status));
        Assert.Equal("/hook", Assert.Single(_receiver.Received).Path);
    }

    [Fact]
    public async Task An_endpoint_that_asks_to_wait_is_given_the_time()
    {
        _receiver.Answer = context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "600";
            return Task.CompletedTask;
        };
        await Send();
        Assert.Equal(TimeSpan.FromMinutes(10), Delivery.DueAt - _clock.GetUtcNow());
    }

    [Fact]
    public async Task An_endpoint_that_says_nothing_or_is_not_there_is_a_failure_in_words()
    {
        var stop = new TaskCompletionSource();
        _receiver.Answer = _ => stop.Task;
        using (var impatient = Sender(TimeSpan.FromMilliseconds(300))) await impatient.SendDue(TestContext.Current.CancellationToken);
        Assert.Contains("did not answer within", Delivery.LastFault, StringComparison.Ordinal);
        stop.SetResult();
        _workspace.Webhooks.Put(_endpoint with { Url = "http://127.0.0.1:1/" });
        _clock.Advance(TimeSpan.FromMinutes(1));
        await Send();
        Assert.Contains("could not be reached", Delivery.LastFault, StringComparison.Ordinal);
    }

    private WebhookDelivery Delivery => Assert.Single(_workspace.Webhooks.Deliveries());

    private WebhookSender Sender(TimeSpan timeout)
    {
        var settings = new WebhookSettings { AllowPrivate = true, Timeout = timeout };
        return new WebhookSender(_workspace, new TargetGuard(settings), settings, NullLogger<WebhookSender>.Instance);
    }

    private Task<int> Send() => _sender.SendDue(TestContext.Current.CancellationToken);
}
