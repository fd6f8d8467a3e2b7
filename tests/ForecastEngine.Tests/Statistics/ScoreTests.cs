using CsCheck;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

/// <summary>Golden values: METHOD §10 unless another source is named.</summary>
public sealed class ScoreTests
{
    private static readonly double[] P = [.9, .8, .3, .2, .6];
    private static readonly double[] Y = [1, 1, 0, 0, 0];

    [Fact]
    public void Brier_skill_and_log_loss_have_their_golden_values()
    {
        Assert.Equal(.108, ProbabilityScores.Brier(P, Y), 1e-12);
        Assert.Equal(.55, ProbabilityScores.BrierSkill(P, Y, [.4, .4, .4, .4, .4]), 1e-12);
        Assert.Equal(.3649226588, ProbabilityScores.LogLoss(P, Y), 1e-10);
    }

    [Fact]
    public void A_weight_of_two_is_the_row_twice()
    {
        double[] weights = [2, 1, 1, 3, 1], twice = [.9, .9, .8, .3, .2, .2, .2, .6], outcomes = [1, 1, 1, 0, 0, 0, 0, 0];
        Assert.Equal(ProbabilityScores.Brier(twice, outcomes), ProbabilityScores.Brier(P, Y, weights), 1e-12);
        Assert.Equal(ProbabilityScores.LogLoss(twice, outcomes), ProbabilityScores.LogLoss(P, Y, weights), 1e-12);
        Assert.Equal(ProbabilityScores.Auc(twice, outcomes), ProbabilityScores.Auc(P, Y, weights), 1e-12);
        Assert.Equal(Reliability.Line(twice, outcomes).Slope, Reliability.Line(P, Y, weights).Slope, 1e-6);
    }

    [Fact]
    public void Certain_misses_cost_a_finite_amount() =>
        Assert.Equal(-Math.Log(ProbabilityScores.LogLossClamp), ProbabilityScores.LogLoss([0], [1]), 1e-9);

    [Fact]
    public void Percentages_are_refused() => Assert.Throws<ArgumentException>(() => ProbabilityScores.Brier([90], [1]));

    [Fact]
    public void Auc_averages_ties_and_is_undefined_for_one_class()
    {
        Assert.Equal((2 + 1.5) / 4, ProbabilityScores.Auc([.1, .4, .4, .8], [0, 0, 1, 1]), 1e-12);
        Assert.Equal(.5, ProbabilityScores.Auc([.3, .3, .3], [0, 1, 0]), 1e-12);
        Assert.Equal(double.NaN, ProbabilityScores.Auc([.3, .5], [1, 1]));
    }

    [Fact]
    public void Auc_equals_the_count_over_all_pairs()
    {
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 1]).Array[2, 40].Where(rows => rows.Any(r => r.Item2 == 1) && rows.Any(r => r.Item2 == 0)).Sample(rows =>
        {
            double sum = 0, pairs = 0;
            foreach (var (score, label) in rows)
                foreach (var (other, negative) in rows)
                    if (label == 1 && negative == 0) (sum, pairs) = (sum + (score > other ? 1 : score == other ? .5 : 0), pairs + 1);
            Assert.Equal(sum / pairs, ProbabilityScores.Auc([.. rows.Select(r => (double)r.Item1)], [.. rows.Select(r => (double)r.Item2)]), 1e-12);
        });
    }

    [Fact]
    public void Calibration_error_measures_the_distance_bin_by_bin()
    {
        double[] p = [.1, .1, .1, .1, .6, .6, .6, .6], y = [0, 0, 0, 1, 1, 1, 0, 0];
        Assert.Equal(.5 * .15 + .5 * .1, Reliability.ExpectedCalibrationError(p, y, 2), 1e-12);
        Assert.Equal(2, Reliability.Bins(p, y).Count); // equal probabilities are never parted, however many bins are asked for
    }

    [Fact]
    public void Bins_hold_equal_mass()
    {
        var p = Enumerable.Range(0, 1500).Select(i => (i + .5) / 1500).ToArray();
        Assert.All(Reliability.Bins(p, p), bin => Assert.Equal(100, bin.Weight));
        Assert.Equal(0, Reliability.ExpectedCalibrationError(p, p), 1e-12);
    }

    [Fact]
    public void Recalibration_line_recovers_the_distortion()
    {
        var truth = Enumerable.Range(1, 400).Select(i => i / 401.0).ToArray();
        var overconfident = truth.Select(t => Logit.Inverse((Logit.Of(t) - .3) / .5)).ToArray(); // logit t = .3 + .5 logit p
        var line = Reliability.Line(overconfident, truth);
        Assert.Equal(.3, line.Intercept, 1e-6);
        Assert.Equal(.5, line.Slope, 1e-6);
    }

    [Fact]
    public void Crps_has_its_golden_values()
    {
        Assert.Equal(19.8884800795, DistributionScores.CrpsNormal(100, 20, 130), 1e-10);
        Assert.Equal(8.4, DistributionScores.CrpsEnsemble([80, 90, 100, 120, 150], 110), 1e-12);
        Assert.Equal(5.0, DistributionScores.CrpsEnsembleFair([80, 90, 100, 120, 150], 110), 1e-12);
        // Half of Gini's mean difference: pairs of 80, 90, 100, 120, 150 differ by 10, 20, 40, 70, 10, 30, 60, 20, 50, 30.
        Assert.Equal(340.0 / 20, DistributionScores.ExpectedCrpsOfTruth([120, 80, 150, 90, 100]), 1e-12);
        Assert.Equal(30, DistributionScores.CrpsNormal(100, 0, 130));
    }

    [Fact]
    public void Crps_of_an_ensemble_equals_the_double_sum()
    {
        Gen.Select(Gen.Double[-100, 100].Array[1, 20], Gen.Double[-100, 100]).Sample((members, observed) =>
        {
            var pairs = members.Sum(a => members.Sum(b => Math.Abs(a - b))) / (2.0 * members.Length * members.Length);
            Assert.Equal(members.Average(x => Math.Abs(x - observed)) - pairs, DistributionScores.CrpsEnsemble(members, observed), 1e-9);
        });
    }

    [Fact]
    public void Pinball_and_interval_score_have_their_golden_values()
    {
        Assert.Equal(27, DistributionScores.Pinball(100, 130, .9), 1e-12);
        Assert.Equal(2, DistributionScores.Pinball(100, 80, .9), 1e-12);
        Assert.Equal(40, DistributionScores.IntervalScore(80, 120, 100, .8), 1e-9);
        Assert.Equal(140, DistributionScores.IntervalScore(80, 120, 130, .8), 1e-9);
        Assert.Equal(140, DistributionScores.IntervalScore(80, 120, 70, .8), 1e-9);
    }

    [Fact]
    public void Interval_score_is_the_two_pinball_losses()
    {
        Gen.Select(Gen.Double[-10, 0], Gen.Double[0, 10], Gen.Double[-20, 20], Gen.Double[.05, .95]).Sample((lower, upper, y, level) =>
        {
            var alpha = 1 - level;
            var sum = DistributionScores.Pinball(lower, y, alpha / 2) + DistributionScores.Pinball(upper, y, 1 - alpha / 2);
            Assert.Equal(2 / alpha * sum, DistributionScores.IntervalScore(lower, upper, y, level), 1e-6);
        });
    }

    [Fact]
    public void Coverage_counts_the_ends_as_inside()
    {
        Assert.Equal(.75, DistributionScores.Coverage([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, .5, 1.01]));
        Assert.Throws<ArgumentException>(() => DistributionScores.Coverage([1], [0], [0]));
    }

    [Fact]
    public void Pit_counts_ties_by_half() => Assert.Equal(.5, DistributionScores.PitEnsemble([1, 2, 2, 3], 2));

    [Fact]
    public void Point_scores_are_what_their_formulas_say()
    {
        Assert.Equal(30 / 300.0, PointScores.Wape([110, 180], [100, 200]), 1e-12);
        Assert.Equal(-10 / 300.0, PointScores.Bias([110, 180], [100, 200]), 1e-12);
        Assert.Equal(double.NaN, PointScores.Wape([1], [0]));
        Assert.Equal(double.NaN, PointScores.Bias([1], [0]));
        // history 1,2,4,7: seasonal naive at 2 errs by 3 and 5, mean 4; forecasts err by 2 and 4, mean 3
        Assert.Equal(.75, PointScores.Mase([8, 14], [10, 10], [1, 2, 4, 7], 2), 1e-12);
        Assert.Throws<ArgumentException>(() => PointScores.Mase([1], [1], [1, 2], 2));
    }
}
