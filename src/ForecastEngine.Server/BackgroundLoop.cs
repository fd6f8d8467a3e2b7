using System.Threading.Channels;

namespace ForecastEngine.Server;

/// <summary>
/// Work that goes on as long as the server does: a round when it is woken, and after a pause in any case. What it works on stands in
/// the database. A fault is logged and ends the round, never the loop or the server; at shutdown the round is told to stop.
/// </summary>
/// <param name="name">What the log calls it.</param>
/// <param name="pause">Longest pause between two rounds.</param>
/// <param name="log">Told of faults.</param>
public abstract class BackgroundLoop(string name, TimeSpan pause, ILogger log) : BackgroundService
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Something is to be done now.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Does what is to be done.</summary>
    /// <param name="isWoken">True after <see cref="Wake"/>; false when it looks for what others left.</param>
    /// <param name="stopping">Stops it; what is left stays to be done.</param>
    protected abstract Task Round(bool isWoken, CancellationToken stopping);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host starts its parts one after another and waits for none of them to work.
        await Task.Yield();
        for (var isWoken = false; !stoppingToken.IsCancellationRequested; isWoken = await Woken(stoppingToken))
        {
            try
            {
                await Round(isWoken, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                log.LogError(fault, "{Loop}: this round failed; the next one follows within {Pause}.", name, pause);
            }
        }
    }

    private async Task<bool> Woken(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(pause);
        try
        {
            return await _wake.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
