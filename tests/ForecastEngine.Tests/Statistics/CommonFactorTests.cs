using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

public sealed class CommonFactorTests
{
    [Fact]
    public void Without_data_the_prior_answers()
    {
        foreach (var series in new FactorObservation[][] { [], [new(0, 0, 0), new(0, 0, 0)] })
        {
            var factor = CommonFactor.Fit(series);
            Assert.Equal(.9, factor.Persistence, 1e-9);
            Assert.Equal(.2, factor.StandardDeviation, 1e-9);
            Assert.Equal(0, factor.State);
            Assert.Equal(.04, factor.StateVariance, 1e-9);
        }
    }

    [Fact]
    public void Persistence_and_deviation_are_recovered_from_simulated_residuals()
    {
        var (phi, sigma) = (new List<double>(), new List<double>());
        for (var seed = 0; seed < 40; seed++)
        {
            var (series, _) = Simulated(seed, weeks: 160, opportunities: 1500, persistence: .92, deviation: .25);
            var factor = CommonFactor.Fit(series);
            phi.Add(factor.Persistence);
            sigma.Add(factor.StandardDeviation);
        }
        Assert.Equal(.92, phi.Average(), .03);
        Assert.Equal(.25, sigma.Average(), .03);
        Assert.All(sigma, s => Assert.InRange(s, .12, .45));
    }

    [Fact]
    public void A_quiet_market_is_told_from_a_moving_one()
    {
        var quiet = CommonFactor.Fit(Simulated(3, 160, 1500, .92, .0).Series);
        Assert.True(quiet.StandardDeviation < .08);
        Assert.Equal(0, quiet.State, .08);
    }

    [Fact]
    public void The_filter_follows_the_true_factor_and_knows_its_error()
    {
        double error = 0, naive = 0, claimed = 0;
        for (var seed = 0; seed < 200; seed++)
        {
            var (series, truth) = Simulated(seed + 500, 60, 2500, .92, .3);
            var (factor, _) = CommonFactor.Filter(series, .92, .3);
            error += Math.Pow(factor.State - truth, 2) / 200;
            naive += truth * truth / 200;
            claimed += factor.StateVariance / 200;
        }
        Assert.True(error < .35 * naive);
        Assert.InRange(error / claimed, .75, 1.35); // the mean of 200 squared errors over their claimed variance, relative deviation 10 %
    }

    [Fact]
    public void One_step_of_the_filter_by_hand()
    {
        // From m = 0, P = .04 with φ = .9: m⁻ = 0, P⁻ = .04. E = 20, V = 18, W = 29: z = .5, K = .04/(.04 + 1/18) = .418605, m = .209302, P = .023256.
        var (factor, _) = CommonFactor.Filter([new FactorObservation(29, 20, 18)], .9, .2);
        Assert.Equal(.2093023256, factor.State, 1e-9);
        Assert.Equal(.0232558140, factor.StateVariance, 1e-9);
        Assert.Equal(.81 * .2093023256, factor.ShiftAt(1), 1e-9);
    }

    [Fact]
    public void An_empty_week_lets_the_state_fade()
    {
        var (one, _) = CommonFactor.Filter([new(29, 20, 18)], .9, .2);
        var (two, _) = CommonFactor.Filter([new(29, 20, 18), new(0, 0, 0)], .9, .2);
        Assert.Equal(.9 * one.State, two.State, 1e-12);
        Assert.True(two.StateVariance > one.StateVariance);
    }

    [Fact]
    public void Pooled_series_sharpen_the_estimate()
    {
        double alone = 0, together = 0;
        for (var seed = 0; seed < 15; seed++)
        {
            var series = Simulated(seed + 900, 50, 300, .92, .25).Series;
            var others = Enumerable.Range(0, 6).Select(i => (IReadOnlyList<FactorObservation>)Simulated(10_000 + 10 * seed + i, 100, 800, .92, .25).Series).ToArray();
            alone += Math.Abs(CommonFactor.Fit(series).StandardDeviation - .25);
            together += Math.Abs(CommonFactor.Fit(series, others).StandardDeviation - .25);
        }
        Assert.True(together < .7 * alone);
    }

    [Fact]
    public void Window_deviation_matches_a_simulation_of_the_factor()
    {
        var factor = new CommonFactor(.9, .3, .2, .03);
        double[] weights = [1, 2, 3, 1, 1];
        double sum = 0, squares = 0;
        const int draws = 200_000;
        for (var i = 0; i < draws; i++)
        {
            var random = CounterRandom.For(77, i);
            var (delta, window) = (.2 + Math.Sqrt(.03) * random.Normal(0), 0.0);
            for (var k = 0; k < weights.Length; k++)
            {
                delta = .9 * delta + .3 * Math.Sqrt(1 - .81) * random.Normal(k + 1);
                window += weights[k] / 8 * delta;
            }
            sum += window;
            squares += window * window;
        }
        var mean = sum / draws;
        Assert.Equal(Math.Sqrt(squares / draws - mean * mean), factor.WindowStandardDeviation(weights), .002);
        Assert.Equal(Enumerable.Range(0, 5).Sum(k => weights[k] / 8 * factor.ShiftAt(k)), mean, .003);
        Assert.Equal(0, factor.WindowStandardDeviation([0, 0]));
    }

    [Fact]
    public void Moments_of_windows_stand_in_for_a_history_by_weeks()
    {
        Assert.Equal(.15 * .15, CommonFactor.MomentVariance([]), 1e-12);
        // One window, V = 100, surprise 50: (2500 − 100)/10000 = .24; shrunk (.24 + 4 · .0225)/5 = .066
        Assert.Equal(.066, CommonFactor.MomentVariance([new(170, 120, 100)]), 1e-12);
        Assert.Equal(0, CommonFactor.MomentVariance([.. Enumerable.Repeat(new FactorObservation(10, 10, 8), 100)])); // calmer than chance
    }

    [Fact]
    public void Combined_deviation_adds_what_the_level_may_be_off_and_is_no_less_than_windows_showed()
    {
        Assert.Equal(.2, CommonFactor.CombinedStandardDeviation(.1, .04), 1e-12);
        Assert.Equal(Math.Sqrt(.01 + .0064), CommonFactor.CombinedStandardDeviation(.1, 0), 1e-12);
    }

    [Fact]
    public void A_shift_moves_the_logit_by_its_size()
    {
        Assert.Equal(Logit.Of(.3) + .7, Logit.Of(HazardShift.Apply(.3, .7)), 1e-12);
        Assert.Equal(.3 * Math.Exp(-.7) / (1 + .3 * (Math.Exp(-.7) - 1)), HazardShift.Apply(.3, -.7), 1e-12);
        Assert.Equal(0, HazardShift.Apply(0, 5));
        Assert.Equal(1, HazardShift.Apply(1, -800));
        Assert.Equal(1, HazardShift.Apply(.5, 2000), 1e-12);
    }

    [Fact]
    public void A_variance_above_the_expectation_is_refused() =>
        Assert.Throws<ArgumentException>(() => CommonFactor.Fit([new FactorObservation(1, 1, 2)]));

    /// <summary>Weekly wins among many cases with hazards from 1 to 3 %, shifted by an AR(1) factor; W is Poisson given the factor. Returns the last value of the factor too.</summary>
    private static (FactorObservation[] Series, double Last) Simulated(long seed, int weeks, int opportunities, double persistence, double deviation)
    {
        var series = new FactorObservation[weeks];
        var delta = deviation * CounterRandom.For(seed, -1).Normal();
        for (var week = 0; week < weeks; week++)
        {
            delta = persistence * delta + deviation * Math.Sqrt(1 - persistence * persistence) * CounterRandom.For(seed, week, 1).Normal();
            double expected = 0, variance = 0;
            var wins = 0;
            for (var i = 0; i < 50; i++)
            {
                var (hazard, group) = (.01 + .02 * i / 49, opportunities / 50);
                expected += group * hazard;
                variance += group * hazard * (1 - hazard);
                wins += Binomial(group, HazardShift.Apply(hazard, delta), CounterRandom.For(seed, week, 2, i).Uniform());
            }
            series[week] = new FactorObservation(wins, expected, variance);
        }
        return (series, delta);
    }

    private static int Binomial(int n, double p, double uniform)
    {
        var k = 0;
        var term = Math.Pow(1 - p, n);
        for (var sum = term; uniform > sum && k < n; sum += term) term *= (n - k++) / (double)k * p / (1 - p);
        return k;
    }
}
