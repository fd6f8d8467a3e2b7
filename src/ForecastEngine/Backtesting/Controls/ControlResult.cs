namespace ForecastEngine.Backtesting.Controls;

/// <summary>What a negative control found: a trial whose right answer is known beforehand, because there is nothing to find, or because a leak was planted.</summary>
/// <param name="Name">What was tried.</param>
/// <param name="Holds">True when the answer was the right one.</param>
/// <param name="Figure">The figure that decides: an area under the ROC curve, or a difference of two.</param>
/// <param name="StandardError">Of the figure; NaN where it has none.</param>
/// <param name="Expected">What holds, in words.</param>
/// <param name="Found">What came out, in words.</param>
public sealed record ControlResult(string Name, bool Holds, double Figure, double StandardError, string Expected, string Found)
{
    /// <summary>How many standard errors a figure may lie off before a control that should find nothing fails: by chance one in 370 does.</summary>
    public const double Tolerance = 3;

    /// <summary>What it means for those who use the forecasts, in plain words.</summary>
    public required string Meaning { get; init; }
}
