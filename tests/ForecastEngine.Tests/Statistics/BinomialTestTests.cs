using CsCheck;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

/// <summary>Golden values: exact rational arithmetic (Python's Fraction over all outcomes), and R's own example where named.</summary>
public sealed class BinomialTestTests
{
    [Theory]
    [InlineData(13, 16, .8, 1.0)]
    [InlineData(6, 12, .8, .019405279232)]
    [InlineData(0, 5, .5, .0625)]
    [InlineData(5, 5, .8, .5904)]
    [InlineData(7, 10, .5, .34375)]
    [InlineData(235, 243, .95, .29997814067065687)]
    [InlineData(3, 20, .05, .07548367378849634)]
    [InlineData(682, 925, .75, .3824915595748517)] // R, example(binom.test): Mendel's peas, p-value = 0.3825
    public void P_values_are_those_of_exact_arithmetic(int successes, int trials, double probability, double expected) =>
        Assert.Equal(expected, BinomialTest.PValue(successes, trials, probability), 1e-10);

    [Theory]
    [InlineData(13, 16, .5435434537683882, .9595262660940541)]
    [InlineData(10, 12, .5158622513140328, .9791374745399076)]
    [InlineData(0, 5, 0, .5218237501049815)]
    [InlineData(5, 5, .4781762498950185, 1)]
    [InlineData(235, 243, .9361639244946324, .9856815733023507)]
    [InlineData(682, 925, .7076683, .7654066)] // R, example(binom.test)
    public void Intervals_are_those_of_Clopper_and_Pearson(int successes, int trials, double lower, double upper)
    {
        var interval = BinomialTest.Interval(successes, trials);
        Assert.Equal(lower, interval.Lower, 1e-7);
        Assert.Equal(upper, interval.Upper, 1e-7);
    }

    [Fact]
    public void An_interval_leaves_out_what_the_one_sided_tests_reject() => Gen.Select(Gen.Int[1, 60], Gen.Double[0, 1]).Sample((trials, share) =>
    {
        var successes = (int)(share * trials);
        var (lower, upper) = BinomialTest.Interval(successes, trials, .9);
        if (successes > 0) Assert.Equal(.05, AtLeast(successes, trials, lower), 1e-9);
        if (successes < trials) Assert.Equal(.95, AtLeast(successes + 1, trials, upper), 1e-9);
    }, iter: 50);

    [Fact]
    public void Without_trials_nothing_is_known()
    {
        Assert.Equal(1, BinomialTest.PValue(0, 0, .8));
        Assert.Equal((0.0, 1.0), BinomialTest.Interval(0, 0));
    }

    [Fact]
    public void Certain_hypotheses_are_kept_or_refuted()
    {
        Assert.Equal(1, BinomialTest.PValue(0, 4, 0));
        Assert.Equal(0, BinomialTest.PValue(1, 4, 0));
        Assert.Equal(1, BinomialTest.PValue(4, 4, 1));
        Assert.Equal(0, BinomialTest.PValue(3, 4, 1));
    }

    [Fact]
    public void Impossible_counts_are_refused() => Assert.Throws<ArgumentException>(() => BinomialTest.PValue(5, 4, .8));

    private static double AtLeast(int successes, int trials, double probability)
    {
        var pmf = new double[trials + 1];
        pmf[0] = 1;
        for (var t = 0; t < trials; t++)
            for (var i = t + 1; i >= 0; i--) pmf[i] = pmf[i] * (1 - probability) + (i > 0 ? pmf[i - 1] * probability : 0);
        return pmf[successes..].Sum();
    }
}
