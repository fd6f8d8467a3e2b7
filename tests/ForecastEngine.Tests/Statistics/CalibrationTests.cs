using System.Text.Json;
using CsCheck;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

/// <summary>Golden values: METHOD §10.</summary>
public sealed class CalibrationTests
{
    private static readonly double[] Scores = [.1, .2, .3, .35, .5, .6, .7, .8];
    private static readonly double[] Labels = [0, 1, 0, 0, 1, 0, 1, 1];

    private static readonly Gen<(double P, double Y, double W)[]> Rows =
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 1], Gen.Double[.1, 3], (p, y, w) => (p / 20.0, (double)y, w)).Array[1, 60];

    [Fact]
    public void Pooling_adjacent_violators_has_its_golden_value()
    {
        double[] expected = [0, 1 / 3.0, 1 / 3.0, 1 / 3.0, .5, .5, 1, 1];
        var fitted = IsotonicRegression.Fit(Labels);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], fitted[i], 1e-12);
    }

    [Fact]
    public void Isotonic_fit_is_the_maximum_of_minimal_averages()
    {
        Gen.Select(Gen.Double[0, 1], Gen.Double[.1, 3]).Array[1, 15].Sample(rows =>
        {
            var fitted = IsotonicRegression.Fit([.. rows.Select(r => r.Item1)], [.. rows.Select(r => r.Item2)]);
            for (var i = 0; i < rows.Length; i++)
            {
                var best = double.NegativeInfinity;
                for (var a = 0; a <= i; a++)
                {
                    var least = double.PositiveInfinity;
                    for (var b = i; b < rows.Length; b++)
                        least = Math.Min(least, rows[a..(b + 1)].Sum(r => r.Item1 * r.Item2) / rows[a..(b + 1)].Sum(r => r.Item2));
                    best = Math.Max(best, least);
                }
                Assert.Equal(best, fitted[i], 1e-9);
            }
        });
    }

    [Theory]
    [InlineData(.05, 0, 2 / 5.0, 2 / 7.0)]
    [InlineData(.25, 1 / 4.0, 1 / 2.0, 2 / 5.0)]
    [InlineData(.55, 1 / 3.0, 2 / 3.0, 1 / 2.0)]
    [InlineData(.9, 2 / 3.0, 1, 3 / 4.0)]
    public void Venn_abers_has_its_golden_values(double score, double p0, double p1, double merged)
    {
        var interval = VennAbers.Fit(Scores, Labels).Interval(score);
        Assert.Equal(p0, interval.P0, 1e-10);
        Assert.Equal(p1, interval.P1, 1e-10);
        Assert.Equal(merged, interval.Merged, 1e-10);
    }

    [Fact]
    public void Venn_abers_equals_plain_isotonic_regression_with_the_new_row_added()
    {
        Rows.Select(Gen.Int[-1, 41]).Sample((rows, at) =>
        {
            var score = at / 40.0; // falls between calibration scores and on them
            var (p, y, w) = (rows.Select(r => r.P).ToArray(), rows.Select(r => r.Y).ToArray(), rows.Select(r => r.W).ToArray());
            var interval = VennAbers.Fit(p, y, w).Interval(score);
            Assert.InRange(interval.P0, 0, interval.P1);
            Assert.InRange(interval.P1, interval.P0, 1);
            Assert.InRange(interval.Merged, interval.P0 - 1e-12, interval.P1 + 1e-12);
            Assert.Equal(Added(0), interval.P0, 1e-9);
            Assert.Equal(Added(1), interval.P1, 1e-9);

            double Added(double label)
            {
                var groups = rows.Append((P: score, Y: label, W: 1.0)).GroupBy(r => r.P).OrderBy(g => g.Key).ToArray();
                var fitted = IsotonicRegression.Fit([.. groups.Select(g => g.Sum(r => r.W * r.Y) / g.Sum(r => r.W))], [.. groups.Select(g => g.Sum(r => r.W))]);
                return fitted[Array.FindIndex(groups, g => g.Key == score)];
            }
        });
    }

    [Fact]
    public void Every_calibrator_is_a_rising_map_into_probabilities()
    {
        Gen.Select(Rows, Gen.Enum<CalibratorKind>()).Sample((rows, kind) =>
        {
            var calibrator = CalibratorFit.Fit(kind, [.. rows.Select(r => r.P)], [.. rows.Select(r => r.Y)], [.. rows.Select(r => r.W)]);
            var last = 0.0;
            for (var i = 0; i <= 200; i++)
            {
                var p = calibrator.Apply(i / 200.0);
                Assert.InRange(p, last - 1e-12, 1);
                last = p;
            }
        });
    }

    [Fact]
    public void Every_calibrator_survives_json()
    {
        var rows = Distorted(400, .5, 1.4, seed: 5);
        foreach (var kind in Enum.GetValues<CalibratorKind>())
        {
            var calibrator = CalibratorFit.Fit(kind, rows.P, rows.Y);
            var text = JsonSerializer.Serialize(calibrator);
            Assert.Contains($"\"Kind\":\"{kind}\"", text, StringComparison.Ordinal);
            var read = JsonSerializer.Deserialize<Calibrator>(text)!;
            Assert.Equal(calibrator, read);
            Assert.Equal(calibrator.Apply(.37), read.Apply(.37));
        }
    }

    [Fact]
    public void Parameters_that_do_not_fit_the_kind_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Calibrator(CalibratorKind.Platt, [1]));
        Assert.Throws<ArgumentException>(() => new Calibrator(CalibratorKind.Beta, [-1, 1, 0]));
        Assert.Throws<ArgumentException>(() => new Calibrator(CalibratorKind.Isotonic, [.5, .2, .4, .3]));
    }

    [Fact]
    public void Platt_undoes_a_distortion_of_the_logit()
    {
        var (p, y) = Distorted(40_000, .4, .6, seed: 1); // logit truth = .4 + .6 logit p
        var fit = CalibratorFit.Fit(CalibratorKind.Platt, p, y);
        Assert.Equal(.4, fit.Parameters[0], .05);
        Assert.Equal(.6, fit.Parameters[1], .03);
        var intercept = CalibratorFit.Fit(CalibratorKind.Intercept, p, y);
        Assert.Equal(y.Average(), p.Average(intercept.Apply), .002); // calibrated in the large
    }

    [Fact]
    public void Beta_calibration_recovers_its_own_map_and_holds_negative_ones_at_zero()
    {
        var (p, _) = Distorted(40_000, 0, 1, seed: 2);
        var truth = new Calibrator(CalibratorKind.Beta, [.6, 1.5, .3]);
        var y = p.Select((x, i) => CounterRandom.For(3, i).Uniform() < truth.Apply(x) ? 1.0 : 0).ToArray();
        var fit = CalibratorFit.Fit(CalibratorKind.Beta, p, y);
        for (var i = 1; i < 10; i++) Assert.Equal(truth.Apply(i / 10.0), fit.Apply(i / 10.0), .02); // its three parameters are nearly collinear

        var upsideDown = p.Select(x => x > .5 ? 0.0 : 1).ToArray();
        var flat = CalibratorFit.Fit(CalibratorKind.Beta, p, upsideDown);
        Assert.Equal([0, 0], flat.Parameters.Take(2));
        Assert.Equal(upsideDown.Average(), flat.Apply(.1), .01);
        Assert.Equal(0, CalibratorFit.Fit(CalibratorKind.Platt, p, upsideDown).Parameters[1]);
    }

    [Fact]
    public void Few_rows_hardly_move_the_parametric_calibrators()
    {
        foreach (var kind in Enum.GetValues<CalibratorKind>()[..4])
            Assert.Equal(.3, CalibratorFit.Fit(kind, [.3, .3], [1, 1]).Apply(.3), .06);
    }

    [Fact]
    public void Isotonic_never_answers_with_certainty()
    {
        var fit = CalibratorFit.Fit(CalibratorKind.Isotonic, Scores, Labels);
        Assert.Equal(1 / 16.0, fit.Apply(0), 1e-12);
        Assert.Equal(15 / 16.0, fit.Apply(1), 1e-12);
        Assert.Equal(1 / 3.0, fit.Apply(.25), 1e-12);
        Assert.Equal((1 / 3.0 + .5) / 2, fit.Apply(.425), 1e-12);
    }

    [Fact]
    public void A_good_model_is_left_alone()
    {
        var chosen = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var (p, y) = Distorted(1200, 0, 1, seed + 100);
            var choice = CalibrationSelection.Choose(p, y, Blocks(1200, 8));
            if (choice.Calibrator.Kind == CalibratorKind.Identity) chosen++;
            Assert.Equal(1050, choice.EvaluatedRows);
        }
        Assert.InRange(chosen, 32, 40);
    }

    [Fact]
    public void A_distorted_model_is_recalibrated_by_the_stiffest_kind_that_does_it()
    {
        var (p, y) = Distorted(8000, .5, .5, seed: 7);
        var choice = CalibrationSelection.Choose(p, y, Blocks(8000, 8));
        Assert.NotEqual(CalibratorKind.Identity, choice.Calibrator.Kind);
        Assert.NotEqual(CalibratorKind.Intercept, choice.Calibrator.Kind);
        Assert.Equal(Enum.GetValues<CalibratorKind>(), choice.Candidates.Select(c => c.Kind));
        var (fresh, truth) = Distorted(8000, .5, .5, seed: 8);
        Assert.True(ProbabilityScores.LogLoss([.. fresh.Select(choice.Calibrator.Apply)], truth) < ProbabilityScores.LogLoss(fresh, truth) - .01);

        var shifted = Distorted(8000, .6, 1, seed: 9);
        Assert.Equal(CalibratorKind.Intercept, CalibrationSelection.Choose(shifted.P, shifted.Y, Blocks(8000, 8)).Calibrator.Kind);
    }

    [Fact]
    public void The_order_of_the_rows_changes_nothing()
    {
        var (p, y) = Distorted(600, .5, .6, seed: 11);
        var blocks = Blocks(600, 6);
        var order = Enumerable.Range(0, 600).OrderBy(i => blocks[i]).ThenBy(i => i).ToArray();
        var backwards = order.OrderByDescending(i => blocks[i]).ThenBy(i => i).ToArray();
        var one = CalibrationSelection.Choose([.. order.Select(i => p[i])], [.. order.Select(i => y[i])], [.. order.Select(i => blocks[i])]);
        var other = CalibrationSelection.Choose([.. backwards.Select(i => p[i])], [.. backwards.Select(i => y[i])], [.. backwards.Select(i => blocks[i])]);
        Assert.Equal(one.Calibrator, other.Calibrator);
        Assert.Equal(one.Candidates, other.Candidates);
    }

    [Fact]
    public void Later_outcomes_do_not_touch_earlier_evaluations()
    {
        var (p, y) = Distorted(300, .5, .6, seed: 12);
        var blocks = Blocks(300, 3);
        var weights = Enumerable.Range(0, 300).Select(i => blocks[i] == 2 ? 0.0 : 1).ToArray(); // judged on block 1 only
        var before = CalibrationSelection.Choose(p, y, blocks, weights);
        var altered = y.Select((label, i) => blocks[i] == 2 ? 1 - label : label).ToArray();
        Assert.Equal(before.Candidates, CalibrationSelection.Choose(p, altered, blocks, weights).Candidates);
    }

    [Fact]
    public void A_single_block_gives_no_evidence_and_so_identity() =>
        Assert.Equal(Calibrator.Identity, CalibrationSelection.Choose(Scores, Labels, new int[8]).Calibrator);

    private static int[] Blocks(int rows, int count) => [.. Enumerable.Range(0, rows).Select(i => i * count / rows)];

    /// <summary>Probabilities p and outcomes whose true logit is a + b logit p.</summary>
    private static (double[] P, double[] Y) Distorted(int rows, double a, double b, long seed)
    {
        var (p, y) = (new double[rows], new double[rows]);
        for (var i = 0; i < rows; i++)
        {
            var random = CounterRandom.For(seed, i);
            var logit = 1.2 * random.Normal(1) - .8;
            p[i] = Logit.Inverse(logit);
            y[i] = random.Uniform(0) < Logit.Inverse(a + b * logit) ? 1 : 0;
        }
        return (p, y);
    }
}
