using ForecastEngine.DealSize;

namespace ForecastEngine.Tests.DealSize;

public sealed class DealSizeDistributionTests
{
    private static readonly double[] Tens = [10, 20, 30, 40];
    private static readonly double[] Levels = [0.125, 0.375, 0.625, 0.875];

    [Fact]
    public void Atoms_rise_sum_to_one_and_have_the_mean()
    {
        var size = new DealSizeDistribution(Tens, Levels, Tens, 25, 0.6, SizeRung.OwnModel);
        Assert.Equal([10, 20, 25, 30, 40], size.Atoms.Select(a => a.Value));
        Assert.Equal(1, size.Atoms.Sum(a => a.Mass), 12);
        Assert.Equal(size.Mean, size.Atoms.Sum(a => a.Mass * a.Value), 12);
        Assert.Equal(0.6, size.Atoms[2].Mass);
    }

    [Fact]
    public void Without_an_atom_quantiles_run_straight_through_the_middles()
    {
        var size = new DealSizeDistribution(Tens, Levels, Tens, double.NaN, 0, SizeRung.Regression);
        Assert.Equal(25, size.Mean, 12);
        Assert.Equal(25, size.Median, 12);
        Assert.Equal(15, size.Quantile(0.25), 12);
        Assert.Equal(10, size.Quantile(0));
        Assert.Equal(40, size.Quantile(1));
        Assert.Equal((15, 35), size.Band(0.5));
    }

    [Fact]
    public void The_atom_is_a_step_and_quantiles_never_fall()
    {
        foreach (var exact in new[] { 5.0, 10, 22, 25, 40, 70 })
        {
            var size = new DealSizeDistribution(Tens, Levels, Tens, exact, 0.3, SizeRung.OwnModel);
            var (before, atExact) = (double.NegativeInfinity, 0);
            for (var i = 0; i <= 1000; i++)
            {
                var value = size.Quantile(i / 1000.0);
                Assert.True(value >= before, $"exact {exact}, q {i / 1000.0}: {value} < {before}");
                if (value == exact) atExact++;
                before = value;
            }
            Assert.True(atExact >= 299, $"exact {exact}: the step is {atExact} wide");
        }
    }

    [Fact]
    public void The_typed_amount_alone_is_one_atom()
    {
        var size = AmountAsTyped.Evaluate(1234.5)!;
        Assert.Equal([new SizeAtom(1234.5, 1)], size.Atoms);
        Assert.Equal((1234.5, 1234.5), size.Band(0.95));
        Assert.Equal(1234.5, size.Mean);
        Assert.Null(AmountAsTyped.Evaluate(null));
        Assert.Null(AmountAsTyped.Evaluate(0));
    }

    [Fact]
    public void A_probability_outside_zero_to_one_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AmountAsTyped.Evaluate(1)!.Quantile(1.01));
}
