using ForecastEngine.Operations;
using ForecastEngine.Server.Settings;

namespace ForecastEngine.Server.Webhooks;

/// <summary>
/// Gives deals with new events their fresh scores. Any process may, and twice: a process is woken by its own requests and looks for
/// what others left.
/// </summary>
public sealed class EventScoring(Workspace workspace, WebhookSending sending, WebhookSettings settings, ILogger<EventScoring> log) : BackgroundLoop("Scores after events", settings.Poll, log)
{
    private readonly TimeSpan _poll = settings.Poll;

    /// <inheritdoc/>
    protected override async Task Round(bool isWoken, CancellationToken stopping)
    {
        // The newest events belong to the process that took them, unless it died.
        var before = workspace.Clock.GetUtcNow() - (isWoken ? TimeSpan.Zero : 2 * _poll);
        while (workspace.Events.Unscored(before, 1).Count > 0 && await workspace.Scores.LatestRunAsync(null, stopping) is { } run)
        {
            if (await RescoreDeals.Run(workspace, await LiveScorer.LoadAsync(workspace, run, stopping), before, stopping) is { Count: 0 }) break;
            sending.Wake();
        }
    }
}
