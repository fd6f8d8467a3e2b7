namespace ForecastEngine.Statistics;

/// <summary>What a Brier score is made of. All three from 0 to 1.</summary>
/// <param name="Reliability">Loss from probabilities that do not mean what they say; lower is better.</param>
/// <param name="Resolution">Gain from telling cases apart; higher is better.</param>
/// <param name="Uncertainty">Brier score of the base rate: what the cases are like.</param>
public readonly record struct BrierParts(double Reliability, double Resolution, double Uncertainty)
{
    /// <summary>
    /// The parts over the bins of a reliability diagram.
    /// <para>REL = Σ w_b (p̄_b − ȳ_b)² / W, RES = Σ w_b (ȳ_b − ȳ)² / W, UNC = ȳ(1 − ȳ). The Brier score is REL − RES + UNC exactly where a bin's
    /// forecasts are equal; else it differs by what varies within the bins.</para>
    /// </summary>
    /// <remarks>Murphy, "A new vector partition of the probability score", J. Applied Meteorology 1973.</remarks>
    public static BrierParts Of(IReadOnlyList<ReliabilityBin> bins)
    {
        Require.NotEmpty(nameof(BrierParts), bins.Count);
        double weight = 0, outcome = 0;
        foreach (var bin in bins) (weight, outcome) = (weight + bin.Weight, outcome + bin.Weight * bin.MeanOutcome);
        var rate = outcome / weight;
        double reliability = 0, resolution = 0;
        foreach (var bin in bins)
        {
            reliability += bin.Weight * (bin.MeanProbability - bin.MeanOutcome) * (bin.MeanProbability - bin.MeanOutcome);
            resolution += bin.Weight * (bin.MeanOutcome - rate) * (bin.MeanOutcome - rate);
        }
        return new BrierParts(reliability / weight, resolution / weight, rate * (1 - rate));
    }
}
