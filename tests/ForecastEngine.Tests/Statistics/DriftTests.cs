using CsCheck;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

/// <summary>Drift, adaptive levels, bootstrap and Holm. Golden values: METHOD §10 unless another source is named.</summary>
public sealed class DriftTests
{
    [Fact]
    public void Divergences_have_their_golden_values()
    {
        double[] from = [.2, .3, .3, .2], to = [.1, .25, .35, .3];
        Assert.Equal(.126684840698, PopulationStability.Index(from, to), 1e-12);
        Assert.Equal(.015629253276, PopulationStability.JensenShannon(from, to), 1e-12);
        Assert.Equal(.126684840698, PopulationStability.Index([20, 30, 30, 20], [10, 25, 35, 30]), 1e-12); // counts do as well
    }

    [Fact]
    public void Nothing_moved_means_zero_and_all_moved_means_ln_2()
    {
        Assert.Equal(0, PopulationStability.JensenShannon([1, 2], [1, 2]), 1e-15);
        Assert.Equal(Math.Log(2), PopulationStability.JensenShannon([1, 0], [0, 1]), 1e-12);
        double[] sample = [.. Enumerable.Range(0, 1000).Select(i => (double)i)];
        Assert.Equal(0, PopulationStability.IndexOfSamples(sample, sample), 1e-12);
        Assert.True(PopulationStability.IndexOfSamples(sample, [.. sample.Select(x => x + 300)]) > .25);
        Assert.Equal(0, PopulationStability.IndexOfSamples([1, 1, 1], [1, 1]), 1e-12);
    }

    [Fact]
    public void Kolmogorov_smirnov_has_its_golden_value() =>
        Assert.Equal(.4, KolmogorovSmirnov.TwoSample([1, 2, 3, 4, 5], [2.5, 3.5, 4.5, 5.5, 6.5]).Statistic, 1e-12);

    [Fact]
    public void Kolmogorov_smirnov_handles_ties_and_rejects_at_its_rate()
    {
        Assert.Equal(0, KolmogorovSmirnov.TwoSample([1, 1, 2], [1, 1, 2]).Statistic);
        int rejectedSame = 0, rejectedMoved = 0;
        for (var seed = 0; seed < 400; seed++)
        {
            var values = Enumerable.Range(0, 60).Select(i => CounterRandom.For(seed, i).Uniform()).ToArray();
            if (KolmogorovSmirnov.Uniform(values).PValue <= .1) rejectedSame++;
            if (KolmogorovSmirnov.Uniform([.. values.Select(u => u * u)]).PValue <= .1) rejectedMoved++;
        }
        Assert.InRange(rejectedSame, 22, 58); // 40 expected, standard deviation 6
        Assert.True(rejectedMoved > 380);
    }

    [Fact]
    public void Adaptive_level_has_its_golden_path()
    {
        double[] expected = [.204, .188, .192, .196, .18, .184, .188, .192, .196, .18];
        var state = AdaptiveConformal.Start(.8, .02);
        for (var i = 0; i < expected.Length; i++)
        {
            state = state.After("0100100001"[i] == '1');
            Assert.Equal(expected[i], state.Alpha, 1e-12);
        }
    }

    [Fact]
    public void Adaptive_level_stays_within_a_third_and_thrice_its_target()
    {
        Gen.Bool.Array[0, 500].Sample(misses =>
        {
            var state = AdaptiveConformal.Start(.8, .02);
            foreach (var missed in misses) state = state.After(missed);
            Assert.InRange(state.Alpha, .2 / 3 - 1e-12, .6 + 1e-12);
        });
    }

    [Fact]
    public void Adaptive_level_brings_the_misses_to_the_target_of_a_band_that_is_too_narrow()
    {
        // A band whose level ℓ truly covers ℓ²: at ℓ = .8 it misses 36 %. The long-run miss rate must still come to 20 %.
        var (state, misses) = (AdaptiveConformal.Start(.8, .01), 0);
        for (var i = 0; i < 5000; i++)
        {
            var missed = CounterRandom.For(1, i).Uniform() > state.Level * state.Level;
            if (missed) misses++;
            state = state.After(missed);
        }
        Assert.InRange(misses / 5000.0, .18, .22);
    }

    [Fact]
    public void Holm_adjusts_as_in_the_textbook() // R: p.adjust(c(.01,.04,.03,.005), "holm") = .03 .06 .06 .02
    {
        double[] expected = [.03, .06, .06, .02];
        var adjusted = Holm.Adjust([.01, .04, .03, .005]);
        for (var i = 0; i < 4; i++) Assert.Equal(expected[i], adjusted[i], 1e-12);
        Assert.Equal([1, 1], Holm.Adjust([.9, .8]));
    }

    [Fact]
    public void Bootstrap_interval_covers_the_mean_at_its_level()
    {
        var covered = 0;
        for (var seed = 0; seed < 300; seed++)
        {
            var (values, clusters) = Clustered(seed, 40, 5, clusterDeviation: 1);
            var interval = Bootstrap.Mean(values, clusters, .9, seed, 400);
            if (interval.Lower <= 0 && 0 <= interval.Upper) covered++;
        }
        Assert.InRange(covered / 300.0, .84, .95);
    }

    [Fact]
    public void Rows_of_one_cluster_are_not_independent()
    {
        var (values, clusters) = Clustered(1, 40, 25, clusterDeviation: 2);
        var (whole, naive) = (Bootstrap.Mean(values, clusters, .9, 1), Bootstrap.Mean(values, [], .9, 1));
        Assert.True(whole.Upper - whole.Lower > 3 * (naive.Upper - naive.Lower)); // design effect √(1 + 24 · .8) = 4.5
        Assert.Equal(whole, Bootstrap.Mean(values, clusters, .9, 1));
        Assert.NotEqual(whole, Bootstrap.Mean(values, clusters, .9, 2));
    }

    [Fact]
    public void Paired_difference_sees_what_separate_means_hide()
    {
        var (values, clusters) = Clustered(5, 60, 3, clusterDeviation: 5);
        var better = values.Select((v, i) => v - .2 + .05 * CounterRandom.For(9, i).Normal()).ToArray();
        var interval = Bootstrap.PairedDifference(better, values, clusters, .95, 3);
        Assert.InRange(-.2, interval.Lower, interval.Upper);
        Assert.True(interval.Upper < 0);
    }

    private static (double[] Values, int[] Clusters) Clustered(long seed, int count, int size, double clusterDeviation)
    {
        var (values, clusters) = (new double[count * size], new int[count * size]);
        for (var i = 0; i < values.Length; i++)
        {
            clusters[i] = 1000 - i / size;
            values[i] = clusterDeviation * CounterRandom.For(seed, 1, i / size).Normal() + CounterRandom.For(seed, 2, i).Normal();
        }
        return (values, clusters);
    }
}
