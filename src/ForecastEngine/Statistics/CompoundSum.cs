using System.Collections.Immutable;
using System.Numerics;

namespace ForecastEngine.Statistics;

/// <summary>One term of the sum, or several alike: an amount that comes or not.</summary>
/// <param name="Amount">The distribution of the amount if it comes.</param>
/// <param name="Probabilities">P(it comes) at each node of the common factor, 0–1.</param>
/// <param name="Count">How many independent terms are just like this, at least 1.</param>
public sealed record CompoundItem(AmountDistribution Amount, ImmutableArray<double> Probabilities, int Count = 1);

/// <summary>The part of the sum whose number of terms is itself random.</summary>
/// <param name="Amount">The distribution of each amount.</param>
/// <param name="Rates">The expected number Λ at each node of the common factor, ≥ 0.</param>
/// <param name="Dispersion">θ ≥ 0: the number has variance Λ + θΛ² (negative binomial); 0 is Poisson.</param>
public sealed record CompoundArrivals(AmountDistribution Amount, ImmutableArray<double> Rates, double Dispersion = 0)
{
    /// <summary>ln E z^N at a node, for z = 1 + excess: Λx, or −ln(1 − θΛx)/θ, by its series where θΛx is small.</summary>
    internal Complex LogGenerating(int node, Complex excess)
    {
        var growth = Rates[node] * excess;
        var small = Dispersion * growth;
        if (Complex.Abs(small) > 0.01) return -Complex.Log(1 - small) / Dispersion;
        Complex sum = 0, power = growth;
        for (var k = 1; k <= 9; k++, power *= small) sum += power / k;
        return sum;
    }
}

/// <summary>
/// The sum R = Σ_i B_i F_i + Σ_{j ≤ N} G_j: items that come or not, each with a random amount, and a random number of further
/// amounts, all independent given a common factor that takes the node q with weight w_q.
/// <para>E e^{iuR} = Σ_q w_q Π_i [1 − p_iq + p_iq φ_i(u)]^{n_i} · exp(Λ_q (φ_G(u) − 1)), or (1 + θΛ_q(1 − φ_G(u)))^{−1/θ} with overdispersion.</para>
/// </summary>
public sealed class CompoundSum
{
    private readonly CompoundItem[] _items;
    private readonly CompoundArrivals? _arrivals;
    private readonly double[] _nodeWeights;

    /// <summary>Sets up the sum.</summary>
    /// <param name="items">Terms; one probability per node each.</param>
    /// <param name="arrivals">Further terms, or null.</param>
    /// <param name="nodeWeights">w_q ≥ 0, summing to 1; a single 1 for independence.</param>
    public CompoundSum(IEnumerable<CompoundItem> items, CompoundArrivals? arrivals, ReadOnlySpan<double> nodeWeights)
    {
        const string where = nameof(CompoundSum);
        ArgumentNullException.ThrowIfNull(items);
        _nodeWeights = nodeWeights.ToArray();
        Require.NotEmpty(where, _nodeWeights.Length);
        Require.Weights(where, nodeWeights, nodeWeights.Length);
        var sum = 0.0;
        foreach (var weight in _nodeWeights) sum += weight;
        if (!(Math.Abs(sum - 1) <= 1e-9)) throw new ArgumentException($"{where}: found node weights that sum to {sum:R}; expected 1.");

        var kept = new List<CompoundItem>();
        foreach (var item in items)
        {
            Require.SameLength(where, item.Probabilities.Length, _nodeWeights.Length, "probabilities of an item");
            Require.Probabilities(where, item.Probabilities.AsSpan());
            Require.Positive(where, item.Count, "count of an item");
            if (item.Amount.SecondMoment > 0 && item.Probabilities.Any(p => p > 0)) kept.Add(item);
        }
        _items = [.. kept];
        if (arrivals is null) return;
        Require.SameLength(where, arrivals.Rates.Length, _nodeWeights.Length, "rates");
        foreach (var rate in arrivals.Rates) Require.NotNegative(where, rate, "rate");
        Require.NotNegative(where, arrivals.Dispersion, "dispersion");
        if (arrivals.Amount.SecondMoment > 0 && arrivals.Rates.Any(rate => rate > 0)) _arrivals = arrivals;
    }

    /// <summary>The exact mean given a node: Σ_i p_iq E F_i + Λ_q E G. Means of parts add up to the mean of the whole.</summary>
    public double MeanAt(int node)
    {
        var mean = _arrivals is null ? 0 : _arrivals.Rates[node] * _arrivals.Amount.Mean;
        foreach (var item in _items) mean += item.Count * (item.Probabilities[node] * item.Amount.Mean);
        return mean;
    }

    /// <summary>The exact mean Σ_q w_q (Σ_i p_iq E F_i + Λ_q E G).</summary>
    public double Mean
    {
        get
        {
            var mean = 0.0;
            for (var q = 0; q < _nodeWeights.Length; q++) mean += _nodeWeights[q] * MeanAt(q);
            return mean;
        }
    }

    /// <summary>The exact variance given a node: Σ_i (p_iq E F_i² − (p_iq E F_i)²) and that of the further terms.</summary>
    public double VarianceAt(int node)
    {
        var variance = 0.0;
        foreach (var item in _items)
        {
            var expected = item.Probabilities[node] * item.Amount.Mean;
            variance += item.Count * (item.Probabilities[node] * item.Amount.SecondMoment - expected * expected);
        }
        if (_arrivals is not null)
        {
            var expected = _arrivals.Rates[node] * _arrivals.Amount.Mean;
            variance += _arrivals.Rates[node] * _arrivals.Amount.SecondMoment + _arrivals.Dispersion * expected * expected;
        }
        return variance;
    }

    /// <summary>The exact variance: the mean of the variances at the nodes plus the variance of their means.</summary>
    public double Variance
    {
        get
        {
            double within = 0, between = 0, mean = Mean;
            for (var q = 0; q < _nodeWeights.Length; q++)
            {
                within += _nodeWeights[q] * VarianceAt(q);
                between += _nodeWeights[q] * (MeanAt(q) - mean) * (MeanAt(q) - mean);
            }
            return within + between;
        }
    }

    /// <summary>
    /// The distribution of the sum on a lattice.
    /// </summary>
    /// <param name="latticeSize">Number of lattice points, a power of two from 64 to 65536. Doubled (at most eightfold) where the middle 90 % would
    /// fall on fewer than 128 points, as with one rare huge amount beside many small ones.</param>
    /// <param name="step">Distance of the points, or null to choose it: the range then covers all but 1e-12 of the mass (Chernoff's bound). A step
    /// of which every amount is a multiple makes the result exact.</param>
    /// <param name="maxDegreeOfParallelism">Threads; the result is the same to the bit for any number.</param>
    /// <exception cref="ArgumentException">The size is no power of two, or the step given leaves too much mass beyond the lattice.</exception>
    public LatticeDistribution Distribution(int latticeSize = 4096, double? step = null, int maxDegreeOfParallelism = 1)
    {
        const string where = nameof(CompoundSum);
        if (latticeSize is < 64 or > 65536 || !int.IsPow2(latticeSize))
            throw new ArgumentException($"{where}: found lattice size {latticeSize}; expected a power of two from 64 to 65536.");
        if (_items.Length == 0 && _arrivals is null) return LatticeDistribution.Point(0);

        var tail = CompoundSumRange.Tail(_items, _arrivals, _nodeWeights);
        if (step is { } given)
        {
            Require.Positive(where, given, "step");
            var reach = Math.Min(tail, CompoundSumRange.Greatest(_items, _arrivals, given));
            if (given * (latticeSize - 1) < reach * (1 - 1e-12))
                throw new ArgumentException($"{where}: found step {given:R} on {latticeSize} points; expected a range of at least {reach:R}. Take a larger step or more points.");
        }
        for (var size = latticeSize; ; size *= 2)
        {
            var spacing = step ?? CompoundSumRange.Spacing(_items, _arrivals, tail, size);
            var masses = CompoundSumTransform.Masses(_items, _arrivals, _nodeWeights, spacing, size, maxDegreeOfParallelism);
            var distribution = Verified(masses, spacing);
            if (step is not null || size >= 8 * latticeSize || size >= 65536) return distribution;
            var middle = distribution.Band(0.9);
            if (middle.Upper == middle.Lower || middle.Upper - middle.Lower >= 128 * spacing) return distribution;
        }
    }

    /// <summary>Rounding may leave masses of about −1e-16; anything worse, a wrong total or a wrong mean is a fault of the computation.</summary>
    private LatticeDistribution Verified(double[] masses, double step)
    {
        double total = 0, mean = Mean;
        for (var j = 0; j < masses.Length; j++)
        {
            if (!(masses[j] >= -1e-12)) throw new InvalidOperationException($"{nameof(CompoundSum)}: found mass {masses[j]:R} at point {j}; expected none below −1e-12.");
            total += masses[j] = Math.Max(0, masses[j]);
        }
        if (!(Math.Abs(total - 1) <= 1e-9)) throw new InvalidOperationException($"{nameof(CompoundSum)}: found total mass {total:R}; expected 1 within 1e-9.");
        var distribution = new LatticeDistribution(0, step, masses);
        if (!(Math.Abs(distribution.Mean - mean) <= 1e-9 * mean + 2e-12 * step * masses.Length))
            throw new InvalidOperationException($"{nameof(CompoundSum)}: found mean {distribution.Mean:R} on the lattice; expected {mean:R}.");
        return distribution;
    }
}
