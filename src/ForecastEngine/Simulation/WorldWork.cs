namespace ForecastEngine.Simulation;

/// <summary>How many threads share the work of a world.</summary>
internal static class WorldWork
{
    public static ParallelOptions Options(int threads) => new() { MaxDegreeOfParallelism = threads > 0 ? threads : -1 };
}
