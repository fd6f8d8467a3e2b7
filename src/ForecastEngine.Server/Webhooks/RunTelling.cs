using ForecastEngine.Operations;
using ForecastEngine.Server.Settings;

namespace ForecastEngine.Server.Webhooks;

/// <summary>Stores the messages about a run that was published, by whichever process comes first; the database sees to it that a run is told once.</summary>
public sealed class RunTelling(Workspace workspace, WebhookSending sending, WebhookSettings settings, ILogger<RunTelling> log) : BackgroundLoop("Messages about runs", settings.Poll, log)
{
    /// <inheritdoc/>
    protected override async Task Round(bool isWoken, CancellationToken stopping)
    {
        if (await AnnounceRun.Run(workspace, stopping)) sending.Wake();
    }
}
