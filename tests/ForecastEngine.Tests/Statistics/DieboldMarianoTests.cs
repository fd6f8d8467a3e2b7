using CsCheck;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

/// <summary>Golden values: the formula in exact rational arithmetic (Python's Fraction), Student's t by Simpson's rule and bisection.</summary>
public sealed class DieboldMarianoTests
{
    // Two lags; the differences 1 3 4 3 1 −1 −1 1 follow each other, so the error is larger than that of independent ones, 0.6529.
    [Fact]
    public void Differences_that_follow_each_other_widen_the_band()
    {
        var found = DieboldMariano.Compare([5, 7, 9, 8, 4, 3, 2, 6], [4, 4, 5, 5, 3, 4, 3, 5], 0.90);
        Assert.Equal((8, 1.375), (found.Windows, found.Difference));
        Assert.Equal(0.8720187306856813, found.StandardError, 1e-12);
        Assert.Equal(-0.2771080303947677, found.Lower, 1e-8);
        Assert.Equal(3.0271080303947677, found.Upper, 1e-8);
    }

    // The differences 1 −1 2 −1 3 jump to and fro: ω would be 1.072, the plain variance 2.56 is kept.
    [Fact]
    public void Differences_that_jump_to_and_fro_do_not_narrow_it()
    {
        var found = DieboldMariano.Compare([3, 1, 4, 1, 5], [2, 2, 2, 2, 2], 0.90);
        Assert.Equal(0.8, found.StandardError, 1e-12);
        Assert.Equal(-0.9054774290614007, found.Lower, 1e-8);
        Assert.Equal(2.5054774290614006, found.Upper, 1e-8);
    }

    // Equal forecasters whose differences are independent: the band must hold 0 in at least nine of ten series.
    [Theory]
    [InlineData(4)]
    [InlineData(13)]
    public void Equal_forecasters_are_seldom_told_apart(int windows)
    {
        const int series = 4000;
        var apart = 0;
        for (var s = 0; s < series; s++)
        {
            var random = CounterRandom.For(11, s);
            double[] a = [.. Enumerable.Range(0, windows).Select(i => random.Normal(i))], b = new double[windows];
            var band = DieboldMariano.Compare(a, b, 0.90);
            if (band.Lower > 0 || band.Upper < 0) apart++;
        }
        Assert.InRange(apart / (double)series, 0.03, 0.11);
    }

    [Fact]
    public void Exchanging_the_two_turns_the_band_round() => Gen.Double[-5, 5].Array[2, 20].Sample(a =>
    {
        var b = new double[a.Length];
        var (forth, back) = (DieboldMariano.Compare(a, b, 0.9), DieboldMariano.Compare(b, a, 0.9));
        Assert.Equal(forth.Lower, -back.Upper, 1e-9);
        Assert.Equal(forth.StandardError, back.StandardError, 1e-9);
    }, iter: 100);

    [Fact]
    public void One_window_and_losses_without_end_are_refused()
    {
        Assert.Contains("expected at least 2", Assert.Throws<ArgumentException>(() => DieboldMariano.Compare([1], [2], 0.9)).Message, StringComparison.Ordinal);
        Assert.Contains("window 1", Assert.Throws<ArgumentException>(() => DieboldMariano.Compare([1, double.NaN], [2, 2], 0.9)).Message, StringComparison.Ordinal);
    }
}
