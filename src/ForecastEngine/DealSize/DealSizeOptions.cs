namespace ForecastEngine.DealSize;

/// <summary>How the deal size model is trained.</summary>
public sealed record DealSizeOptions
{
    /// <summary>Trees per branch of the model (amount known, amount unknown).</summary>
    public int Trees { get; init; } = 100;
    /// <summary>Leaves per tree.</summary>
    public int Leaves { get; init; } = 8;
    /// <summary>Step per tree.</summary>
    public double LearningRate { get; init; } = 0.05;
    /// <summary>Rows a leaf must hold.</summary>
    public int MinRowsPerLeaf { get; init; } = 40;
    /// <summary>Share of columns each tree may look at.</summary>
    public double FeatureFraction { get; init; } = 0.7;
    /// <summary>Landmarks kept per won deal, drawn by hash, so that a slow deal does not drown the others.</summary>
    public int LandmarksPerDeal { get; init; } = 4;
    /// <summary>Won deals the trees learn from at most, drawn by hash.</summary>
    public int MaxDeals { get; init; } = 50_000;
    /// <summary>Won deals (whose amount changed, where an atom is kept) that trees need; below it a line answers.</summary>
    public int MinTreeDeals { get; init; } = 40;
    /// <summary>Won deals that the line needs; below it the amount as typed answers.</summary>
    public int MinLineDeals { get; init; } = 10;
    /// <summary>Won deals that "the final amount is the typed one" weighs like.</summary>
    public double LineShrinkageDeals { get; init; } = 20;
    /// <summary>Share of wins closing at exactly the typed amount above which the distribution keeps an atom there, 0–1.</summary>
    public double MinExactShare { get; init; } = 0.20;
    /// <summary>Won deals that the overall exact share weighs like against a stage's own.</summary>
    public double ExactShrinkageDeals { get; init; } = 20;
    /// <summary>Folds over deals from which residuals are taken.</summary>
    public int Folds { get; init; } = 4;
    /// <summary>A final amount further than this factor from the expected one counts as lying at it: a typing error must not carry the mean.</summary>
    public double MaxResidualFactor { get; init; } = 100;
    /// <summary>Draws folds, landmarks and columns.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Threads; changes no bit.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>All faults in the settings, together.</summary>
    /// <exception cref="ArgumentException">A setting out of range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Folds < 2) faults.Add($"Folds: found {Folds}; expected at least 2");
        if (Trees < 1) faults.Add($"Trees: found {Trees}; expected at least 1");
        if (Leaves < 2) faults.Add($"Leaves: found {Leaves}; expected at least 2");
        if (LandmarksPerDeal < 1) faults.Add($"LandmarksPerDeal: found {LandmarksPerDeal}; expected at least 1");
        if (MinLineDeals < 1) faults.Add($"MinLineDeals: found {MinLineDeals}; expected at least 1");
        if (MinTreeDeals < MinLineDeals) faults.Add($"MinTreeDeals: found {MinTreeDeals}; expected at least MinLineDeals, {MinLineDeals}");
        if (!(MaxResidualFactor > 1)) faults.Add($"MaxResidualFactor: found {MaxResidualFactor}; expected more than 1");
        if (!(LineShrinkageDeals >= 0) || !(ExactShrinkageDeals >= 0)) faults.Add("LineShrinkageDeals, ExactShrinkageDeals: found a negative number; expected at least 0");
        if (faults.Count > 0) throw new ArgumentException($"Deal size options: {string.Join("; ", faults)}. Correct the settings.");
    }
}
