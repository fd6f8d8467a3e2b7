using System.Collections.Immutable;
using System.Numerics;
using CsCheck;
using ForecastEngine.Statistics;
using MathNet.Numerics.IntegralTransforms;

namespace ForecastEngine.Tests.Statistics;

/// <summary>The distribution of a sum of amounts that come or not, against exact cases, bounds, and a simulation written apart from it.</summary>
public sealed class CompoundSumTests
{
    private static ImmutableArray<double> All(double value, int nodes = 1) => [.. Enumerable.Repeat(value, nodes)];

    [Fact]
    public void Nothing_to_come_is_a_point_at_zero()
    {
        var sum = new CompoundSum([new CompoundItem(AmountDistribution.Fixed(100), All(0))], null, [1]);
        var distribution = sum.Distribution();
        Assert.Equal(0, distribution.Mean);
        Assert.Equal(0, distribution.Quantile(0.975));
        Assert.Equal(1, distribution.Cdf(0));
    }

    [Fact]
    public void Unit_amounts_give_the_poisson_binomial_exactly() // golden: METHOD §10
    {
        double[] expected = [.0756, .3117, .3892, .1862, .0352, .0021];
        double[] probabilities = [.1, .2, .5, .7, .3];
        var items = probabilities.Select(p => new CompoundItem(AmountDistribution.Fixed(1), [p]));
        var distribution = new CompoundSum(items, null, [1]).Distribution(64, step: 1);
        for (var k = 0; k < expected.Length; k++) Assert.Equal(expected[k], distribution.Masses[k], 1e-14);
        Assert.Equal(expected[2..].Sum(), distribution.ProbabilityAtLeast(2), 1e-14);
    }

    [Fact]
    public void Items_alike_are_one_item_with_a_count()
    {
        var rule = GaussHermite.Rule(9);
        foreach (var count in (int[])[1, 2, 37, 64])
        {
            var kinds = Enumerable.Range(0, 6).Select(i => Item(11, i, 5, rule, 0.2)).ToList();
            var apart = new CompoundSum(kinds.SelectMany(k => Enumerable.Repeat(k, count)), null, rule.Weights.AsSpan());
            var together = new CompoundSum(kinds.Select(k => k with { Count = count }), null, rule.Weights.AsSpan());
            Assert.Equal(apart.Mean, together.Mean, 1e-9 * apart.Mean);
            Assert.Equal(apart.Variance, together.Variance, 1e-9 * apart.Variance);
            var (a, b) = (apart.Distribution(1024), together.Distribution(1024));
            Assert.Equal(a.Step, b.Step, 1e-9 * a.Step);
            for (var k = 0; k < a.Masses.Length; k++) Assert.Equal(a.Masses[k], b.Masses[k], 1e-10);
        }
        Assert.Throws<ArgumentException>(() => new CompoundSum([new CompoundItem(AmountDistribution.Fixed(1), [0.5], 0)], null, [1]));
    }

    [Fact]
    public void Arrivals_alone_are_poisson_or_negative_binomial()
    {
        var poisson = new CompoundSum([], new CompoundArrivals(AmountDistribution.Fixed(1), [3]), [1]).Distribution(64, step: 1);
        var negative = new CompoundSum([], new CompoundArrivals(AmountDistribution.Fixed(1), [3], 0.5), [1]).Distribution(256, step: 1);
        double factorial = 1, rising = 1; // NegBin with r = 1/θ = 2, success probability 1/(1 + θΛ) = 0.4
        for (var k = 0; k < 12; k++)
        {
            Assert.Equal(Math.Exp(-3) * Math.Pow(3, k) / factorial, poisson.Masses[k], 1e-12);
            Assert.Equal(rising / factorial * Math.Pow(.4, 2) * Math.Pow(.6, k), negative.Masses[k], 1e-12);
            factorial *= k + 1;
            rising *= 2 + k;
        }
    }

    [Fact]
    public void A_vanishing_dispersion_is_poisson()
    {
        var poisson = new CompoundSum([], new CompoundArrivals(AmountDistribution.Fixed(1), [3]), [1]).Distribution(64, step: 1);
        foreach (var dispersion in Vanishing)
        {
            var near = new CompoundSum([], new CompoundArrivals(AmountDistribution.Fixed(1), [3], dispersion), [1]).Distribution(64, step: 1);
            for (var k = 0; k < 12; k++) Assert.Equal(poisson.Masses[k], near.Masses[k], 1e-13 + dispersion);
        }
    }

    private static readonly double[] Vanishing = [1e-5, 1e-9, 1e-13, 1e-300];

    [Fact]
    public void The_inverse_transform_agrees_with_that_of_math_net()
    {
        const int size = 256;
        var values = Enumerable.Range(0, size).Select(k => new Complex(CounterRandom.For(1, k).Normal(0), CounterRandom.For(1, k).Normal(1))).ToArray();
        var expected = values.ToArray();
        Fourier.Inverse(expected, FourierOptions.AsymmetricScaling);
        FastFourier.Inverse(values, [.. values.Select((_, k) => Math.Cos(2 * Math.PI * k / size))], [.. values.Select((_, k) => -Math.Sin(2 * Math.PI * k / size))]);
        for (var j = 0; j < size; j++) Assert.True(Complex.Abs(expected[j] - values[j]) < 1e-14);
    }

    [Fact]
    public void A_known_amount_lands_on_its_value()
    {
        var distribution = new CompoundSum([new CompoundItem(AmountDistribution.Fixed(12345.67), All(1))], null, [1]).Distribution();
        Assert.Equal(12345.67, distribution.Mean, 1e-6);
        Assert.InRange(distribution.Quantile(0.5), 12345.67 - distribution.Step, 12345.67 + distribution.Step);
    }

    [Fact]
    public void Mean_is_kept_and_masses_are_a_distribution()
    {
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 12], Gen.Double[0, 5], Gen.Double[0, 1], Gen.Long).Sample((count, atoms, rate, dispersion, seed) =>
        {
            var rule = GaussHermite.Rule(5);
            var items = Enumerable.Range(0, count).Select(i => Item(seed, i, atoms, rule, 0.3)).ToArray();
            var arrivals = new CompoundArrivals(items[0].Amount, [.. rule.Nodes.Select(x => rate * Math.Exp(0.3 * x))], dispersion);
            var sum = new CompoundSum(items, arrivals, rule.Weights.AsSpan());
            var distribution = sum.Distribution(1024);
            var direct = rule.Weights.Select((w, q) => w * (items.Sum(item => item.Probabilities[q] * item.Amount.Mean) + arrivals.Rates[q] * arrivals.Amount.Mean)).Sum();
            Assert.Equal(direct, sum.Mean, 1e-12 * direct);
            Assert.Equal(direct, distribution.Mean, 1e-9 * direct);
            Assert.InRange(distribution.Variance / sum.Variance, 1 - 1e-6, 1.01); // splitting atoms widens a little, never narrows
            foreach (var mass in distribution.Masses) Assert.InRange(mass, 0, 1);
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void A_rare_huge_amount_beside_small_ones_stays_inside_the_range()
    {
        var small = Enumerable.Range(0, 60).Select(i => new CompoundItem(AmountDistribution.Fixed(1000 + 10 * i), All(0.5)));
        var huge = new CompoundItem(AmountDistribution.Fixed(5_000_000), All(0.0001));
        var sum = new CompoundSum([.. small, huge], null, [1]);
        Assert.True(sum.Mean + 8 * Math.Sqrt(sum.Variance) < 5_000_000); // a range of mean and deviations alone would wrap it around
        var distribution = sum.Distribution();
        Assert.Equal(sum.Mean, distribution.Mean, 1e-9 * sum.Mean);
        Assert.Equal(0.0001, distribution.ProbabilityAtLeast(4_000_000), 1e-9);
        Assert.True(distribution.Masses.Length > 4096); // and the lattice is refined, or the small ones would share a few points
        Assert.InRange(distribution.Quantile(0.5), 37000, 40500);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        var sum = Pipeline(60, 11);
        var one = sum.Distribution(2048, maxDegreeOfParallelism: 1);
        var many = sum.Distribution(2048, maxDegreeOfParallelism: 4);
        Assert.True(one.Masses.SequenceEqual(many.Masses));
    }

    [Fact]
    public void A_wider_common_factor_widens_the_band_and_leaves_independence_at_a_deviation_of_zero()
    {
        LatticeDistribution With(double deviation)
        {
            var rule = GaussHermite.Rule(9);
            return new CompoundSum(Enumerable.Range(0, 200).Select(i => Item(3, i, 8, rule, deviation)), null, rule.Weights.AsSpan()).Distribution();
        }
        var single = new CompoundSum(Enumerable.Range(0, 200).Select(i => Item(3, i, 8, GaussHermite.Rule(1), 0)), null, [1]).Distribution();
        Assert.Equal(single.Quantile(0.9), With(0).Quantile(0.9), 1e-6 * single.Mean);
        Assert.True(With(0.3).StandardDeviation > 1.2 * With(0).StandardDeviation);
    }

    [Fact]
    public void A_step_too_small_for_the_amounts_is_refused() =>
        Assert.Throws<ArgumentException>(() => new CompoundSum([new CompoundItem(AmountDistribution.Fixed(1000), All(0.5))], null, [1]).Distribution(64, step: 1));

    [Fact]
    public void Probabilities_must_match_the_nodes() =>
        Assert.Throws<ArgumentException>(() => new CompoundSum([new CompoundItem(AmountDistribution.Fixed(1), [.5])], null, [.5, .5]));

    [Fact]
    public void Quantiles_agree_with_a_simulation_of_two_million_draws()
    {
        const int draws = 2_000_000;
        var rule = GaussHermite.Rule(9);
        var items = Enumerable.Range(0, 100).Select(i => Item(17, i, 10, rule, 0.15)).ToArray();
        var arrivals = new CompoundArrivals(AmountDistribution.FromAtoms([4_000, 9_000, 20_000]), [.. rule.Nodes.Select(x => 12 * Math.Exp(0.15 * x))], 0.05);
        var distribution = new CompoundSum(items, arrivals, rule.Weights.AsSpan()).Distribution();

        var sums = Simulate(items, arrivals, rule, draws);
        double[] levels = [.025, .1, .25, .5, .75, .9, .975];
        foreach (var level in levels)
        {
            var simulated = sums[(int)(level * draws)];
            Assert.InRange(distribution.Quantile(level) / simulated, 1 - 0.003, 1 + 0.003);
        }
        Assert.Equal(sums.Average(), distribution.Mean, 0.001 * distribution.Mean);
    }

    /// <summary>The oracle: draws the node, then every item, then the arrivals one by one. Shares nothing with the transform.</summary>
    private static double[] Simulate(CompoundItem[] items, CompoundArrivals arrivals, NormalQuadrature rule, int draws)
    {
        var sums = new double[draws];
        var nodeAt = Accumulate(rule.Weights);
        var (values, cumulative) = (items.Select(item => item.Amount.Values.ToArray()).ToArray(), items.Select(item => Accumulate(item.Amount.Masses)).ToArray());
        var counts = new double[rule.Weights.Length][]; // the distribution of the number of arrivals at each node, from its recursion
        for (var q = 0; q < counts.Length; q++)
        {
            var (r, p) = (1 / arrivals.Dispersion, 1 / (1 + arrivals.Dispersion * arrivals.Rates[q]));
            var mass = new double[200];
            mass[0] = Math.Pow(p, r);
            for (var k = 1; k < mass.Length; k++) mass[k] = mass[k - 1] * (k - 1 + r) / k * (1 - p);
            counts[q] = Accumulate(mass);
        }
        var random = new Random(20240607);
        for (var draw = 0; draw < draws; draw++)
        {
            var node = Pick(nodeAt, random.NextDouble());
            var sum = 0.0;
            for (var i = 0; i < items.Length; i++)
            {
                var u = random.NextDouble(); // one uniform serves both questions: u < p says it comes, u / p is uniform again
                var p = items[i].Probabilities[node];
                if (u < p) sum += values[i][Pick(cumulative[i], u / p)];
            }
            for (var n = Pick(counts[node], random.NextDouble()); n > 0; n--) sum += arrivals.Amount.Values[random.Next(3)];
            sums[draw] = sum;
        }
        Array.Sort(sums);
        return sums;
    }

    private static double[] Accumulate(IEnumerable<double> masses)
    {
        var sum = 0.0;
        return [.. masses.Select(mass => sum += mass)];
    }

    private static int Pick(double[] cumulative, double u)
    {
        var k = 0;
        while (k < cumulative.Length - 1 && u >= cumulative[k]) k++;
        return k;
    }

    internal static CompoundSum Pipeline(int count, long seed, int atoms = 15)
    {
        var rule = GaussHermite.Rule(9);
        var items = Enumerable.Range(0, count).Select(i => Item(seed, i, atoms, rule, 0.2));
        var arrivals = new CompoundArrivals(AmountDistribution.FromAtoms([5_000, 12_000, 30_000]), [.. rule.Nodes.Select(x => 20 * Math.Exp(0.2 * x))], 0.05);
        return new CompoundSum(items, arrivals, rule.Weights.AsSpan());
    }

    /// <summary>An item whose probability (around 5–65 %) moves with the factor and whose amounts are log-normal around sizes of 3,000 to 60,000.</summary>
    private static CompoundItem Item(long seed, int number, int atoms, NormalQuadrature rule, double deviation)
    {
        var random = CounterRandom.For(seed, number);
        var (p, size) = (0.05 + 0.6 * random.Uniform(0), 3_000 * Math.Pow(20, random.Uniform(1)));
        var values = Enumerable.Range(0, atoms).Select(k => size * Math.Exp(0.4 * CounterRandom.For(seed, number, k).Normal())).ToArray();
        return new CompoundItem(AmountDistribution.FromAtoms(values), [.. rule.Nodes.Select(x => HazardShift.Apply(p, deviation * x))]);
    }
}
