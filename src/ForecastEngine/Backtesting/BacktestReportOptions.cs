using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting;

/// <summary>How a backtest is summed up.</summary>
public sealed record BacktestReportOptions
{
    /// <summary>Nominal coverage of every interval of the report, a fraction.</summary>
    public double Level { get; init; } = 0.95;
    /// <summary>Seed of the bootstrap.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Draws of the bootstrap, at least 100.</summary>
    public int Replicates { get; init; } = 2000;
    /// <summary>Bins of equal mass of the reliability curves, and of the calibration error over them.</summary>
    public int ReliabilityBins { get; init; } = 15;
    /// <summary>The level of the band that groups and teams are judged by.</summary>
    public double MainLevel { get; init; } = 0.80;
    /// <summary>The method that the headline holds the engine against.</summary>
    public string Reference { get; init; } = Method.WeightedPipeline;
    /// <summary>Fewest windows of a team or group that are called enough.</summary>
    public int FewestWindows { get; init; } = 10;
    /// <summary>Most clusters that deals are drawn in; more are joined at random into so many, which keeps the expected spread and saves time.</summary>
    public int MostDealClusters { get; init; } = 2000;
}

/// <summary>A figure with its interval at the report's level.</summary>
/// <param name="Value">Estimate; null where it is not defined.</param>
/// <param name="Lower">Lower end; null where there are fewer than two clusters to draw.</param>
/// <param name="Upper">Upper end; null with the lower one.</param>
public sealed record Estimate(double? Value, double? Lower, double? Upper)
{
    /// <summary>From a bootstrap over so many clusters.</summary>
    internal static Estimate Of(BootstrapInterval interval, int clusters) =>
        clusters < 2 ? new(Finite(interval.Estimate), null, null) : new(Finite(interval.Estimate), Finite(interval.Lower), Finite(interval.Upper));

    /// <summary>The number, or null for NaN and the infinities.</summary>
    internal static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
