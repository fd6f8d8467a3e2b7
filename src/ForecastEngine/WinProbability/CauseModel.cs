using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.WinProbability;

/// <summary>
/// The hazard of one cause: logit h_k = intercept + slope × (λ (scale × trees(x, k) + ln π_{s,k}(x) + offset_{s,k}) + (1 − λ) (stage rate_k + ln q_k)), q_k the calendar's mean pace in the cell.
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
    /// <summary>Which event.</summary>
    public Cause Cause { get; init; } = Cause.Won;
    /// <summary>How the calendar drives this cause; null evenly, as in models of before it was known.</summary>
    public CalendarPace? Pace { get; init; }
    /// <summary>
    /// By stage, per cell: ln of the rows without the event to keep of an average deal on an average day, controls × stage rate, from which
    /// <see cref="HazardRows.LogKept"/> makes ln π with <see cref="Line"/> and pace. Null in models of before paces were known, whose offsets hold ln π. The key "" holds all stages together.
    /// </summary>
    public IReadOnlyDictionary<string, double[]>? Controls { get; init; }
    /// <summary>By stage, per cell: the level at which Σ h equals the events on the training rows, those not kept included, and a stage's own. The key "" holds all stages together.</summary>
    public required IReadOnlyDictionary<string, double[]> Offsets { get; init; }
    /// <summary>How far the deal's own columns move ln of the rows to keep, and with it where the trees start; null in models of before it was known.</summary>
    public HazardLine? Line { get; init; }
    /// <summary>Intercept of calibration and adaptation; 0 is the identity.</summary>
    public double Intercept { get; init; }
    /// <summary>Slope of calibration and adaptation; 1 is the identity.</summary>
    public double Slope { get; init; } = 1;
    /// <summary>λ, the weight of the trees against the stage rate, 0–1.</summary>
    public required double TreeWeight { get; init; }
    /// <summary>Stage rates as log odds per cell, which the trees are shrunk toward; on the lower rungs they speak alone.</summary>
    public required StageRates StageRates { get; init; }

    /// <summary>The stage's offsets without ln π; those of all stages when the stage was never seen.</summary>
    public double[] OffsetsOf(string? stage) => Offsets.GetValueOrDefault(stage ?? "") ?? Offsets[""];

    /// <summary>ln π + offset per cell: what is added to the trees' score.</summary>
    /// <param name="stage">The deal's stage.</param>
    /// <param name="line">Of <see cref="Line"/>; 0 for the average deal.</param>
    /// <param name="ahead">Columns of <see cref="AheadFeatures"/>.</param>
    /// <param name="result">One value per cell.</param>
    internal void TreeOffsets(string? stage, double line, ReadOnlySpan<float> ahead, Span<double> result)
    {
        OffsetsOf(stage).AsSpan(0, result.Length).CopyTo(result);
        if (Controls is null) return;
        var controls = Controls.GetValueOrDefault(stage ?? "") ?? Controls[""];
        var pace = ahead.Slice(AheadFeatures.PaceOf(Cause) * GridScorer.MaxPoints, result.Length);
        for (var k = 0; k < result.Length; k++) result[k] += HazardRows.LogKept(controls[k] + line, pace[k]);
    }

    /// <summary>Log odds of the stage rate at the calendar's pace, per cell; arguments as in <see cref="TreeOffsets"/>.</summary>
    internal void PacedRates(string? stage, ReadOnlySpan<float> ahead, Span<double> result)
    {
        StageRates.LogOdds(stage).AsSpan(0, result.Length).CopyTo(result);
        if (Pace is null) return;
        var pace = ahead.Slice(AheadFeatures.PaceOf(Cause) * GridScorer.MaxPoints, result.Length);
        for (var k = 0; k < result.Length; k++) result[k] += Math.Log(pace[k]);
    }

    /// <summary>
    /// The blend that counts this model by a weight and the stage rate at the calendar's pace by the rest, in log odds;
    /// at weight 0 the rate alone, without trees.
    /// </summary>
    /// <param name="weight">w, 0–1.</param>
    public CauseModel Toward(double weight)
    {
        if (weight >= 1 || Trees is null) return this;
        if (weight <= 0) return this with { Trees = null, Covers = null, Line = null, Controls = null, TreeWeight = 0, Intercept = 0, Slope = 1, IsPooled = false };
        // w (a + b (λ z + (1 − λ) r)) + (1 − w) r, written as a′ + b′ (λ′ z + (1 − λ′) r).
        var slope = weight * Slope + 1 - weight;
        return this with { Intercept = weight * Intercept, Slope = slope, TreeWeight = weight * Slope * TreeWeight / slope };
    }

    /// <summary>Log odds of the hazard in each cell.</summary>
    public void LogOdds(string? stage, ReadOnlySpan<float> columns, ReadOnlySpan<float> ahead, Span<double> logOdds)
    {
        Span<double> rates = stackalloc double[logOdds.Length];
        PacedRates(stage, ahead, rates);
        if (Trees is null)
        {
            for (var k = 0; k < logOdds.Length; k++) logOdds[k] = Intercept + Slope * rates[k];
            return;
        }
        GridScorer.Score(Trees, columns, ahead, logOdds);
        Span<double> offsets = stackalloc double[logOdds.Length];
        TreeOffsets(stage, Line?.Of(columns) ?? 0, ahead, offsets);
        for (var k = 0; k < logOdds.Length; k++)
            logOdds[k] = Intercept + Slope * (TreeWeight * (Scale * logOdds[k] + offsets[k]) + (1 - TreeWeight) * rates[k]);
    }
}
