using ForecastEngine.Snapshots;

namespace ForecastEngine.DealSize;

/// <summary>What training had to say besides the model.</summary>
/// <param name="Code">Stable name, snake case.</param>
/// <param name="Text">The same in words.</param>
/// <param name="Count">How many deals it concerns.</param>
public sealed record SizeWarning(string Code, string Text, int Count);

/// <summary>
/// For how much, given that it is won: with probability a_s exactly the typed amount, else e^{line + trees} times an
/// empirical residual. Immutable and safe to share between threads.
/// </summary>
public sealed class DealSizeModel
{
    private readonly int _featureCount;

    /// <param name="featureNames">Names of the feature columns, in order.</param>
    /// <param name="known">For deals with an amount.</param>
    /// <param name="unknown">For deals without one; null when no won deal had an amount either.</param>
    /// <param name="exact">Shares of deals that close at exactly the typed amount; null where no atom is kept.</param>
    /// <param name="warnings">What training had to say.</param>
    public DealSizeModel(IReadOnlyList<string> featureNames, SizeBranch known, SizeBranch? unknown, ExactShares? exact, IReadOnlyList<SizeWarning> warnings)
    {
        (FeatureNames, Known, Unknown, Exact, Warnings, _featureCount) = (featureNames, known, unknown, exact, warnings, featureNames.Count);
    }

    /// <summary>Names of the feature columns, in order.</summary>
    public IReadOnlyList<string> FeatureNames { get; }
    /// <summary>For deals with an amount above 0.</summary>
    public SizeBranch Known { get; }
    /// <summary>For deals without one; null when history holds no won amount: such a deal has no size.</summary>
    public SizeBranch? Unknown { get; }
    /// <summary>Shares of deals that close at exactly the typed amount; null where no atom is kept.</summary>
    public ExactShares? Exact { get; }
    /// <summary>What training had to say: deals left out, rungs stepped down.</summary>
    public IReadOnlyList<SizeWarning> Warnings { get; }

    /// <summary>The amount one opportunity brings if it is won; null when neither it nor any won deal has an amount.</summary>
    public DealSizeDistribution? Evaluate(OpportunitySnapshot snapshot) =>
        Evaluate((double?)snapshot.Amount, snapshot.Stage, snapshot.Features);

    /// <summary>The same from its parts.</summary>
    /// <param name="amount">As typed; null, NaN and zero count as unknown. A negative one, a credit or downsell, has no
    /// size: what wins bring says nothing of it.</param>
    /// <param name="stage">Stage.</param>
    /// <param name="features">In the order of <see cref="FeatureNames"/>.</param>
    public DealSizeDistribution? Evaluate(double? amount, string? stage, ReadOnlySpan<float> features)
    {
        if (features.Length != _featureCount)
            throw new ArgumentException($"Deal size: found {features.Length} features; expected {_featureCount}. Take the snapshot with the features the model was trained on.", nameof(features));
        if (amount < 0) return null;
        var typed = amount is { } a && a > 0 && double.IsFinite(a) ? a : double.NaN;
        var branch = double.IsNaN(typed) ? Unknown : Known;
        if (branch is null) return null;
        if (branch.Rung == SizeRung.Typed) return DealSizeDistribution.Fixed(typed);
        var expected = Math.Exp(branch.LogOf(typed, features));
        var spread = new double[branch.Factors.Length];
        for (var k = 0; k < spread.Length; k++) spread[k] = expected * branch.Factors[k];
        var quantiles = new double[branch.QuantileFactors.Length];
        for (var k = 0; k < quantiles.Length; k++) quantiles[k] = expected * branch.QuantileFactors[k];
        var exact = double.IsNaN(typed) || Exact is null ? 0 : Exact.Of(stage);
        return new DealSizeDistribution(spread, ResidualFactors.Levels, quantiles, typed, exact, branch.Rung);
    }
}
