using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

/// <summary>Intervals of ratios of sums, and the parts of a Brier score.</summary>
public sealed class RatioBootstrapTests
{
    [Fact]
    public void Two_clusters_have_only_three_draws()
    {
        // Clusters (10, 50) and (30, 110): the draws give 10/50, 40/160 and 30/110.
        var ratio = Bootstrap.Ratio([4, 6, 30], [20, 30, 110], [7, 7, 9], .95, 1);
        Assert.Equal((.25, .2, 30.0 / 110), (ratio.Estimate, ratio.Lower, ratio.Upper));
        var gain = Bootstrap.RelativeGain([4, 6, 30], [20, 30, 110], [7, 7, 9], .95, 1);
        Assert.Equal((.75, 1 - 30.0 / 110, .8), (gain.Estimate, gain.Lower, gain.Upper));
        var difference = Bootstrap.PairedRatioDifference([14, 16, 80], [10, 10, 50], [20, 30, 110], [7, 7, 9], .95, 1);
        Assert.Equal((.25, .2, 30.0 / 110), (difference.Estimate, difference.Lower, difference.Upper));
    }

    [Fact]
    public void A_ratio_with_ones_is_the_mean()
    {
        double[] values = [3, 1, 4, 1, 5, 9, 2, 6];
        int[] clusters = [0, 0, 1, 1, 2, 2, 3, 3];
        Assert.Equal(Bootstrap.Mean(values, clusters, .9, 3), Bootstrap.Ratio(values, [1, 1, 1, 1, 1, 1, 1, 1], clusters, .9, 3));
    }

    [Fact]
    public void Intervals_of_ratios_cover_at_their_level()
    {
        var covered = 0;
        for (var seed = 0; seed < 300; seed++)
        {
            var (a, b, clusters) = (new double[150], new double[150], new int[150]);
            for (var i = 0; i < a.Length; i++)
            {
                clusters[i] = i / 3;
                b[i] = Math.Exp(CounterRandom.For(seed, 1, i / 3).Normal());
                a[i] = .2 * b[i] * Math.Exp(.5 * CounterRandom.For(seed, 2, i / 3).Normal() - .125);
            }
            var interval = Bootstrap.Ratio(a, b, clusters, .9, seed, 400);
            if (interval.Lower <= .2 && .2 <= interval.Upper) covered++;
        }
        Assert.InRange(covered / 300.0, .78, .95); // 50 clusters of skewed sums: percentile intervals are somewhat too narrow
    }

    [Fact]
    public void Where_nothing_came_there_is_no_ratio()
    {
        var ratio = Bootstrap.Ratio([1, 2], [0, 0], [], .95, 1);
        Assert.Equal((double.NaN, double.NaN), (ratio.Estimate, ratio.Lower));
    }

    [Fact]
    public void Brier_parts_add_up_where_forecasts_are_equal_within_bins()
    {
        // By hand: .2 five times with one success, .8 five times with three: ȳ = .4, REL = .5·(0 + .04) = .02, RES = .5·(.04 + .04) = .04, UNC = .24.
        double[] p = [.2, .2, .2, .2, .2, .8, .8, .8, .8, .8], y = [1, 0, 0, 0, 0, 1, 1, 1, 0, 0];
        var parts = BrierParts.Of(Reliability.Bins(p, y, 2));
        Assert.Equal(.02, parts.Reliability, 1e-12);
        Assert.Equal(.04, parts.Resolution, 1e-12);
        Assert.Equal(.24, parts.Uncertainty, 1e-12);
        Assert.Equal(ProbabilityScores.Brier(p, y), parts.Reliability - parts.Resolution + parts.Uncertainty, 1e-12);
    }
}
