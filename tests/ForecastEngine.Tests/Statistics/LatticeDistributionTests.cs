using CsCheck;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

public sealed class LatticeDistributionTests
{
    private static LatticeDistribution Normal(double mean, double deviation, double step)
    {
        var masses = new double[(int)(2 * mean / step) + 1];
        for (var j = 0; j < masses.Length; j++) masses[j] = Math.Exp(-Math.Pow((j * step - mean) / deviation, 2) / 2);
        var sum = masses.Sum();
        return new LatticeDistribution(0, step, masses.Select(mass => mass / sum).ToArray());
    }

    [Fact]
    public void Quantiles_of_a_normal_are_accurate_inside_a_cell() // z.9 = 1.2815515655, z.975 = 1.9599639845
    {
        var distribution = Normal(1000, 100, 10);
        Assert.Equal(1000 + 128.15515655, distribution.Quantile(0.9), 0.2); // a tenth of a deviation wide cells, error below 0.2 % of a deviation
        Assert.Equal(1000 + 195.99639845, distribution.Quantile(0.975), 0.2);
        Assert.Equal(100, distribution.StandardDeviation, 1e-6);
    }

    [Fact]
    public void Crps_of_a_normal_agrees_with_the_closed_form() =>
        Assert.Equal(DistributionScores.CrpsNormal(1000, 100, 1130), Normal(1000, 100, 1).Crps(1130), 1e-3);

    [Fact]
    public void Crps_is_the_sum_over_the_lattice() // Σ (F − 1{y ≤ r})² h by hand: F = .2, .7, 1 at 0, 10, 20
    {
        var distribution = new LatticeDistribution(0, 10, [.2, .5, .3]);
        Assert.Equal(10 * (.2 * .2 + .3 * .3), distribution.Crps(10), 1e-12);
        Assert.Equal(10 * (.2 * .2 + .7 * .7) + 5, distribution.Crps(25), 1e-12);
        Assert.Equal(10 * (.8 * .8 + .3 * .3) + 5, distribution.Crps(-5), 1e-12);
        Assert.Equal(5 * (.2 * .2 + .8 * .8) + 10 * .3 * .3, distribution.Crps(5), 1e-12);
    }

    [Fact]
    public void Crps_of_a_point_is_the_absolute_error() => Assert.Equal(3, LatticeDistribution.Point(10).Crps(7), 1e-12);

    [Fact]
    public void Quantile_and_cdf_are_inverse_above_the_atom_at_the_start()
    {
        Gen.Double[0, 1].Array[2, 50].Where(masses => masses.Sum() > 0).Select(Gen.Double[0, 1]).Sample((masses, level) =>
        {
            var total = masses.Sum();
            var distribution = new LatticeDistribution(-5, 0.5, masses.Select(mass => mass / total).ToArray());
            var x = distribution.Quantile(level);
            if (level > distribution.Cdf(-5)) Assert.Equal(level, distribution.Cdf(x), 1e-9);
            else Assert.Equal(-5, x);
        });
    }

    [Fact]
    public void Quantiles_rise_with_the_level()
    {
        Gen.Double[0, 1].Array[2, 30].Where(masses => masses.Sum() > 0).Select(Gen.Double[0, 1], Gen.Double[0, 1]).Sample((masses, a, b) =>
        {
            var total = masses.Sum();
            var distribution = new LatticeDistribution(0, 1, masses.Select(mass => mass / total).ToArray());
            Assert.True(distribution.Quantile(Math.Min(a, b)) <= distribution.Quantile(Math.Max(a, b)));
        });
    }

    [Fact]
    public void Shift_moves_values_and_leaves_the_shape()
    {
        var distribution = new LatticeDistribution(0, 10, [.2, .5, .3]);
        var moved = distribution.Shift(100);
        Assert.Equal(distribution.Mean + 100, moved.Mean, 1e-12);
        Assert.Equal(distribution.Quantile(.6) + 100, moved.Quantile(.6), 1e-12);
        Assert.Equal(distribution.Crps(8), moved.Crps(108), 1e-12);
        Assert.Equal(distribution.Variance, moved.Variance);
    }

    [Fact]
    public void Reaching_a_value_counts_the_value_itself()
    {
        var distribution = new LatticeDistribution(0, 10, [.2, .5, .3]);
        Assert.Equal(1, distribution.ProbabilityAtLeast(0));
        Assert.Equal(.8, distribution.ProbabilityAtLeast(10), 1e-12);
        Assert.Equal(.3, distribution.ProbabilityAtLeast(20), 1e-12);
        Assert.Equal(0, distribution.ProbabilityAtLeast(31), 1e-12);
    }

    [Fact]
    public void The_atom_at_the_start_does_not_reach_what_lies_just_beyond_it()
    {
        var distribution = new LatticeDistribution(0, 10, [.2, .5, .3]).Shift(5000);
        Assert.Equal(1, distribution.ProbabilityAtLeast(5000));
        Assert.Equal(.8, distribution.ProbabilityAtLeast(5001), 1e-12);
        Assert.Equal(.8, distribution.ProbabilityAtLeast(5009), 1e-12);
        Assert.Equal(0, LatticeDistribution.Point(5000).ProbabilityAtLeast(5000.4));
        Assert.Equal(1, distribution.ProbabilityAtLeast(5000 + 1e-9));
    }

    [Fact]
    public void Bands_are_nested()
    {
        var distribution = Normal(1000, 100, 7);
        var (narrow, wide) = (distribution.Band(.5), distribution.Band(.8));
        Assert.True(wide.Lower < narrow.Lower && narrow.Upper < wide.Upper);
        Assert.Equal(.8, distribution.Cdf(wide.Upper) - distribution.Cdf(wide.Lower), 1e-9);
    }

    [Fact]
    public void Masses_that_do_not_sum_to_one_are_refused() =>
        Assert.Throws<ArgumentException>(() => new LatticeDistribution(0, 1, [.5, .4]));

    [Fact]
    public void Hermite_nodes_integrate_the_moments_of_a_normal() // E Z² = 1, E Z⁴ = 3, E Z¹⁶ = 2 027 025; 9 nodes are exact to degree 17
    {
        var rule = GaussHermite.Rule(9);
        double Moment(int power) => rule.Nodes.Select((x, q) => rule.Weights[q] * Math.Pow(x, power)).Sum();
        Assert.Equal(1, Moment(0), 1e-14);
        Assert.Equal(0, Moment(3), 1e-13);
        Assert.Equal(1, Moment(2), 1e-13);
        Assert.Equal(3, Moment(4), 1e-12);
        Assert.Equal(2_027_025, Moment(16), 1e-4);
        Assert.Equal([-Math.Sqrt(3), 0, Math.Sqrt(3)], GaussHermite.Rule(3).Nodes, (a, b) => Math.Abs(a - b) < 1e-14);
        Assert.All(Enumerable.Range(2, 63).Select(GaussHermite.Rule), all => Assert.Equal(1, all.Nodes.Select((x, q) => all.Weights[q] * x * x).Sum(), 1e-12));
    }

    [Fact]
    public void Amounts_from_quantiles_keep_order_and_mean()
    {
        var amount = AmountDistribution.FromQuantiles([.1, .5, .9], [10, 30, 20], 100); // crossing quantiles are sorted
        Assert.True(amount.Values.SequenceEqual(amount.Values.Order()));
        Assert.Equal(10, amount.Values[0]);
        Assert.Equal(30, amount.Values[^1]);
        Assert.Equal(20, amount.Mean, 0.01); // symmetric around 20
        Assert.Equal(1, amount.Masses.Sum(), 1e-12);
    }

    [Fact]
    public void Atoms_are_sorted_merged_and_scaled()
    {
        var amount = AmountDistribution.FromAtoms([5, 1, 5, 9], [1, 2, 1, 0]);
        Assert.Equal([1, 5], amount.Values);
        Assert.Equal([.5, .5], amount.Masses);
        Assert.Equal(3, amount.Mean);
        Assert.Equal(4, amount.Variance, 1e-12);
        Assert.Throws<ArgumentException>(() => AmountDistribution.FromAtoms([-1]));
    }
}
