using ForecastEngine.Server.Settings;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>
/// The way of requests to the history, which has one writer at a time and belongs to an import for as long as that takes. They
/// wait in line without a thread each, one of them for the database, and none longer than the settings say.
/// </summary>
public sealed class HistoryGate(LimitSettings limits) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>How long one waits at most: for its turn, and then for the database.</summary>
    public TimeSpan Patience => limits.WriteWait;

    /// <summary>Does work that writes to the history.</summary>
    /// <exception cref="StorageBusyException">Its turn did not come in time; answered as 503 with Retry-After.</exception>
    public async Task<T> Through<T>(Func<T> write, CancellationToken cancellation)
    {
        if (!await _turn.WaitAsync(Patience, cancellation)) throw new StorageBusyException("History", Patience);
        try
        {
            return await Task.Run(write, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();
}
