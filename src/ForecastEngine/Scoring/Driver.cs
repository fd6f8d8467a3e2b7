namespace ForecastEngine.Scoring;

/// <summary>
/// The share of one business factor in a win probability: association, not cause. The base probability and all drivers
/// add up to the win probability.
/// </summary>
/// <param name="Name">One of <see cref="Snapshots.Drivers"/>, <c>attribute:…</c> or <see cref="Market"/>.</param>
/// <param name="Contribution">Signed, in probability (0.05 = five percentage points).</param>
public sealed record Driver(string Name, double Contribution)
{
    /// <summary>What the whole pipeline has in common lately: the filtered common factor.</summary>
    public const string Market = "market";
}
