using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>When and how far forecasts lean on methods that go by the past.</summary>
public sealed class OwnPastTests
{
    [Fact]
    public void They_lean_on_what_was_nearer_and_the_blend_comes_near_it()
    {
        // The engine says twice what comes; the mean of the last four is near.
        var past = OwnPast.Of(Windows(1, 12, engine: 2, others: 1), PeriodKind.Quarter)!;
        Assert.True(past.Leans);
        Assert.Equal(Method.Engine, past.Weights[0].Method);
        Assert.InRange(past.Weights[0].Weight, 0, 0.1);
        Assert.Equal(1, past.Weights.Sum(w => w.Weight), 1e-12);
        Assert.InRange(past.Median(200, _ => 100), 100, 110);
        // Who has no answer has no weight.
        Assert.InRange(past.Median(200, m => m == Method.MeanOfLastFour ? 100 : null), 100, 120);
        Assert.Equal(200, past.Median(200, _ => null));
    }

    [Fact]
    public void Methods_that_know_nothing_beyond_the_engine_leave_it_alone()
    {
        // What the engine says and noise: any weight of it makes the forecast worse.
        var leaning = Enumerable
            .Range(1, 1000)
            .Count(seed =>
                OwnPast.Of(Windows(seed, 12, engine: 1, others: 1, areEcho: true), PeriodKind.Quarter)!.Leans
            );
        Assert.InRange(leaning, 0, 10);
        Assert.Equal(
            0,
            Enumerable
                .Range(1, 400)
                .Count(seed => OwnPast.Of(Windows(seed, 12, engine: 1, others: 1.5), PeriodKind.Quarter)!.Leans)
        );
    }

    [Fact]
    public void Weights_follow_the_formula()
    {
        var windows = Windows(5, 12, engine: 1.3, others: 0.9);
        var past = OwnPast.Of(windows, PeriodKind.Quarter)!;
        var scale = windows.Average(w => w.Actual);
        double Loss(string method) =>
            windows
                .Select(
                    (w, i) =>
                        Math.Pow(0.95, windows.Count - 1 - i)
                        * Math.Abs(w.Forecasts.First(f => f.Method == method).Median - w.Actual)
                        / scale
                )
                .Sum();
        var ratio = 0.2 / 0.6 * Math.Exp(-4 * (Loss(Method.MeanOfLastFour) - Loss(Method.Engine)));
        Assert.Equal(
            ratio,
            past.Weights.First(w => w.Method == Method.MeanOfLastFour).Weight / past.Weights[0].Weight,
            1e-9 * ratio
        );
    }

    [Fact]
    public void Too_few_periods_tell_nothing()
    {
        Assert.Null(OwnPast.Of(Windows(1, 8, engine: 2, others: 1, windows: 7), PeriodKind.Quarter));
        Assert.Null(OwnPast.Of([], PeriodKind.Quarter));
    }

    // Revenue about 100; every method says a multiple of it, give or take a tenth.
    private static List<WindowResult> Windows(
        int seed,
        int quarters,
        double engine,
        double others,
        int? windows = null,
        bool areEcho = false
    )
    {
        var calendar = BusinessCalendar.Default;
        var (results, period) = (new List<WindowResult>(), calendar.Quarter(new DateOnly(2022, 1, 1)));
        for (var q = 0; q < (windows ?? quarters); q++, period = calendar.Next(period))
        {
            var draw = CounterRandom.For(seed, q);
            var actual = 100 * (1 + 0.1 * draw.Normal(0));
            var said = engine * actual * (1 + 0.1 * draw.Normal(1));
            double Other(int place) =>
                areEcho ? said * (1 + 0.1 * draw.Normal(place)) : others * actual * (1 + 0.1 * draw.Normal(place));
            results.Add(
                new WindowResult
                {
                    Window = new BacktestWindow(AsOf.EndOf(period.From.AddDays(-1)), period),
                    TrainedUntil = period.From.AddDays(-1).ToDateTime(TimeOnly.MinValue),
                    Actual = actual,
                    AlreadyWon = 0,
                    OpenDeals = 10,
                    Forecasts =
                    [
                        WindowForecast.Point(Method.Engine, said, actual),
                        WindowForecast.Point(Method.ConversionAndGrowth, Other(2), actual),
                        WindowForecast.Point(Method.MeanOfLastFour, Other(3), actual),
                    ],
                    Deals = DealForecasts.None,
                }
            );
        }
        return results;
    }
}
