using ForecastEngine.Operations;
using ForecastEngine.Server.Settings;
using ForecastEngine.Server.Uploads;

namespace ForecastEngine.Server.Webhooks;

/// <summary>Removes what is kept for a time only: delivered messages, answers to repeated requests, events, fresh scores, and what uploads left behind.</summary>
public sealed class Tidying(Workspace workspace, UploadIntake intake, WebhookSettings settings, ILogger<Tidying> log) : BackgroundLoop("Tidying", TimeSpan.FromHours(6), log)
{
    private readonly int _keepDays = settings.KeepDays;

    /// <inheritdoc/>
    protected override async Task Round(bool isWoken, CancellationToken stopping)
    {
        intake.CleanUp();
        var before = workspace.Clock.GetUtcNow().AddDays(-_keepDays);
        workspace.Webhooks.RemoveBefore(before);
        workspace.Requests.RemoveBefore(before);
        workspace.Events.RemoveBefore(before);
        if (await workspace.Scores.LatestRunAsync(null, stopping) is { } run) workspace.FreshScores.RemoveBefore(run.StartedAt < before ? run.StartedAt : before);
    }
}
