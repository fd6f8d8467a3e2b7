using System.Data.Common;
using System.Threading.Channels;
using ForecastEngine.Operations;
using ForecastEngine.Server.Settings;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Webhooks;

/// <summary>
/// What the CRM waits for: events get their fresh scores, a published run is told to webhooks, and messages that are due are
/// sent. All that is to be done stands in the database, so nothing is lost with a process, and each step may be done by any
/// process and twice; a process is woken by its own requests and looks for what others left.
/// </summary>
public sealed class CrmExchange(Workspace workspace, WebhookSender sender, WebhookSettings settings, ILogger<CrmExchange> log) : BackgroundService
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Something is to be done now.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Does once what is to be done.</summary>
    /// <param name="isWoken">True after a request of this process; false when it looks for what others left.</param>
    /// <param name="cancellation">Stops it; what is left stays to be done.</param>
    public async Task Work(bool isWoken, CancellationToken cancellation)
    {
        await AnnounceRun.Run(workspace, cancellation);
        // The newest events belong to the process that took them, unless it died.
        var before = workspace.Clock.GetUtcNow() - (isWoken ? TimeSpan.Zero : 2 * settings.Poll);
        while (workspace.Events.Unscored(before, 1).Count > 0 && await workspace.Scores.LatestRunAsync(null, cancellation) is { } run)
            if ((await RescoreDeals.Run(workspace, await LiveScorer.LoadAsync(workspace, run, cancellation), before, cancellation)).Count == 0) break;
        await sender.SendDue(cancellation);
    }

    /// <summary>Removes what is kept for a time only.</summary>
    public async Task Tidy(CancellationToken cancellation)
    {
        var before = workspace.Clock.GetUtcNow().AddDays(-settings.KeepDays);
        workspace.Webhooks.RemoveBefore(before);
        workspace.Requests.RemoveBefore(before);
        workspace.Events.RemoveBefore(before);
        if (await workspace.Scores.LatestRunAsync(null, cancellation) is { } run) workspace.FreshScores.RemoveBefore(run.StartedAt < before ? run.StartedAt : before);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var tidyAt = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Work(await Woken(stoppingToken), stoppingToken);
                if (workspace.Clock.GetUtcNow() is var now && now < tidyAt) continue;
                tidyAt = now.AddHours(6);
                await Tidy(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is DbException or StorageException or OperationException or TimeoutException or IOException or Registry.ModelRegistryException)
            {
                // All of it stands in the database and is tried again at the next look.
                log.LogError(fault, "Events and webhooks: this look failed; the next one follows in {Poll}.", settings.Poll);
            }
        }
    }

    private async Task<bool> Woken(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Poll);
        try
        {
            return await _wake.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
