using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.DealSize;

/// <summary>Which rung of the ladder answered.</summary>
public enum SizeRung
{
    /// <summary>The amount as typed: too few won deals to learn from.</summary>
    Typed,
    /// <summary>A line through the typed amounts; for deals without one, what won deals brought.</summary>
    Regression,
    /// <summary>The team's own trees on top of the line.</summary>
    OwnModel,
}

/// <summary>
/// One half of the model, for deals whose amount is known or unknown: ln F = line or mean + TreeWeight × trees + residual.
/// </summary>
public sealed record SizeBranch
{
    /// <summary>Which rung it stands on.</summary>
    public required SizeRung Rung { get; init; }
    /// <summary>The line through typed amounts; null where the amount is unknown.</summary>
    public AmountLine? Line { get; init; }
    /// <summary>Mean ln F, where the amount is unknown.</summary>
    public double MeanLog { get; init; }
    /// <summary>Trees on the features; null below the top rung.</summary>
    public TreeEnsemble? Trees { get; init; }
    /// <summary>What the trees proved to be worth out of fold, 0–1.</summary>
    public double TreeWeight { get; init; }
    /// <summary>Equally likely factors around e^{expected ln F}, rising; {1} where nothing is known of the spread.</summary>
    public required double[] Factors { get; init; }
    /// <summary>Quantiles of the same residuals as factors, at <see cref="Levels"/>.</summary>
    public required double[] QuantileFactors { get; init; }
    /// <summary>Levels of <see cref="QuantileFactors"/>, 0–1, rising.</summary>
    public static IReadOnlyList<double> Levels => ResidualFactors.Levels;
    /// <summary>Won deals it was fitted on.</summary>
    public required int Deals { get; init; }

    /// <summary>Expected ln F, before residuals.</summary>
    public double LogOf(double typed, ReadOnlySpan<float> features)
    {
        var log = Line is null ? MeanLog : Line.LogOf(typed);
        return Trees is null ? log : log + TreeWeight * Trees.Score(features);
    }
}
