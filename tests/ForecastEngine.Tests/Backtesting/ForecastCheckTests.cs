using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Simulation;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>Forecasts are held against the team's own past before anybody reads them.</summary>
public sealed class ForecastCheckTests
{
    private static readonly CommonFactor Calm = new(0.95, 0.2, 0, 0.01);
    private static readonly Lazy<CrmHistory> History = new(() =>
        new CrmHistory(
            TrainingWorld
                .Simulated(
                    new SimulationOptions
                    {
                        Seed = 44,
                        Weeks = 150,
                        OpportunitiesPerWeek = 8,
                    }
                )
                .Facts
        )
    );

    private static CrmHistory Known => History.Value;
    private static AsOf AsOf => AsOf.At(Known.ExportedAt);
    private static Period Quarter => Known.Calendar.Quarter(AsOf.Date.AddDays(1));
    private static double LastYear => new BacktestSubject(Known).Actual(Known.Calendar.Previous(Quarter));

    [Fact]
    public void A_sound_forecast_is_left_alone()
    {
        var forecast = Made(Quarter, LastYear);
        Assert.Equal(
            forecast,
            Assert.Single(new ForecastCheck(Known, AsOf, Calm, null, [10, 30, 40, 20]).Apply([forecast], _ => forecast))
        );
    }

    [Fact]
    public void Far_outside_all_that_ever_was_a_method_of_the_past_answers()
    {
        var (absurd, team) = (
            Made(Quarter, 50 * LastYear),
            Made(Quarter, 20 * LastYear) with
            {
                Dimension = Dimension.Team,
                Key = "T1",
            }
        );
        var check = new ForecastCheck(Known, AsOf, Calm, null, null);
        var checkedOnes = check.Apply([absurd, team], _ => absurd);
        var (company, part) = (checkedOnes[0], checkedOnes[1]);
        var doubt = Assert.Single(company.Doubts!);
        Assert.Equal(ForecastDoubtKind.OutsideOwnPast, doubt.Kind);
        Assert.InRange(company.Mean, doubt.Figures[1], doubt.Figures[2]);
        Assert.Equal(Method.MeanOfLastFour, doubt.Method);
        Assert.Contains("far outside", company.Warnings[0], StringComparison.Ordinal);
        // Figures still add up, and parts lean alike.
        Assert.Equal(
            company.AlreadyWon + company.FromOpen + company.FromNew + company.Leaning,
            company.Mean,
            1e-6 * company.Mean
        );
        Assert.Equal(company.Distribution!.Mean, company.Mean, 0.02 * company.Mean);
        Assert.Equal(company.Mean / absurd.Mean, part.Mean / team.Mean, 1e-9);
        Assert.Null(part.Doubts);
    }

    [Fact]
    public void It_leans_where_a_backtest_says_so_and_months_lean_with_their_quarter()
    {
        var measured = Measured(34, 40) with
        {
            OwnPast = new OwnPast(
                PeriodKind.Quarter,
                20,
                0.2,
                0.05,
                [new(Method.Engine, 0.25), new(Method.MeanOfLastFour, 0.75)]
            ),
        };
        var (quarter, month) = (
            Made(Quarter, 2 * LastYear),
            Made(Known.Calendar.Months(Quarter.From, Quarter.Until).First(), 0.7 * LastYear)
        );
        var answers = new ForecastCheck(Known, AsOf, Calm, measured, null).Apply([month, quarter], p =>
            p == Quarter ? quarter : month
        );
        Assert.Equal(ForecastDoubtKind.LeansOnPast, Assert.Single(answers[1].Doubts!).Kind);
        Assert.Equal(Method.MeanOfLastFour, answers[1].Doubts![0].Method);
        Assert.True(answers[1].Leaning < 0);
        Assert.Equal(answers[1].Leaning, answers[1].Doubts![0].Figures[0], 1e-6 * LastYear);
        Assert.Equal(answers[1].Mean / quarter.Mean, answers[0].Mean / month.Mean, 1e-9);
        // Not beyond chance: nothing moves.
        var unsure = measured with { OwnPast = measured.OwnPast! with { StandardError = 0.15 } };
        Assert.Equal(quarter, new ForecastCheck(Known, AsOf, Calm, unsure, null).Apply([quarter], _ => quarter)[0]);
    }

    [Fact]
    public void What_is_won_already_stays_and_the_rest_is_not_wiped_out()
    {
        // A strong quarter: the blend of whole quarters lies below what is won.
        var measured = Measured(34, 40) with
        {
            OwnPast = new OwnPast(
                PeriodKind.Quarter,
                20,
                0.2,
                0.01,
                [new(Method.Engine, 0.1), new(Method.MeanOfLastFour, 0.9)]
            ),
        };
        var strong = Made(Quarter, 0.4 * LastYear) with { AlreadyWon = 2 * LastYear, Median = 2.4 * LastYear };
        strong = strong with
        {
            Bands = [.. RevenueForecaster.Levels.Select(strong.Distribution!.Shift(strong.AlreadyWon).Band)],
            Distribution = strong.Distribution.Shift(strong.AlreadyWon),
        };
        var leaned = new ForecastCheck(Known, AsOf, Calm, measured, null).Apply([strong], _ => strong)[0];
        Assert.InRange(leaned.Mean, 2 * LastYear + 0.3 * 0.4 * LastYear - 1, strong.Mean);
    }

    [Fact]
    public void A_month_is_answered_alike_alone_and_with_its_quarter()
    {
        var month = Known.Calendar.Of(PeriodKind.Month, AsOf.Date.AddDays(1));
        var measured = Measured(34, 40) with
        {
            OwnPast = new OwnPast(
                PeriodKind.Month,
                20,
                0.2,
                0.01,
                [new(Method.Engine, 0.4), new(Method.MeanOfLastFour, 0.6)]
            ),
        };
        var forecasts = Known
            .Calendar.Months(Quarter.From, Quarter.Until)
            .Select(m => Made(m, 0.2 * LastYear))
            .Prepend(Made(Quarter, 0.6 * LastYear))
            .ToDictionary(f => f.Period);
        var check = new ForecastCheck(Known, AsOf, Calm, measured, null);
        var (alone, together) = (
            check.Apply([forecasts[month]], p => forecasts.GetValueOrDefault(p)),
            check.Apply([.. forecasts.Values], p => forecasts.GetValueOrDefault(p))
        );
        Assert.Equal(alone[0].Mean, together.Single(f => f.Period == month).Mean);
        Assert.NotEqual(0, alone[0].Leaning);
        // The quarter leans by what its month does, and the others stay.
        Assert.Equal(alone[0].Leaning, together.Single(f => f.Period == Quarter).Leaning, 1e-6 * LastYear);
        Assert.All(together.Where(f => f.Period != month && f.Period != Quarter), f => Assert.Equal(0, f.Leaning));
    }

    [Fact]
    public void What_was_measured_on_later_data_does_not_count()
    {
        var measured = Measured(1, 40) with
        {
            DataUntil = AsOf.Date.AddDays(1),
            OwnPast = new OwnPast(
                PeriodKind.Quarter,
                20,
                0.2,
                0.01,
                [new(Method.Engine, 0.1), new(Method.MeanOfLastFour, 0.9)]
            ),
        };
        var forecast = Made(Quarter, 2 * LastYear);
        Assert.Equal(
            forecast,
            new ForecastCheck(Known, AsOf, Calm, measured, null).Apply([forecast], _ => forecast)[0]
        );
    }

    [Fact]
    public void Doubts_stand_beside_the_number()
    {
        var forecast = Made(Quarter, LastYear);
        ForecastDoubtKind[] Of(MeasuredQuality? measured, int[]? grades, double state) =>
            [
                .. (
                    new ForecastCheck(Known, AsOf, Calm with { State = state }, measured, grades)
                        .Apply([forecast], _ => forecast)[0]
                        .Doubts
                    ?? []
                ).Select(d => d.Kind),
            ];
        Assert.Equal([ForecastDoubtKind.BandsHeldLess], Of(Measured(17, 40), null, 0));
        Assert.Equal([ForecastDoubtKind.OneGrade], Of(null, [199, 1], 0));
        Assert.Empty(Of(null, [40, 0], 0));
        Assert.Equal([ForecastDoubtKind.MarketBeyondPast], Of(null, null, 0.8));
        Assert.Empty(Of(Measured(30, 40), [150, 50], 0.4));
    }

    [Fact]
    public void A_forecast_that_contradicts_itself_is_refused()
    {
        var forecast = Made(Quarter, LastYear);
        var check = new ForecastCheck(Known, AsOf, Calm, null, null);
        Assert.Throws<ForecastContradictionException>(() =>
            check.Apply([forecast with { FromOpen = double.NaN }], _ => forecast)
        );
        var crossed = forecast with
        {
            Bands =
            [
                .. forecast.Bands.Select(b =>
                    b.Level == 0.95 ? new Band(forecast.Median, forecast.Median, b.Level) : b
                ),
            ],
        };
        Assert.Contains(
            "Nothing is published",
            Assert.Throws<ForecastContradictionException>(() => check.Apply([crossed], _ => forecast)).Message,
            StringComparison.Ordinal
        );
    }

    private static MeasuredQuality Measured(int covered, int windows) =>
        new(
            AsOf.Date,
            AsOf.Date,
            "quarter",
            windows,
            [new MeasuredLevel(0.80, covered, windows)],
            0.2,
            null,
            null,
            null
        );

    private static RevenueForecast Made(Period period, double mean)
    {
        var distribution = new LatticeDistribution(
            0.8 * mean,
            0.4 * mean / 1000,
            [.. Enumerable.Repeat(1.0 / 1001, 1001)]
        );
        return new RevenueForecast
        {
            Period = period,
            Dimension = Dimension.Company,
            Key = "",
            Name = "Company",
            Currency = "EUR",
            AlreadyWon = 0,
            FromOpen = 0.6 * mean,
            FromNew = 0.4 * mean,
            Median = distribution.Quantile(0.5),
            Bands = [.. RevenueForecaster.Levels.Select(distribution.Band)],
            Distribution = distribution,
            ExpectedWins = 9,
            OpenDeals = 100,
            WeightedPipeline = mean,
        };
    }
}
