using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.WinProbability;

/// <summary>
/// The hazard of one cause: logit h_k = intercept + slope × (λ (scale × trees(x, k) + ln π_{s,k} + correction) + (1 − λ) × stage rate_k).
/// </summary>
public sealed record CauseModel
{
    /// <summary>Trees over (snapshot, cell); null on the lower rungs of the ladder.</summary>
    public TreeEnsemble? Trees { get; init; }
    /// <summary>True when the trees were grown on several teams' deals and adapted to this one.</summary>
    public bool IsPooled { get; init; }
    /// <summary>Training rows per leaf.</summary>
    public TreeCovers? Covers { get; init; }
    /// <summary>Log odds per unit of the trees' score, a constant of FastTree's loss.</summary>
    public double Scale { get; init; } = 1;
    /// <summary>By stage, per cell: ln π_{s,k}, plus the intercept that makes Σ h equal the events on the training rows, those not kept included. The key "" holds all stages together.</summary>
    public required IReadOnlyDictionary<string, double[]> Offsets { get; init; }
    /// <summary>Intercept of calibration and adaptation; 0 is the identity.</summary>
    public double Intercept { get; init; }
    /// <summary>Slope of calibration and adaptation; 1 is the identity.</summary>
    public double Slope { get; init; } = 1;
    /// <summary>λ, the weight of the trees against the stage rate, 0–1.</summary>
    public required double TreeWeight { get; init; }
    /// <summary>Stage rates as log odds per cell, which the trees are shrunk toward; on the lower rungs they speak alone.</summary>
    public required StageRates StageRates { get; init; }

    /// <summary>The stage's offsets; those of all stages when the stage was never seen.</summary>
    public double[] OffsetsOf(string? stage) => Offsets.GetValueOrDefault(stage ?? "") ?? Offsets[""];

    /// <summary>Log odds of the hazard in each cell.</summary>
    public void LogOdds(string? stage, ReadOnlySpan<float> columns, ReadOnlySpan<float> ahead, Span<double> logOdds)
    {
        var rates = StageRates.LogOdds(stage);
        if (Trees is null)
        {
            for (var k = 0; k < logOdds.Length; k++) logOdds[k] = Intercept + Slope * rates[k];
            return;
        }
        GridScorer.Score(Trees, columns, ahead, logOdds);
        var offsets = OffsetsOf(stage);
        for (var k = 0; k < logOdds.Length; k++)
            logOdds[k] = Intercept + Slope * (TreeWeight * (Scale * logOdds[k] + offsets[k]) + (1 - TreeWeight) * rates[k]);
    }
}
