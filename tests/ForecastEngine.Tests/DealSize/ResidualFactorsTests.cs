using ForecastEngine.DealSize;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.DealSize;

public sealed class ResidualFactorsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(21)]
    [InlineData(1000)]
    public void The_mean_factor_is_that_of_the_residuals(int count)
    {
        var residuals = Enumerable.Range(0, count).Select(i => (CounterRandom.For(3, i).Normal(), 0.2 + CounterRandom.For(4, i).Uniform())).ToArray();
        var factors = ResidualFactors.From(residuals);
        Assert.Equal(ResidualFactors.Count, factors.Length);
        Assert.Equal(residuals.Sum(r => r.Item2 * Math.Exp(r.Item1)) / residuals.Sum(r => r.Item2), factors.Average(), 1e-9);
        Assert.Equal(factors.Order(), factors);
    }

    [Fact]
    public void One_wild_residual_moves_one_factor_only()
    {
        var tame = Enumerable.Range(0, 210).Select(i => (i / 1000.0, 1.0)).ToArray();
        var wild = tame.ToArray();
        wild[^1] = (4.0, 1);
        var (before, after) = (ResidualFactors.From(tame), ResidualFactors.From(wild));
        for (var k = 0; k < ResidualFactors.Count - 1; k++) Assert.Equal(before[k], after[k], 1e-12);
        Assert.True(after[^1] > 2 * before[^1]);
    }

    // i/(n + 1): of 99 residuals, 0.01 … 0.99, the quantile at level p is p.
    [Fact]
    public void Quantiles_lie_where_a_new_residual_falls_below_with_their_level()
    {
        var residuals = Enumerable.Range(1, 99).Select(i => (i / 100.0, 1.0)).ToArray();
        var quantiles = ResidualFactors.Quantiles(residuals);
        for (var k = 0; k < quantiles.Length; k++) Assert.Equal(Math.Exp(ResidualFactors.Levels[k]), quantiles[k], 1e-12);
    }

    [Fact]
    public void One_residual_is_every_quantile() =>
        Assert.All(ResidualFactors.Quantiles([(0.5, 1)]), q => Assert.Equal(Math.Exp(0.5), q));
}
