namespace ForecastEngine.WinProbability;

/// <summary>
/// What stands for the stage where an export tells none: how old the deal is. A rate over deals of all ages is that of the
/// old ones, of which there are many at any time, and far from what a deal that was just created may expect.
/// </summary>
internal static class AgeBands
{
    /// <summary>Ages in days from which on a band counts.</summary>
    public static IReadOnlyList<int> From { get; } = [0, 1, 3, 7, 14, 30, 60, 120, 240, 480];

    private static readonly string[] Names = [.. From.Select(days => FormattableString.Invariant($"age {days}"))];

    /// <summary>The band of an age, by the name under which rates keep it.</summary>
    public static string Of(float ageDays)
    {
        var band = From.Count - 1;
        while (band > 0 && ageDays < From[band]) band--;
        return Names[band];
    }

    /// <summary>True when rates are kept by age.</summary>
    public static bool Are(StageRates rates) => rates.ByStage.ContainsKey(Names[0]);
}
