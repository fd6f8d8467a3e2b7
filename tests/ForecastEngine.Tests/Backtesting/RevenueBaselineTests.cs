using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>Each revenue baseline on <see cref="QuarterlyCompany"/>, with figures computed by hand from its table.</summary>
public sealed class RevenueBaselineTests
{
    private static readonly BaselineView View = QuarterlyCompany.View;

    [Fact]
    public void Weighted_pipeline_takes_the_probabilities_of_the_crm() => Close(2500 + 4000 * 0.1 + 1000 * 0.3, new WeightedPipeline().Forecast(View));

    // 15 closed, 12 won: r = 12.5/16. Ever New: 10 of 12 won; ever Talks: 2 of 3. m = 12.
    [Fact]
    public void Stage_weighted_pipeline_takes_the_win_rates_of_the_stages() =>
        Close(2500 + 4000 * (10 + 9.375) / 24 + 1000 * (2 + 9.375) / 15, new StageWeightedPipeline().Forecast(View));

    // New 1,000/4,000, Talks 2,500/4,000, Offer never held value: 3,500/8,000; growth (300 + 600 + 900 + 400)/3.
    [Fact]
    public void Conversion_and_growth_takes_what_stood_and_what_came_in_like_windows() =>
        Close(2500 + 4000 * 0.25 + 1000 * 0.625 + 800 * 0.4375 + 2200.0 / 3, new ConversionAndGrowth().Forecast(View));

    [Fact]
    public void Conversion_and_growth_of_the_mean_of_like_windows_is_their_mean_revenue()
    {
        // Standing now: the mean of what stood then; won so far: the mean of what was won then.
        var company = new HandMadeHistory().Deal("F", -1);
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var start = QuarterlyCompany.Day(2024, 1 + 3 * quarter, 1);
            company.Deal($"early{quarter}", start, amount: 100 + quarter).Stage($"early{quarter}", "Won", start + 5);
            company.Deal($"open{quarter}", start, amount: 500).Stage($"open{quarter}", quarter % 2 == 0 ? "Won" : "Lost", start + 60);
            company.Deal($"late{quarter}", start + 40, amount: 50).Stage($"late{quarter}", "Won", start + 70);
        }
        var now = QuarterlyCompany.Day(2025, 1, 1);
        company.Deal("early", now, amount: 101.5m).Stage("early", "Won", now + 5).Deal("open", now, amount: 500);
        var view = QuarterlyCompany.ViewOf(company);
        Assert.Equal(4, view.LikeWindows(6).Count);
        Close(view.LikeWindows(6).Average(w => w.Revenue), new ConversionAndGrowth().Forecast(view));
        Close(101.5 + 250 + 50, new ConversionAndGrowth().Forecast(view));
    }

    [Fact]
    public void Commit_counts_whole_and_best_case_half() => Close(2500 + 4000 + 500, new CommitAndBestCase().Forecast(View));

    [Fact]
    public void Last_year_and_the_last_four_are_past_revenue()
    {
        var older = QuarterlyCompany.ViewOf(QuarterlyCompany.Facts().Deal("E", 0, amount: 900).Stage("E", "Won", QuarterlyCompany.Day(2024, 3, 1)));
        Close(900, new SamePeriodLastYear().Forecast(older));
        Close((900 + 1800 + 3800 + 2100) / 4.0, new MeanOfLastFour().Forecast(older));
        Close(1800, new SamePeriodLastYear().Forecast(QuarterlyCompany.ViewOf(QuarterlyCompany.Facts(), BusinessCalendar.Default.Quarter(new DateOnly(2025, 4, 1)))));
    }

    [Fact]
    public void A_quarter_ahead_is_forecast_from_the_quarters_that_are_over()
    {
        var view = QuarterlyCompany.ViewOf(QuarterlyCompany.Facts().Deal("E", 0, amount: 900).Stage("E", "Won", QuarterlyCompany.Day(2024, 3, 1)), BusinessCalendar.Default.Quarter(new DateOnly(2025, 4, 1)));
        Close((900 + 1800 + 3800 + 2100) / 4.0, new MeanOfLastFour().Forecast(view));
        // 59 days and a tick before the period, so before 2024-Q4 it is early August.
        Assert.Equal(["2024-Q4", "2024-Q3", "2024-Q2"], view.LikeWindows(9).Select(w => w.Period.Label));
        Assert.Equal([new DateOnly(2024, 8, 2), new DateOnly(2024, 5, 2), new DateOnly(2024, 2, 1)], view.LikeWindows(9).Select(w => w.Origin.Date));
        Assert.Equal(0, view.AlreadyWon);
    }

    [Fact]
    public void Run_rate_divides_by_the_share_that_had_come() => Close(2500 / (2000.0 / 7700), new RunRate().Forecast(View));

    [Fact]
    public void Peoples_number_is_the_newest_for_just_this_period_and_the_haircut_the_median_of_what_became_of_it()
    {
        Close(5000, new PeoplesNumber(QuarterlyCompany.People).Forecast(View));
        // 2,100/4,200, 3,800/4,750, 1,800/1,500
        Close(5000 * 0.8, new PeoplesNumberWithHaircut(QuarterlyCompany.People).Forecast(View));
        Assert.Null(new PeoplesNumberWithHaircut([.. QuarterlyCompany.People.Where(p => p.MadeOn.Month != 4)]).Forecast(View));
        // Of four ratios the mean of the middle two: .5, .8, 1.2, 900/300.
        var older = QuarterlyCompany.ViewOf(QuarterlyCompany.Facts().Deal("E", 0, amount: 900).Stage("E", "Won", QuarterlyCompany.Day(2024, 3, 1)));
        Close(5000, new PeoplesNumberWithHaircut([.. QuarterlyCompany.People, new(new(2024, 1, 2), new(2024, 1, 1), new(2024, 3, 31), 300)]).Forecast(older));
    }

    [Fact]
    public void Where_a_baseline_cannot_answer_it_says_nothing()
    {
        Assert.Null(new SamePeriodLastYear().Forecast(View));
        Assert.Null(new MeanOfLastFour().Forecast(View));
        Assert.Null(new PeoplesNumber([]).Forecast(View));
        Assert.Null(new PeoplesNumber(QuarterlyCompany.People).Forecast(QuarterlyCompany.ViewOf(QuarterlyCompany.Facts(), origin: AsOf.EndOf(new DateOnly(2025, 1, 9)))));
        var start = QuarterlyCompany.ViewOf(QuarterlyCompany.Facts(), origin: AsOf.EndOf(new DateOnly(2024, 12, 31)));
        Assert.Null(new RunRate().Forecast(start));
        Assert.NotNull(new ConversionAndGrowth().Forecast(start));
        var young = QuarterlyCompany.ViewOf(QuarterlyCompany.Facts(), BusinessCalendar.Default.Quarter(new DateOnly(2024, 7, 1)), AsOf.EndOf(new DateOnly(2024, 7, 31)));
        Assert.Single(young.LikeWindows(6));
        Assert.Null(new ConversionAndGrowth().Forecast(young));
        Assert.Null(new RunRate().Forecast(young));

        var bare = QuarterlyCompany.ViewOf(new HandMadeHistory().Deal("D", 0, stage: null, amount: 100));
        Assert.All(RevenueBaselines.All(QuarterlyCompany.People).Where(b => b is WeightedPipeline or StageWeightedPipeline or CommitAndBestCase or RunRate), b => Assert.Null(b.Forecast(bare)));
    }

    [Fact]
    public void A_history_that_knows_more_than_the_origin_is_refused() =>
        Assert.Contains("KnownAt", Assert.Throws<ArgumentException>(() => new BaselineView(QuarterlyCompany.Facts().Until(500), View.Window)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_baseline_has_a_name_of_its_own() =>
        Assert.Equal([Method.WeightedPipeline, Method.StageWeightedPipeline, Method.ConversionAndGrowth, Method.CommitAndBestCase, Method.SamePeriodLastYear, Method.MeanOfLastFour,
            Method.RunRate, Method.People, Method.PeopleWithHaircut], RevenueBaselines.All().Select(b => b.Name));

    private static void Close(double expected, double? found) => Assert.Equal(expected, Assert.NotNull(found), 1e-6);
}
