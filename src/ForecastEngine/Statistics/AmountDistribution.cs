using System.Collections.Immutable;

namespace ForecastEngine.Statistics;

/// <summary>
/// The distribution of a non-negative amount as atoms: values in ascending order with masses that sum to 1.
/// </summary>
public sealed class AmountDistribution
{
    private AmountDistribution(ImmutableArray<double> values, ImmutableArray<double> masses)
    {
        (Values, Masses) = (values, masses);
        for (var i = 0; i < values.Length; i++)
        {
            Mean += masses[i] * values[i];
            SecondMoment += masses[i] * values[i] * values[i];
        }
    }

    /// <summary>The atoms' values, ≥ 0, strictly ascending.</summary>
    public ImmutableArray<double> Values { get; }

    /// <summary>The atoms' masses, above 0, summing to 1.</summary>
    public ImmutableArray<double> Masses { get; }

    /// <summary>E F = Σ m v.</summary>
    public double Mean { get; }

    /// <summary>E F² = Σ m v².</summary>
    public double SecondMoment { get; }

    /// <summary>Var F, at least 0.</summary>
    public double Variance => Math.Max(0, SecondMoment - Mean * Mean);

    /// <summary>The same share of every amount.</summary>
    /// <param name="share">Above 0.</param>
    public AmountDistribution Times(double share) => new([.. Values.Select(v => v * share)], Masses);

    /// <summary>An amount that is known.</summary>
    public static AmountDistribution Fixed(double value) => FromAtoms([value], [1]);

    /// <summary>From values in any order and masses that are scaled to sum to 1 (empty: equal); equal values are merged, masses of 0 dropped.</summary>
    public static AmountDistribution FromAtoms(ReadOnlySpan<double> values, ReadOnlySpan<double> masses = default)
    {
        const string where = nameof(AmountDistribution);
        Require.NotEmpty(where, values.Length);
        Require.Weights(where, masses, values.Length);
        foreach (var value in values) Require.NotNegative(where, value, "amount");
        var total = masses.IsEmpty ? values.Length : 0.0;
        foreach (var mass in masses) total += mass;

        var (merged, shares) = (ImmutableArray.CreateBuilder<double>(values.Length), ImmutableArray.CreateBuilder<double>(values.Length));
        foreach (var row in Ordering.Ascending(values))
        {
            var share = (masses.IsEmpty ? 1 : masses[row]) / total;
            if (share == 0) continue;
            if (merged.Count > 0 && merged[^1] == values[row])
            {
                shares[^1] += share;
                continue;
            }
            merged.Add(values[row]);
            shares.Add(share);
        }
        return new AmountDistribution(merged.ToImmutable(), shares.ToImmutable());
    }

    /// <summary>
    /// From quantiles, as equally likely atoms at the middle of each of <paramref name="atoms"/> slices of probability.
    /// <para>Atom j lies at the quantile of level (j + ½)/atoms, linear between the given quantiles and flat beyond the first and last.</para>
    /// </summary>
    /// <param name="levels">Levels in ascending order, between 0 and 1.</param>
    /// <param name="quantiles">Amounts; crossing ones are sorted, negative ones become 0.</param>
    /// <param name="atoms">How many atoms, at least 1.</param>
    public static AmountDistribution FromQuantiles(ReadOnlySpan<double> levels, ReadOnlySpan<double> quantiles, int atoms = 15)
    {
        const string where = nameof(FromQuantiles);
        Require.NotEmpty(where, levels.Length);
        Require.SameLength(where, quantiles.Length, levels.Length, "quantiles");
        Require.Positive(where, atoms, "number of atoms");
        var sorted = quantiles.ToArray();
        Array.Sort(sorted);
        for (var i = 0; i < levels.Length; i++)
        {
            Require.Level(where, levels[i]);
            if (i > 0 && levels[i] <= levels[i - 1]) throw new ArgumentException($"{where}: found level {levels[i]:R} after {levels[i - 1]:R}; expected ascending levels.");
            sorted[i] = Math.Max(0, sorted[i]);
        }
        var values = new double[atoms];
        for (int j = 0, right = 0; j < atoms; j++)
        {
            var level = (j + 0.5) / atoms;
            while (right < levels.Length && levels[right] < level) right++;
            values[j] = right == 0 ? sorted[0] : right == levels.Length ? sorted[^1]
                : sorted[right - 1] + (level - levels[right - 1]) / (levels[right] - levels[right - 1]) * (sorted[right] - sorted[right - 1]);
        }
        return FromAtoms(values);
    }
}
