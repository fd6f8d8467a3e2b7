using ForecastEngine.Crm;
using ForecastEngine.DealSize;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.DealSize;

public sealed class DealSizeModelTests
{
    private static readonly DealSizeOptions Options = new() { Threads = 1 };
    private static readonly Lazy<SizeWorld> UsualWorld = new(() => SizeWorld.Create(2500, 1, (typed, draw) => SizeWorld.Usual(typed, draw)));
    private static readonly Lazy<TrainedDealSize> UsualModel = new(() => Train(UsualWorld.Value));
    private static readonly Lazy<DealSizeReport> UsualReport = new(() =>
        DealSizeEvaluation.Evaluate(UsualModel.Value.Model, SizeWorld.Create(2500, 2, (typed, draw) => SizeWorld.Usual(typed, draw)).Table));

    [Fact]
    public void The_share_of_exact_closes_is_recovered()
    {
        var exact = UsualModel.Value.Model.Exact;
        Assert.NotNull(exact);
        Assert.InRange(exact.Overall, 0.55 - Tolerance(0.55, exact.Deals), 0.55 + Tolerance(0.55, exact.Deals));
        Assert.InRange(exact.Of("Offer"), 0.50, 0.60);
        Assert.Equal(exact.Overall, exact.Of("never seen"));
    }

    [Fact]
    public void On_new_deals_the_mean_is_right_and_better_than_the_amount_as_typed()
    {
        var (all, baseline) = (UsualReport.Value.All!, UsualReport.Value.Baseline!);
        Assert.InRange(all.Bias, -0.03, 0.03);
        Assert.InRange(all.Deals, 1300, 1700);
        // One win in ten goes above the typed amount, so that the .9 quantile of the law is the typed amount itself.
        Assert.True(all.Pinball10 < 0.8 * baseline.Pinball10, $"pinball .1: {all.Pinball10} against {baseline.Pinball10}");
        Assert.True(all.Pinball90 < 1.02 * baseline.Pinball90, $"pinball .9: {all.Pinball90} against {baseline.Pinball90}");
        Assert.True(all.LogError <= baseline.LogError * 1.001, $"log error: {all.LogError} against {baseline.LogError}");
    }

    // An atom inside a band covers more than the level asks; it never covers less.
    [Fact]
    public void Bands_with_an_atom_cover_at_least_their_level()
    {
        var all = UsualReport.Value.All!;
        Assert.True(all.Coverage50 >= 0.5 - Tolerance(0.5, all.Deals), $"50 %: {all.Coverage50}");
        Assert.True(all.Coverage80 >= 0.8 - Tolerance(0.8, all.Deals), $"80 %: {all.Coverage80}");
        Assert.InRange(all.Coverage95, 0.95 - Tolerance(0.95, all.Deals), 1);
    }

    [Fact]
    public void Bands_without_an_atom_cover_their_level()
    {
        var model = Train(SizeWorld.Create(1500, 3, (typed, draw) => SizeWorld.Spread(typed, draw))).Model;
        Assert.Null(model.Exact);
        var all = DealSizeEvaluation.Evaluate(model, SizeWorld.Create(2000, 4, (typed, draw) => SizeWorld.Spread(typed, draw)).Table).All!;
        foreach (var (level, coverage) in new[] { (0.5, all.Coverage50), (0.8, all.Coverage80), (0.95, all.Coverage95) })
            Assert.InRange(coverage, level - Tolerance(level, 1200) - 0.01, level + Tolerance(level, 1200) + 0.01);
        Assert.InRange(all.Bias, -0.05, 0.05);
    }

    // E = V e^{.5 ε} with ln V of variance .64: the slope of ln F on ln E is .64 / (.64 + .25).
    [Fact]
    public void Noisy_amounts_are_drawn_to_the_mean()
    {
        double? Typed(CounterRandom draw) => Math.Round(Math.Exp(10 + 0.8 * draw.Normal(3) + 0.5 * draw.Normal(8)), 2);
        double? Final(double typed, CounterRandom draw) => Math.Exp(10 + 0.8 * draw.Normal(3));
        var model = Train(SizeWorld.Create(1500, 5, Final, Typed)).Model;
        Assert.InRange(1 + model.Known.Line!.Slope, 0.64 / 0.89 - 0.06, 0.64 / 0.89 + 0.06);
        var report = DealSizeEvaluation.Evaluate(model, SizeWorld.Create(1500, 6, Final, Typed).Table);
        Assert.InRange(report.All!.Bias, -0.08, 0.08);
        Assert.True(report.Typed!.LogError < 0.95 * report.Baseline!.LogError, $"{report.Typed.LogError} against {report.Baseline.LogError}");
    }

    [Fact]
    public void Deals_without_an_amount_get_what_such_wins_brought()
    {
        double? Typed(CounterRandom draw) => draw.Uniform(9) < 0.3 ? null : Math.Round(Math.Exp(10 + 0.3 * draw.Normal(3)), 2);
        double? Final(double typed, CounterRandom draw) => typed * Math.Exp(0.4 * draw.Normal(52));
        var world = SizeWorld.Create(2500, 7, Final, Typed);
        var model = Train(world).Model;
        Assert.True(model.Unknown!.Deals > 300);
        var size = model.Evaluate(null, "New", world.Row(0))!;
        Assert.Equal(0, size.ExactMass);
        var report = DealSizeEvaluation.Evaluate(model, SizeWorld.Create(2500, 8, Final, Typed).Table);
        Assert.Equal(0, report.WithoutSize);
        Assert.InRange(report.All!.Bias, -0.05, 0.05);
        Assert.True(report.All.Deals > report.Typed!.Deals);
    }

    [Fact]
    public void Few_wins_answer_by_a_line_fewer_by_the_amount_as_typed()
    {
        var line = Train(SizeWorld.Create(45, 9, (typed, draw) => SizeWorld.Spread(typed, draw)));
        Assert.Equal(SizeRung.Regression, line.Model.Known.Rung);
        Assert.DoesNotContain(DealSizeFiles.KnownTrees, line.Files.Keys);

        var thin = SizeWorld.Create(9, 10, (typed, draw) => SizeWorld.Spread(typed, draw));
        var typed = Train(thin).Model;
        Assert.Equal(SizeRung.Typed, typed.Known.Rung);
        Assert.Contains(typed.Warnings, w => w.Code == "amount_as_typed");
        Assert.Contains(typed.Warnings, w => w.Code == "few_won_amounts");
        var size = typed.Evaluate(1000, "New", thin.Row(0))!;
        Assert.Equal(SizeRung.Typed, size.Rung);
        Assert.Equal([new SizeAtom(1000, 1)], size.Atoms);
        Assert.NotNull(typed.Evaluate(null, "New", thin.Row(0)));
    }

    [Fact]
    public void A_history_without_won_amounts_gives_no_size_to_a_deal_without_one()
    {
        var world = SizeWorld.Create(200, 11, (_, _) => null, _ => null);
        var model = Train(world).Model;
        Assert.Null(model.Unknown);
        Assert.Null(model.Evaluate(null, "New", world.Row(0)));
        Assert.Null(model.Evaluate(-5, "New", world.Row(0)));
        Assert.Equal(700, model.Evaluate(700, "New", world.Row(0))!.Mean);
        Assert.Contains(model.Warnings, w => w.Code == "no_won_amounts");
        Assert.Contains(model.Warnings, w => w.Code == "won_without_amount" && w.Count > 80);
        var report = DealSizeEvaluation.Evaluate(model, world.Table);
        Assert.Null(report.All);
    }

    [Fact]
    public void Wins_at_zero_or_less_are_left_out_and_counted()
    {
        var model = Train(SizeWorld.Create(300, 12, (typed, draw) => draw.Uniform(60) < 0.2 ? 0 : draw.Uniform(60) < 0.3 ? -10 : typed * 0.9)).Model;
        Assert.InRange(Assert.Single(model.Warnings, w => w.Code == "won_amount_not_positive").Count, 35, 75);
        Assert.InRange(model.Evaluate(1000, "New", new float[model.FeatureNames.Count])!.Mean, 850, 1000);
    }

    [Fact]
    public void When_every_win_closes_as_typed_the_atom_answers()
    {
        var world = SizeWorld.Create(200, 13, (typed, _) => typed);
        var model = Train(world).Model;
        var size = model.Evaluate(500, "Offer", world.Row(0))!;
        Assert.Equal(500, size.Mean, 9);
        Assert.Equal(500, size.Quantile(0.02), 9);
        Assert.Equal(1, size.Atoms.Sum(a => a.Mass), 12);
    }

    [Fact]
    public void Typing_errors_are_counted_and_do_not_carry_the_median()
    {
        var model = Train(SizeWorld.Create(400, 14, (typed, draw) => draw.Uniform(61) < 0.02 ? typed * 1_000_000 : SizeWorld.Spread(typed, draw))).Model;
        Assert.Contains(model.Warnings, w => w.Code == "far_from_expected");
        Assert.InRange(model.Evaluate(1000, "New", new float[model.FeatureNames.Count])!.Median, 500, 2500);
    }

    [Fact]
    public void The_same_bits_come_out_with_one_and_two_threads_and_after_loading()
    {
        var world = SizeWorld.Create(700, 15, (typed, draw) => SizeWorld.Usual(typed, draw) * (draw.Uniform(50) >= 0.55 && draw.Below(2, 6) == 0 ? 0.4 : 1), draw => draw.Uniform(9) < 0.3 ? null : Math.Round(Math.Exp(10 + 0.8 * draw.Normal(3)), 2));
        var one = DealSizeTrainer.Train(world.Table, world.Features, Options with { Threads = 1, MinRowsPerLeaf = 10 });
        var two = DealSizeTrainer.Train(world.Table, world.Features, Options with { Threads = 2, MinRowsPerLeaf = 10 });
        var loaded = DealSizeFiles.Load(one.Files);
        Assert.Equal(one.Files[DealSizeFiles.Settings], two.Files[DealSizeFiles.Settings]);
        Assert.Equal(SizeRung.OwnModel, one.Model.Known.Rung);
        Assert.Equal(SizeRung.OwnModel, loaded.Known.Rung);
        Assert.Equal(one.Model.Warnings, loaded.Warnings);
        for (var row = 0; row < world.Table.Rows.Count; row += 7)
            foreach (var amount in new double?[] { null, 900, 22_000, 300_000 })
            {
                var expected = one.Model.Evaluate(amount, "Offer", world.Row(row))!;
                foreach (var model in new[] { two.Model, loaded })
                {
                    var found = model.Evaluate(amount, "Offer", world.Row(row))!;
                    Assert.Equal(expected.Atoms, found.Atoms);
                    Assert.Equal(BitConverter.DoubleToInt64Bits(expected.Mean), BitConverter.DoubleToInt64Bits(found.Mean));
                }
            }
    }

    [Fact]
    public void The_trees_learn_a_discount_that_the_line_cannot_see()
    {
        // The source reaches the trees through its win rate, which differs between the two by chance alone.
        double? Final(double typed, CounterRandom draw) => typed * (draw.Below(2, 6) == 0 ? 0.6 : 1.0) * Math.Exp(0.05 * draw.Normal(52));
        var world = SizeWorld.Create(1200, 16, Final);
        var trained = Train(world);
        Assert.Equal(world.Features, trained.Model.FeatureNames);
        Assert.Equal(SizeRung.OwnModel, trained.Model.Known.Rung);
        Assert.InRange(trained.Model.Known.TreeWeight, 0.5, 1);
        Assert.Contains(DealSizeFiles.KnownTrees, trained.Files.Keys);
    }

    [Fact]
    public void A_snapshot_gives_what_its_parts_give()
    {
        var (model, row) = (UsualModel.Value.Model, UsualWorld.Value.Row(3));
        var at = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var snapshot = new OpportunitySnapshot { OpportunityId = "D1", AsOf = AsOf.At(at), CreatedAt = at, Stage = "Offer", Amount = 25_000, Features = row };
        Assert.Equal(model.Evaluate(25_000, "Offer", row)!.Atoms, model.Evaluate(snapshot)!.Atoms);
        Assert.InRange(model.Evaluate(snapshot)!.Atoms.Count, 1, 24);
        Assert.Throws<ArgumentException>(() => model.Evaluate(1, "Offer", row.AsSpan(1)));
    }

    [Fact]
    public void Missing_and_spoilt_files_are_refused()
    {
        var files = new Dictionary<string, byte[]>(Train(SizeWorld.Create(45, 9, (typed, draw) => SizeWorld.Spread(typed, draw))).Files);
        var settings = files[DealSizeFiles.Settings];
        files.Remove(DealSizeFiles.Settings);
        Assert.Contains("found no size.json", Assert.Throws<InvalidDataException>(() => DealSizeFiles.Load(files)).Message, StringComparison.Ordinal);
        files[DealSizeFiles.Settings] = settings[..^9];
        Assert.Contains("unreadable JSON", Assert.Throws<InvalidDataException>(() => DealSizeFiles.Load(files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_in_the_settings_are_named_together()
    {
        var message = Assert.Throws<ArgumentException>(() => (new DealSizeOptions { Folds = 1, Trees = 0, MaxResidualFactor = double.NaN }).Validate()).Message;
        Assert.Contains("Folds", message, StringComparison.Ordinal);
        Assert.Contains("Trees", message, StringComparison.Ordinal);
        Assert.Contains("MaxResidualFactor", message, StringComparison.Ordinal);
    }

    private static TrainedDealSize Train(SizeWorld world) => DealSizeTrainer.Train(world.Table, world.Features, Options);

    // Three standard errors of a share.
    private static double Tolerance(double share, int deals) => 3 * Math.Sqrt(share * (1 - share) / deals);
}
