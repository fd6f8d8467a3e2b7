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

    // Fifty quiet weeks, then one that brings far more than foretold: how far a single week may carry the state.
    [Theory]
    [InlineData(2000, 1, .995)]
    [InlineData(30, 3, 2.9)]
    [InlineData(150, 3, 2.9)]
    [InlineData(1e6, 1e-3, 9e-4)]
    [InlineData(0, 300, 290)]
    [InlineData(825, 626, 369)]
    public void The_state_never_moves_further_than_its_data_say(double observed, double expected, double variance)
    {
        FactorObservation last = new(observed, expected, variance);
        var factor = CommonFactor.Fit([.. Enumerable.Repeat(new FactorObservation(3, 3, 2.9), 50), last]);
        var told = Math.Abs(observed < expected ? 30 : observed < expected / (1 - variance / expected)
            ? Logit.Of(observed * (1 - variance / expected) / expected) - Logit.Of(1 - variance / expected)
            : Math.Log(observed / expected));
        Assert.InRange(Math.Abs(factor.State), 0, told + 1e-9);
        Assert.True(double.IsFinite(factor.StandardDeviation) && factor.StateVariance > 0
            && factor.StateVariance <= factor.StandardDeviation * factor.StandardDeviation);
        Assert.InRange(Math.Sqrt(CommonFactor.MomentVariance([last])), 0, told + .15);
        if (observed == 30) Assert.True(factor.State < Math.Log(10) + .07 && factor.State > .2);
    }

    [Fact]
    public void A_history_with_weeks_beside_all_measure_is_followed_to_its_end()
    {
        // Weekly wins, expected, variance: quiet weeks, then one of 800 and one that takes after it.
        FactorObservation[] series = [new(20, 1.5, 1.49), .. Enumerable.Repeat(new FactorObservation(1, 3, 2.95), 22),
            new(800, 600, 350), new(18, 8, 7.9)];
        var factor = CommonFactor.Fit(series);
        Assert.InRange(factor.State, 0, Math.Log(20 / 1.5));
        Assert.InRange(factor.StandardDeviation, .05, 2);
    }

    [Fact]
    public void A_week_beyond_the_lines_reach_gets_its_posterior_mode()
    {
        // W = 30 for E = V = 3 (Poisson) from m⁻ = 0, P⁻ = 1: 30 − 3 e^δ = δ holds at the mode; P = 1/(1 + 3 e^δ).
        var (factor, _) = CommonFactor.Filter([new FactorObservation(30, 3, 3)], .9, 1);
        Assert.Equal(30 - 3 * Math.Exp(factor.State), factor.State, 1e-9);
        Assert.Equal(1 / (1 + 3 * Math.Exp(factor.State)), factor.StateVariance, 1e-9);
        // The same by brute force: the peak of the posterior density on a fine grid.
        var peak = Enumerable.Range(0, 40_001).Select(i => i / 10_000.0).MaxBy(d =>
            30 * d - 3 * Math.Exp(d) - d * d / 2);
        Assert.Equal(peak, factor.State, 1e-4);
    }

    [Fact]
    public void What_a_far_week_adds_to_the_likelihood_is_close_to_its_integral()
    {
        // p(W) = ∫ Binomial(W; n, h(δ)) N(δ; 0, 1) dδ with n = 100 and h = .03 at δ = 0, by a sum over a grid; 20 is
        // ten deviations of chance away.
        const double n = 100, hazard = .03;
        var sum = 0.0;
        for (var d = -8.0; d <= 8; d += 1e-3)
        {
            var h = HazardShift.Apply(hazard, d);
            sum += 1e-3 * Math.Exp(MathNet.Numerics.SpecialFunctions.BinomialLn((int)n, 20) + 20 * Math.Log(h) + 80
                * Math.Log(1 - h) - d * d / 2) / Math.Sqrt(2 * Math.PI);
        }
        var (_, logLikelihood) = CommonFactor.Filter([new FactorObservation(20, n * hazard, n * hazard * (1 - hazard))],
            .9, 1);
        Assert.Equal(Math.Log(sum), logLikelihood, .02);
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
