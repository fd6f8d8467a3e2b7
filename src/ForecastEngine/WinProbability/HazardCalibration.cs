using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// How far apart a hazard's answers should lie: a slope around a level that keeps their sum, chosen on a window that the model had not
/// seen. The level is left alone: in a window of some months it is the market's, which passes, and the whole history knows the
/// lasting one better.
/// </summary>
/// <remarks>
/// logit h′ = z₀ + b (logit h − z₀) with z₀ such that Σ h′ = Σ h over the window. The window's level is fitted away
/// first (an intercept), then identity and a line compete by prequential log loss, the stiffer within one standard error.
/// Measured in simulated worlds of 100 wins a quarter: an intercept taken from such a window raised the error of the
/// expected wins of a quarter from 7 to 8.5 %.
/// </remarks>
/// <param name="Slope">b; 1 is the identity.</param>
/// <param name="Pivot">z₀ in log odds.</param>
/// <param name="EvaluatedRows">Cells the choice rests on; 0 where the window was too short.</param>
public sealed record HazardCalibration(double Slope, double Pivot, int EvaluatedRows)
{
    /// <summary>Changes nothing.</summary>
    public static HazardCalibration None { get; } = new(1, 0, 0);

    /// <summary>True when it changes nothing.</summary>
    public bool IsIdentity => Slope == 1;

    /// <summary>Chooses.</summary>
    /// <param name="hazards">Hazards of the window's cells, 0–1, from a model that had not seen it.</param>
    /// <param name="outcomes">1 where the event struck in the cell.</param>
    /// <param name="blocks">Time block of each cell.</param>
    public static HazardCalibration Choose(double[] hazards, double[] outcomes, int[] blocks)
    {
        if (hazards.Length == 0) return None;
        var level = CalibratorFit.Fit(CalibratorKind.Intercept, hazards, outcomes);
        var choice = CalibrationSelection.Choose([.. hazards.Select(level.Apply)], outcomes, blocks, candidates: [CalibratorKind.Identity, CalibratorKind.Platt]);
        if (choice.Calibrator.Kind != CalibratorKind.Platt) return None with { EvaluatedRows = choice.EvaluatedRows };
        var slope = choice.Calibrator.Parameters[1];
        // (1 − b) z₀ is the intercept at which Σ h′ = Σ h: with it as the only unknown, that is the likelihood's own equation.
        var intercept = LogisticRegression.Level(hazards, [], [.. hazards.Select(h => slope * Logit.Of(h, 1e-9))], 0, 0);
        return new HazardCalibration(slope, intercept / (1 - slope), choice.EvaluatedRows);
    }

    /// <summary>A hazard's model with this calibration.</summary>
    public CauseModel Apply(CauseModel cause) => IsIdentity ? cause : cause with { Intercept = (1 - Slope) * Pivot + Slope * cause.Intercept, Slope = Slope * cause.Slope };
}
