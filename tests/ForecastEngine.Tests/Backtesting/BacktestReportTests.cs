using System.Text.Json;
using ForecastEngine.Backtesting;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>The figures of a report. Those of <see cref="HandMadeWindows"/> are computed by hand beside the assertion.</summary>
public sealed class BacktestReportTests
{
    private static readonly BacktestReport Hand = BacktestReport.From(HandMadeWindows.All);

    [Fact]
    public void The_engine_stands_first_with_its_errors_over_revenue()
    {
        var engine = Hand.Engine;
        Assert.Equal(Method.Engine, engine.Method);
        Assert.Equal(50.0 / 600, engine.Wape!.Value, 1e-12);    // (10 + 10 + 20 + 10) / 600
        Assert.Equal(10.0 / 600, engine.Bias!.Value, 1e-12);    // (95 + 110 + 190 + 215) / 600 − 1
        Assert.Equal(7.5, engine.MeanCrps!.Value, 1e-12);       // (6 + 5 + 12 + 7) / 4
        Assert.Equal(.05, engine.RelativeCrps!.Value, 1e-12);   // 30 / 600
        Assert.Equal((0, 0, 0), (engine.WapeSkill.Value, engine.WapeSkill.Lower, engine.WapeSkill.Upper));
    }

    [Fact]
    public void A_method_is_judged_where_it_answered_and_the_engine_beside_it_there()
    {
        var weighted = Hand.Methods.Single(m => m.Method == Method.WeightedPipeline);
        Assert.Equal(3, weighted.Windows);
        Assert.Equal(160.0 / 500, weighted.Wape!.Value, 1e-12);
        Assert.Equal(1 - 40.0 / 160, weighted.WapeSkill.Value!.Value, 1e-12);
        Assert.Equal(1 - 25.0 / 160, weighted.CrpsSkill.Value!.Value, 1e-12);
        // Two quarters can be drawn in three ways: 10/50, 40/160, 30/110.
        Assert.Equal(1 - 30.0 / 110, weighted.WapeSkill.Lower!.Value, 1e-12);
        Assert.Equal(.8, weighted.WapeSkill.Upper!.Value, 1e-12);
        Assert.Contains(Hand.Doubts, d => d.Kind == DoubtKind.DidNotAnswer && d.Subject == Method.WeightedPipeline && d.Figures[0] == 1);
    }

    [Fact]
    public void Bands_are_counted_with_their_ends_and_tested_exactly()
    {
        var band = Assert.Single(Hand.Coverage);
        Assert.Equal((3, 4, .75, 1.0), (band.Covered, band.Windows, band.Coverage, Math.Round(band.PValue, 9))); // P(3) = P(4) = .4096: all outcomes are as likely or less
        Assert.Equal(.1941204, band.Lower, 1e-7); // R: binom.test(3, 4)
        Assert.Equal(.9936905, band.Upper, 1e-7);
        Assert.Equal(33.75, band.MeanWidth, 1e-12);
        Assert.Equal(58.75, band.IntervalScore, 1e-12); // (25 + 40 + 40 + 30 + 10 · 10) / 4
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 0, 0, 1], Hand.Pit!.Counts);
        Assert.Equal(band, Hand.MainCoverage);
    }

    [Fact]
    public void Windows_are_grouped_by_how_far_their_period_has_gone_and_by_horizon()
    {
        Assert.Equal(["start", "week 6"], Hand.Kinds.Select(k => k.Name));
        Assert.Equal(30.0 / 300, Hand.Kinds[0].Wape!.Value, 1e-12);
        Assert.Equal(100.0 / 300, Hand.Kinds[0].ReferenceWape!.Value, 1e-12);
        Assert.Equal(7.0 / 300, Hand.Kinds[0].OracleWape!.Value, 1e-12);
        Assert.Equal(["43 to 70 days", "over 70 days"], Hand.Horizons.Select(k => k.Name)); // 90 and 48 days
        Assert.Empty(Hand.Sizes);
    }

    [Fact]
    public void Truth_is_the_floor_where_it_is_known()
    {
        var truth = Hand.Truth!;
        Assert.Equal(50.0 / 14, truth.WapeRatio.Value!.Value, 1e-12);
        Assert.Equal(30.0 / 12, truth.CrpsRatio.Value!.Value, 1e-12);
        Assert.Equal(.75, Assert.Single(truth.Coverage).Coverage.Value!.Value, 1e-12);
        Assert.Equal(135.0 / 80, truth.WidthRatio!.Value!.Value, 1e-12);
        Assert.Equal(10.0 / 600, truth.Bias.Value!.Value, 1e-12);
    }

    [Fact]
    public void Expected_scores_take_the_chance_of_what_came_out_of_the_comparison()
    {
        var expected = Hand.Truth!.Expected!;
        Assert.Equal(4, expected.Windows);
        Assert.Equal(60.0 / 40, expected.WapeRatio.Value!.Value, 1e-12); // 12 + 18 + 12 + 18
        Assert.Equal(32.0 / 24, expected.CrpsRatio.Value!.Value, 1e-12);
        Assert.Equal((60.0 / 600, 40.0 / 600), (expected.Wape!.Value, expected.OracleWape!.Value));
        var weighted = Assert.Single(expected.Methods);
        Assert.Equal((Method.WeightedPipeline, 3), (weighted.Method, weighted.Windows));
        Assert.Equal(112.0 / 500, weighted.Wape!.Value, 1e-12); // (150 + 150 + 260) / 5
        Assert.Equal(1 - 42.0 / 112, weighted.WapeSkill.Value!.Value, 1e-12);
        Assert.Null(BacktestReport.From([.. HandMadeWindows.All.Select(w => w with { Truth = w.Truth! with { Expected = null } })]).Truth!.Expected);
    }

    [Fact]
    public void Deals_are_judged_row_by_row_and_compared_where_both_answered()
    {
        var deals = Hand.Deals!;
        Assert.Equal((4, 3, 2), (deals.Rows, deals.Deals, deals.Won));
        Assert.Equal([Method.Engine, Method.StageRate, Method.Oracle], deals.Methods.Select(m => m.Method));
        Assert.Equal(.45 / 4, deals.Methods[0].Brier, 1e-12); // .04 + .04 + .01 + .36
        Assert.Equal(-(2 * Math.Log(.8) + Math.Log(.9) + Math.Log(.4)) / 4, deals.Methods[0].LogLoss, 1e-12);
        Assert.Equal(1, deals.Methods[0].Auc);
        Assert.Equal((3, .25), (deals.Methods[1].Rows, deals.Methods[1].Brier));
        Assert.Equal(.88, deals.Methods[1].Skill.Value!.Value, 1e-12); // 1 − .09 / .75
        Assert.Equal(1 - .03 / .17, deals.SkillCaptured!.Value!.Value, 1e-12); // (.01 + .01 + .01) against (.04 + .04 + .09)
        Assert.Equal(0, deals.Methods[2].TrueEce!.Value, 1e-12);
    }

    [Fact]
    public void Skill_captured_is_the_ratio_of_Brier_skills()
    {
        var windows = SampleWindows.Of(isTrueKnown: true);
        double[] truth = [.. windows.SelectMany(w => w.Deals.Truth!)], rate = [.. truth.Select(_ => .3)];
        double Skill(string method) => 1 - Noisy(method) / (ProbabilityScores.Brier(rate, truth) + truth.Average(t => t * (1 - t)));
        double Noisy(string method) => ProbabilityScores.Brier([.. windows.SelectMany(w => w.Deals.Probabilities[method])], truth) + truth.Average(t => t * (1 - t)); // expected Brier score
        var oracle = 1 - truth.Average(t => t * (1 - t)) / (ProbabilityScores.Brier(rate, truth) + truth.Average(t => t * (1 - t)));
        Assert.Equal((Skill(Method.Engine) - Skill(Method.StageRate)) / (oracle - Skill(Method.StageRate)), BacktestReport.From(windows).Deals!.SkillCaptured!.Value!.Value, 1e-9);
    }

    [Fact]
    public void Perfect_forecasts_have_skill_and_coverage_1()
    {
        var windows = SampleWindows.Of().Select(w => w with
        {
            Forecasts = [.. w.Forecasts.Select(f => f.Method == Method.Engine ? new WindowForecast(f.Method, w.Actual, w.Actual, 0, .5, [new Band(w.Actual, w.Actual, .8)]) : f)],
            Deals = w.Deals with { Probabilities = new Dictionary<string, double[]>(w.Deals.Probabilities) { [Method.Engine] = [.. w.Deals.Outcomes] } },
        });
        var report = BacktestReport.From([.. windows]);
        Assert.Equal((0.0, 1.0), (report.Engine.Wape!.Value, report.MainCoverage!.Coverage));
        Assert.All(report.Methods.Skip(1), m => Assert.Equal((1.0, 1.0, 1.0), (m.WapeSkill.Value, m.WapeSkill.Lower, m.CrpsSkill.Value)));
        Assert.All(report.Deals!.Methods.Skip(1), m => Assert.Equal(1, m.Skill.Value));
        Assert.Equal((0.0, 1.0), (report.Deals!.Methods[0].Brier, report.Deals.Methods[0].Auc));
    }

    [Fact]
    public void Teams_carry_p_values_corrected_for_their_number()
    {
        var report = BacktestReport.From(SampleWindows.Of(teams: ["North", "South", "West"]));
        Assert.Equal(["North", "South", "West"], report.Teams.Select(t => t.Name));
        Assert.All(report.Teams, t => Assert.InRange(t.AdjustedPValue!.Value, t.Coverage!.PValue, 1));
        Assert.Equal(Holm.Adjust([.. report.Teams.Select(t => t.Coverage!.PValue)]), report.Teams.Select(t => t.AdjustedPValue!.Value));
    }

    [Fact]
    public void Pipelines_are_judged_as_teams_are()
    {
        var byTeam = SampleWindows.Of(teams: ["New business", "Renewals"]);
        var report = BacktestReport.From([.. byTeam.Select(w => w with { Teams = [], Pipelines = w.Teams })]);
        Assert.Equal(BacktestReport.From(byTeam).Teams, report.Pipelines);
        Assert.Equal(["New business", "Renewals"], report.Pipelines.Select(p => p.Name));
        Assert.Empty(report.Teams);
    }

    [Fact]
    public void Thirds_are_cut_by_the_forecast_not_by_what_came()
    {
        var windows = SampleWindows.Of(12);
        var sizes = BacktestReport.From(windows).Sizes;
        Assert.Equal(24, sizes.Sum(s => s.Windows));
        Assert.Equal(windows.Min(w => w.Engine.Median), sizes[0].From);
        Assert.True(sizes[0].Until <= sizes[1].From && sizes[1].Until <= sizes[2].From);
    }

    [Fact]
    public void Doubts_say_what_few_windows_can_tell()
    {
        var doubt = Hand.Doubts.Single(d => d.Kind == DoubtKind.FewWindows);
        Assert.Equal("There are few forecasts: a coverage of 3 of 4 in the 80 % band is compatible with true coverages from 19 % to 99 %.", doubt.Text);
        Assert.Contains(Hand.Doubts, d => d.Kind == DoubtKind.SharedPeriods && d.Figures is [4, 2]);
        Assert.Contains(Hand.Doubts, d => d.Kind == DoubtKind.SharedDeals && d.Figures is [4, 3]);
        Assert.DoesNotContain(Hand.Doubts, d => d.Kind == DoubtKind.NoTruth);
    }

    [Fact]
    public void The_same_windows_give_the_same_report_and_another_seed_other_intervals()
    {
        var windows = SampleWindows.Of();
        Assert.Equal(JsonSerializer.Serialize(BacktestReport.From(windows)), JsonSerializer.Serialize(BacktestReport.From(windows)));
        Assert.NotEqual(BacktestReport.From(windows).Methods[1].WapeSkill.Lower, BacktestReport.From(windows, new() { Seed = 2 }).Methods[1].WapeSkill.Lower);
    }

    [Fact]
    public void Nothing_in_it_is_NaN_even_where_nothing_came_and_nothing_was_said_of_deals()
    {
        var windows = HandMadeWindows.All.Select(w => w with { Actual = 0, Truth = null, Deals = new DealForecasts { Ids = [], Outcomes = [], Probabilities = new Dictionary<string, double[]>() } }).ToList();
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(BacktestReport.From([windows[0]]))); // the serializer refuses NaN
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("Methods")[0].GetProperty("Wape").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("Deals").ValueKind);
    }

    [Fact]
    public void Windows_without_the_engine_are_refused()
    {
        Assert.Throws<ArgumentException>(() => BacktestReport.From([]));
        var fault = Assert.Throws<ArgumentException>(() => BacktestReport.From([HandMadeWindows.All[0] with { Forecasts = [] }]));
        Assert.Contains("2025-Q1", fault.Message, StringComparison.Ordinal);
    }
}
