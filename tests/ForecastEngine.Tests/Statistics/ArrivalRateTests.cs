using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

public sealed class ArrivalRateTests
{
    private static readonly double[] Season = [.7, .9, 1.1, 1.3];

    [Fact]
    public void Level_trend_and_season_are_recovered_from_poisson_counts()
    {
        double level = 0, trend = 0;
        var season = new double[4];
        for (var seed = 0; seed < 60; seed++)
        {
            var (counts, positions) = Simulated(seed, 156, 40, .004);
            var rate = ArrivalRate.Fit(counts, positions, 4);
            level += rate.Level / 60;
            trend += rate.Trend / 60;
            for (var s = 0; s < 4; s++) season[s] += rate.Season[s] / 60;
        }
        Assert.Equal(40, level, 1.0);
        Assert.Equal(.004, trend, .0006);
        for (var s = 0; s < 4; s++) Assert.Equal(Season[s], season[s], .03);
    }

    [Fact]
    public void Forecasts_of_the_next_quarter_are_unbiased_and_better_than_the_plain_mean()
    {
        double truth = 0, forecast = 0, error = 0, plain = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            var (counts, positions) = Simulated(seed + 100, 156, 12, .004);
            var rate = ArrivalRate.Fit(counts, positions, 4);
            double expected = 0, actual = 0;
            for (var k = 1; k <= 13; k++)
            {
                var position = (155 + k) % 4;
                expected += rate.Expected(k, position);
                actual += 12 * Math.Exp(.004 * k) * Season[position];
            }
            (truth, forecast) = (truth + actual, forecast + expected);
            error += Math.Abs(expected - actual);
            plain += Math.Abs(13 * counts.Average() - actual);
        }
        Assert.InRange(forecast / truth, .96, 1.03);
        Assert.True(error < .6 * plain);
    }

    [Fact]
    public void A_series_without_trend_or_season_is_left_flat()
    {
        var counts = Enumerable.Range(0, 104).Select(t => (double)CounterRandom.For(8, t).Poisson(10)).ToArray();
        var rate = ArrivalRate.Fit(counts, [.. Enumerable.Range(0, 104).Select(t => t % 12)], 12);
        Assert.InRange(Math.Abs(rate.Trend), 0, .005);
        Assert.All(rate.Season, factor => Assert.InRange(factor, .75, 1.25));
        Assert.Equal(1, rate.Season.Average(), 1e-9);
    }

    [Fact]
    public void Recent_cells_weigh_more()
    {
        double[] counts = [.. Enumerable.Repeat(10.0, 100), .. Enumerable.Repeat(20.0, 20)];
        var options = new ArrivalRateOptions { HalfLife = 10, TrendDeviation = 0 };
        Assert.InRange(ArrivalRate.Fit(counts, new int[120], 1, options).Level, 17, 20);
        Assert.InRange(ArrivalRate.Fit(counts, new int[120], 1, options with { HalfLife = 1e6 }).Level, 11.6, 11.7); // (100·10 + 20·20)/120
    }

    [Fact]
    public void The_level_is_gamma_poisson() // (Σ N + prior · cells) / (T + cells) = (30 + 8) / (3 + 4)
    {
        var options = new ArrivalRateOptions { HalfLife = 1e9, TrendDeviation = 0, LevelPrior = 2, LevelCells = 4 };
        Assert.Equal(38 / 7.0, ArrivalRate.Fit([10, 5, 15], new int[3], 1, options).Level, 1e-6);
        Assert.Equal(2, ArrivalRate.Fit([], [], 1, options).Level, 1e-9);
    }

    [Fact]
    public void Nothing_seen_and_nothing_known_gives_zero()
    {
        Assert.Equal(0, ArrivalRate.Fit([0, 0, 0], new int[3], 1).Expected(1, 0));
        Assert.Equal(0, ArrivalRate.Fit([], [], 4).Expected(5, 3));
    }

    [Fact]
    public void The_trend_fades_with_distance()
    {
        var rate = new ArrivalRate(10, .01, .5, [1]);
        Assert.Equal(10, rate.Expected(0, 0), 1e-12);
        Assert.Equal(10 * Math.Exp(.01 * .75), rate.Expected(2, 0), 1e-12);
        Assert.Equal(10 * Math.Exp(.01), rate.Expected(200, 0), 1e-9);
    }

    [Fact]
    public void A_position_outside_the_season_is_refused() =>
        Assert.Throws<ArgumentException>(() => ArrivalRate.Fit([1], [4], 4));

    [Fact]
    public void Dispersion_of_negative_binomial_windows_is_recovered()
    {
        // Mean 50, θ = 1/5: a Poisson whose rate is a Gamma of shape 5, the sum of five exponentials.
        var counts = new double[4000];
        for (var i = 0; i < counts.Length; i++)
        {
            var random = CounterRandom.For(21, i);
            var gamma = Enumerable.Range(0, 5).Sum(k => -Math.Log(random.Uniform(k))) / 5;
            counts[i] = random.Poisson(50 * gamma, 9);
        }
        Assert.Equal(.2, Dispersion.OfCounts(counts, [.. Enumerable.Repeat(50.0, counts.Length)]), .02);
    }

    private static (double[] Counts, int[] Positions) Simulated(long seed, int cells, double level, double trend)
    {
        var positions = Enumerable.Range(0, cells).Select(t => t % 4).ToArray();
        return ([.. positions.Select((s, t) => (double)CounterRandom.For(seed, t).Poisson(level * Math.Exp(trend * (t - cells + 1)) * Season[s]))], positions);
    }
}
