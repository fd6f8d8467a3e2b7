namespace ForecastEngine.Tests.Storage;

/// <summary>Several that do the same at the same moment, each on a thread of its own.</summary>
internal static class AtOnce
{
    public static async Task<T[]> Run<T>(int count, Func<int, T> act)
    {
        using var start = new Barrier(count);
        return await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            return act(i);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }
}
