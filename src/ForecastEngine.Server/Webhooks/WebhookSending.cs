using ForecastEngine.Server.Settings;

namespace ForecastEngine.Server.Webhooks;

/// <summary>Sends messages to webhooks in a loop of its own: a receiver that is slow or silent holds nothing else up.</summary>
public sealed class WebhookSending(WebhookSender sender, WebhookSettings settings, ILogger<WebhookSending> log) : BackgroundLoop("Messages to webhooks", settings.Poll, log)
{
    /// <inheritdoc/>
    protected override Task Round(bool isWoken, CancellationToken stopping) => sender.SendDue(stopping);
}
