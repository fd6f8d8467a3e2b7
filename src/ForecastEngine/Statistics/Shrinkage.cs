namespace ForecastEngine.Statistics;

/// <summary>Group rates drawn towards a common rate, the more the less a group has seen (empirical Bayes, beta-binomial).</summary>
public static class Shrinkage
{
    /// <summary>The bounds of <see cref="Strength"/>, in pseudo-trials.</summary>
    public const double LeastStrength = 4, GreatestStrength = 200;

    /// <summary>
    /// The shrunken rate of a group.
    /// <para>(w + m r) / (n + m): the group's own w/n for large n, the common r for n = 0.</para>
    /// </summary>
    /// <param name="successes">w, 0 … n (may be a fraction where rows are weighted).</param>
    /// <param name="trials">n ≥ 0.</param>
    /// <param name="commonRate">r, 0–1.</param>
    /// <param name="strength">m > 0, in pseudo-trials.</param>
    public static double Rate(double successes, double trials, double commonRate, double strength)
    {
        CheckCounts(successes, trials);
        Require.Probability(nameof(Rate), commonRate);
        Require.Positive(nameof(Rate), strength, "strength");
        return (successes + strength * commonRate) / (trials + strength);
    }

    /// <summary>
    /// How strongly groups resemble one another, by the method of moments.
    /// <para>m = (π(1 − π) − v) / (v − π(1 − π)/n̄), cut to [4, 200]; π the pooled rate, n̄ the mean trials, v = G/(G − 1) Σ n_g (r_g − π)² / Σ n_g.
    /// Large m: groups hardly differ, shrink much. Groups that differ no more than chance, or a single group, give 200.</para>
    /// </summary>
    /// <param name="successes">w_g of each group.</param>
    /// <param name="trials">n_g of each group; groups with none are passed over. Overlapping snapshots of one case should count as n/3.</param>
    public static double Strength(ReadOnlySpan<double> successes, ReadOnlySpan<double> trials)
    {
        Require.SameLength(nameof(Strength), trials.Length, successes.Length, "trials");
        double won = 0, tried = 0, spread = 0;
        var groups = 0;
        for (var g = 0; g < trials.Length; g++)
        {
            CheckCounts(successes[g], trials[g]);
            if (trials[g] == 0) continue;
            won += successes[g];
            tried += trials[g];
            groups++;
        }
        if (groups < 2) return GreatestStrength;
        var rate = won / tried;
        for (var g = 0; g < trials.Length; g++)
            if (trials[g] > 0) spread += trials[g] * Math.Pow(successes[g] / trials[g] - rate, 2);
        var between = spread / tried * groups / (groups - 1);
        var binomial = rate * (1 - rate);
        var beyondChance = between - binomial / (tried / groups);
        return beyondChance <= 0 ? GreatestStrength : Math.Clamp((binomial - between) / beyondChance, LeastStrength, GreatestStrength);
    }

    private static void CheckCounts(double successes, double trials)
    {
        Require.NotNegative(nameof(Shrinkage), trials, "number of trials");
        if (!(successes >= 0 && successes <= trials)) throw new ArgumentException($"{nameof(Shrinkage)}: found {successes:R} successes in {trials:R} trials; expected 0 to {trials:R}.");
    }
}
