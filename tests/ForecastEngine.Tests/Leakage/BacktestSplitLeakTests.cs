using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Tests.Forecasting;

namespace ForecastEngine.Tests.Leakage;

/// <summary>A forecast of a past window may not change by a bit when what came after its cutoff does; a split that leaks must be found out by that.</summary>
public sealed class BacktestSplitLeakTests
{
    private static readonly BacktestWindow[] Windows = [WindowAt(58), WindowAt(71)];

    // What is under test: the harness itself, which is handed the whole history.
    private static readonly Func<CrmHistory, BacktestWindow, double> Honest = (history, window) =>
        Backtester.Run(new BacktestSubject(history), new BacktestRound(window.Cutoff, [window]), new BacktestOptions { Training = LeakWorld.Quick })[0].Engine.Mean;

    private static readonly Func<CrmHistory, BacktestWindow, double> TrainsOnEverything = (history, window) => Forecast(history, history.KnownAt(window.Cutoff), AsOf.At(history.ExportedAt), window);

    private static readonly Func<CrmHistory, BacktestWindow, double> LooksTwoWeeksAhead = (history, window) =>
    {
        var ahead = window with { Cutoff = AsOf.At(window.Cutoff.Instant.AddDays(14)) };
        return Forecast(history.KnownAt(window.Cutoff), history.KnownAt(ahead.Cutoff), window.Cutoff, ahead);
    };

    [Fact]
    public void No_forecast_changes_when_what_came_after_its_cutoff_does() => Assert.Empty(Changed(Honest));

    [Fact]
    public void A_split_that_trains_on_the_whole_history_is_found_out() => Assert.Single(Changed(TrainsOnEverything, 1));

    [Fact]
    public void A_split_that_scores_a_pipeline_of_two_weeks_later_is_found_out() => Assert.Single(Changed(LooksTwoWeeksAhead, 1));

    private static List<BacktestWindow> Changed(Func<CrmHistory, BacktestWindow, double> forecast, int windows = 2) =>
        [.. Windows.Take(windows).Where(w => Bits.Of(forecast(LeakWorld.History, w)) != Bits.Of(forecast(new CrmHistory(LeakWorld.WithAnotherFuture(LeakWorld.World.Facts, w.Cutoff, 41, 600)), w)))];

    private static double Forecast(CrmHistory trainedOn, CrmHistory told, AsOf trainedUntil, BacktestWindow window)
    {
        var bundle = BundleTrainer.Train(trainedOn, trainedUntil, LeakWorld.Quick).Bundle;
        return ForecastWorld.Score(bundle, told, window.Cutoff, 2).Forecaster.Forecast(window.Period, Dimension.Company, 512)[0].Mean;
    }

    private static BacktestWindow WindowAt(int week)
    {
        var cutoff = TrainingWorld.Before(LeakWorld.World, week);
        return new BacktestWindow(cutoff, BusinessCalendar.Default.Quarter(cutoff.Date.AddDays(1)));
    }
}
