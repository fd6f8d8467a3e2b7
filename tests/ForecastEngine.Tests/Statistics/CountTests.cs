using CsCheck;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

/// <summary>Beta-binomial, Beta, Poisson-binomial, shrinkage and dispersion. Golden values: METHOD §10.</summary>
public sealed class CountTests
{
    [Fact]
    public void Beta_binomial_tail_has_its_golden_value() => Assert.Equal(.827669079945, BetaBinomial.AtLeast(10, 130, 41, 361), 1e-10);

    [Theory]
    [InlineData(40, 360, 96, 126, 145, 163)]
    [InlineData(4, 36, 86, 136, 177, 221)]
    [InlineData(400, 3600, 97, 124, 140, 155)]
    public void Trials_needed_have_their_golden_values(int won, int lost, int half, int eighty, int ninety, int ninetyFive)
    {
        double[] levels = [.5, .8, .9, .95];
        Assert.Equal([half, eighty, ninety, ninetyFive], levels.Select(level => BetaBinomial.TrialsNeeded(10, level, won + 1, lost + 1)!.Value));
    }

    [Fact]
    public void Beta_binomial_masses_sum_to_one_and_to_the_tail()
    {
        Gen.Select(Gen.Int[0, 60], Gen.Double[.2, 30], Gen.Double[.2, 30], Gen.Int[0, 60]).Sample((n, a, b, k) =>
        {
            var masses = Enumerable.Range(0, n + 1).Select(j => BetaBinomial.Probability(j, n, a, b)).ToArray();
            Assert.Equal(1, masses.Sum(), 1e-9);
            Assert.Equal(n * a / (a + b), masses.Select((m, j) => m * j).Sum(), 1e-7);
            Assert.Equal(masses.Skip(k).Sum(), BetaBinomial.AtLeast(k, n, a, b), 1e-9);
        });
    }

    [Fact]
    public void A_goal_out_of_reach_is_said_to_be() => Assert.Null(BetaBinomial.TrialsNeeded(10, .99, .01, 5, limit: 1000));

    [Theory]
    [InlineData(.05, .2023777799)]
    [InlineData(.5, .3421534217)]
    [InlineData(.95, .5036415624)]
    public void Beta_quantiles_have_their_golden_values(double level, double expected)
    {
        Assert.Equal(expected, BetaDistribution.Quantile(level, 9, 17), 1e-10);
        Assert.Equal(level, BetaDistribution.Cdf(expected, 9, 17), 1e-9);
    }

    [Fact]
    public void Poisson_binomial_has_its_golden_values()
    {
        double[] expected = [.0756, .3117, .3892, .1862, .0352, .0021];
        var masses = PoissonBinomial.Probabilities([.1, .2, .5, .7, .3]);
        for (var k = 0; k < expected.Length; k++) Assert.Equal(expected[k], masses[k], 1e-14);
    }

    [Fact]
    public void Shrunken_rates_have_their_golden_values()
    {
        Assert.Equal(.32, Shrinkage.Rate(3, 5, .25, 20), 1e-12);
        Assert.Equal(.35, Shrinkage.Rate(30, 80, .25, 20), 1e-12);
        Assert.Equal(.25, Shrinkage.Rate(0, 0, .25, 20), 1e-12);
    }

    [Fact]
    public void Shrinkage_strength_recovers_that_of_beta_distributed_groups()
    {
        // Groups with rates from Beta(6, 14): m = 20. The rate of a group is the 6th smallest of 19 uniforms.
        var (successes, trials) = (new double[4000], new double[4000]);
        for (var g = 0; g < trials.Length; g++)
        {
            var random = CounterRandom.For(4, g);
            var rate = Enumerable.Range(0, 19).Select(i => random.Uniform(i)).Order().ElementAt(5);
            trials[g] = 30;
            for (var i = 0; i < 30; i++) successes[g] += random.Uniform(100 + i) < rate ? 1 : 0;
        }
        Assert.Equal(20, Shrinkage.Strength(successes, trials), 2.0);
    }

    [Fact]
    public void Groups_alike_shrink_most_and_groups_apart_least()
    {
        Assert.Equal(200, Shrinkage.Strength([10, 10, 10], [40, 40, 40]));
        Assert.Equal(200, Shrinkage.Strength([3], [10]));
        Assert.Equal(4, Shrinkage.Strength([0, 1000], [1000, 1000]));
    }

    [Fact]
    public void Dispersion_of_exact_moments()
    {
        // (N − μ)² averages μ + θμ² with μ = 100, θ = .03 : 400, that is ±20
        Assert.Equal(.03, Dispersion.OfCounts([80, 120], [100, 100]), 1e-12);
        Assert.Equal(0, Dispersion.OfCounts([99, 101], [100, 100]));
        Assert.Equal(.02, Dispersion.OfCounts([80, 120], [100, 100], prior: .01, priorWindows: 2), 1e-12);
        Assert.Equal(.05, Dispersion.OfCounts([], [], prior: .05, priorWindows: 1));
    }
}
