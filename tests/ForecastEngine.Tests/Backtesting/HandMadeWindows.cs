using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>Four windows of two quarters, small enough to compute by hand.</summary>
internal static class HandMadeWindows
{
    public static readonly IReadOnlyList<WindowResult> All =
    [
        One(1, 0, 100, new(Method.Engine, 90, 95, 6, .55, [new Band(80, 105, .8)]), 150, new(98, 100), .75, ["a", "b"], [.8, .2], [.5, .5], [1, 0], [.7, .3]),
        One(1, 6, 100, new(Method.Engine, 110, 110, 5, .35, [new Band(90, 130, .8)]), null, new(102, 100), .85, ["a", "c"], [.9, .6], [.5, double.NaN], [1, 0], [.8, .5]),
        One(4, 0, 200, new(Method.Engine, 180, 190, 12, .93, [new Band(150, 190, .8)]), 150, new(195, 205), .6, [], [], [], [], []),
        One(4, 6, 200, new(Method.Engine, 210, 215, 7, .15, [new Band(200, 230, .8)]), 260, new(205, 195), .8, [], [], [], [], []),
    ];

    private static WindowResult One(int month, int week, double actual, WindowForecast engine, double? weighted, (double Median, double Mean) oracle, double coverage,
        string[] ids, double[] said, double[] stage, double[] outcomes, double[] truth)
    {
        var period = BusinessCalendar.Default.Quarter(new DateOnly(2025, month, 1));
        return new WindowResult
        {
            Window = new BacktestWindow(AsOf.EndOf(period.From.AddDays(7 * week - 1)), period), TrainedUntil = new DateTimeOffset(2024, 12, 31, 0, 0, 0, TimeSpan.Zero), Actual = actual, AlreadyWon = 0, OpenDeals = ids.Length,
            Forecasts = weighted is { } w ? [WindowForecast.Point(Method.WeightedPipeline, w, actual), engine] : [engine],
            Deals = new DealForecasts { Ids = ids, Outcomes = outcomes, Truth = truth, Probabilities = new Dictionary<string, double[]> { [Method.Engine] = said, [Method.StageRate] = stage } },
            Truth = new WindowTruth(new WindowForecast(Method.Oracle, oracle.Median, oracle.Mean, 3, .5, [new Band(oracle.Median - 10, oracle.Median + 10, .8)]), [coverage],
            [
                new ExpectedScores(Method.Engine, 12 + week, 8), .. weighted is { } value ? [new ExpectedScores(Method.WeightedPipeline, value / 5, value / 5)] : Array.Empty<ExpectedScores>(),
                new ExpectedScores(Method.Oracle, 10, 6),
            ]),
        };
    }
}
