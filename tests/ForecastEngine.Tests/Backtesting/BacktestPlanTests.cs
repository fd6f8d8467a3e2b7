using ForecastEngine.Backtesting;
using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>Which windows a backtest judges: a rolling origin, each with a model that knew nothing later.</summary>
public sealed class BacktestPlanTests
{
    private static readonly BacktestOptions Year = new() { MinHistoryDays = 365 };

    // Monday 2024-01-01 to 2026-06-19.
    private static readonly CrmHistory History = new HandMadeHistory().Deal("A", 0).Until(900);

    [Fact]
    public void Quarters_are_forecast_from_their_start_their_sixth_and_their_twelfth_week()
    {
        var windows = BacktestPlan.For(History, Year).SelectMany(r => r.Windows).ToList();
        Assert.Equal(["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"], windows.Select(w => w.Period.Label).Distinct());
        Assert.Equal(["start", "week 6", "week 12"], windows.Where(w => w.Period.Label == "2025-Q2").Select(w => w.Kind));
        Assert.Equal(new DateOnly(2025, 3, 31), windows.First(w => w.Period.Label == "2025-Q2").Cutoff.Date);
        Assert.Equal([91, 49, 7], windows.Where(w => w.Period.Label == "2025-Q2").Select(w => w.Horizon));
    }

    [Fact]
    public void No_origin_comes_before_the_history_it_needs_and_no_period_is_unfinished()
    {
        foreach (var kind in (PeriodKind[])[PeriodKind.Week, PeriodKind.Month, PeriodKind.Quarter])
            foreach (var window in BacktestPlan.For(History, new BacktestOptions { Period = kind, MinHistoryDays = 400 }).SelectMany(r => r.Windows))
            {
                Assert.True(window.Cutoff.Date >= new DateOnly(2024, 1, 1).AddDays(400));
                Assert.True(window.Period.End.Instant <= History.ExportedAt.AddDays(1));
                Assert.True(window.Cutoff.Date < window.Period.Until);
                Assert.Equal(kind, window.Period.Kind);
            }
    }

    [Fact]
    public void A_horizon_of_two_also_looks_at_the_next_period()
    {
        var windows = BacktestPlan.For(History, new BacktestOptions { Horizon = 2, StrideDays = 400 }).SelectMany(r => r.Windows).ToList();
        var next = windows.Where(w => w.Period.Label == "2025-Q3").ToList();
        Assert.Equal([new DateOnly(2025, 3, 31), new DateOnly(2025, 6, 30)], next.Select(w => w.Cutoff.Date).Order());
        Assert.Contains("13 weeks ahead", next.Select(w => w.Kind));
    }

    [Fact]
    public void A_model_answers_until_it_is_too_old_and_never_for_an_origin_before_its_cutoff()
    {
        Assert.Equal(5, BacktestPlan.For(History, Year).Count);
        Assert.Equal(15, BacktestPlan.For(History, Year with { RetrainDays = 0 }).Count);
        Assert.Single(BacktestPlan.For(History, new BacktestOptions { RetrainDays = 3650 }));
        foreach (var round in BacktestPlan.For(History, new BacktestOptions { RetrainDays = 50, Horizon = 2 }))
        {
            Assert.Equal(round.TrainedUntil, round.Windows[0].Cutoff);
            Assert.All(round.Windows, w => Assert.True(w.Cutoff.CompareTo(round.TrainedUntil) >= 0 && (w.Cutoff.Instant - round.TrainedUntil.Instant).TotalDays < 50));
        }
    }

    [Fact]
    public void A_round_whose_model_would_know_the_future_is_refused()
    {
        var window = BacktestPlan.For(History, new BacktestOptions())[0].Windows[0];
        var late = new BacktestRound(AsOf.At(window.Cutoff.Instant.AddTicks(1)), [window]);
        Assert.Contains("knows the future", Assert.Throws<ArgumentException>(() => Backtester.Run(new BacktestSubject(History), late, new BacktestOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_the_settings_are_told_together()
    {
        var fault = Assert.Throws<ArgumentException>(() => BacktestPlan.For(History, new BacktestOptions { StrideDays = 0, Horizon = 9, Threads = 0 }));
        foreach (var name in new[] { "StrideDays", "Horizon", "Threads" }) Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weeks_are_named_as_ISO_8601_names_them()
    {
        Assert.Equal(new Period(new DateOnly(2024, 12, 30), new DateOnly(2025, 1, 5), "2025-W01", PeriodKind.Week), BusinessCalendar.Default.Week(new DateOnly(2025, 1, 1)));
        Assert.Equal("2020-W53", BusinessCalendar.Default.Week(new DateOnly(2021, 1, 3)).Label);
        Assert.Equal("2021-W01", BusinessCalendar.Default.Week(new DateOnly(2021, 1, 3)).Next().Label);
        Assert.Equal("2024-Q4", BusinessCalendar.Default.Quarter(new DateOnly(2025, 2, 1)).Previous().Label);
    }
}
