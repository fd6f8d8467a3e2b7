using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>Earlier windows are seen as they stood at their own origins.</summary>
public sealed class LikeWindowTests
{
    [Fact]
    public void Like_windows_are_earlier_quarters_newest_first_that_history_covers_whole()
    {
        var like = QuarterlyCompany.View.LikeWindows(6);
        Assert.Equal(["2024-Q4", "2024-Q3", "2024-Q2"], like.Select(w => w.Period.Label));
        Assert.Equal([AsOf.EndOf(new(2024, 10, 31)), AsOf.EndOf(new(2024, 7, 31)), AsOf.EndOf(new(2024, 5, 1))], like.Select(w => w.Origin));
        Assert.Equal(["2024-Q4"], QuarterlyCompany.View.LikeWindows(1).Select(w => w.Period.Label));
    }

    [Fact]
    public void What_stood_and_what_came_is_told_apart()
    {
        var like = QuarterlyCompany.View.LikeWindows(6);
        Assert.Equal([800, 700, 500], like.Select(w => w.WonBefore));
        Assert.Equal([2100, 3800, 1800], like.Select(w => w.Revenue));
        Assert.Equal([400, 2500, 1000], like.Select(w => w.FromOpen));
        Assert.Equal([900, 600, 300], like.Select(w => w.FromNew));
        Assert.Equal([("B1", 2000m, 1500.0), ("B2", 1000m, 1000.0)], like[1].Pipeline.Select(d => (d.OpportunityId, d.Amount!.Value, like[1].Brought(d))));
    }

    [Fact]
    public void Sums_of_days_include_both_ends()
    {
        var view = QuarterlyCompany.View;
        Assert.Equal(2500, view.AlreadyWon);
        Assert.Equal(2000, view.WonBetween(new(2025, 1, 20), new(2025, 1, 24)));
        Assert.Equal(500, view.WonBetween(new(2025, 1, 21), new(2025, 1, 25)));
        Assert.Equal(0, view.WonBetween(new(2025, 1, 21), new(2025, 1, 20)));
        Assert.Equal(10_200, view.WonBetween(DateOnly.MinValue, DateOnly.MaxValue));
    }

    [Fact]
    public void A_win_recorded_late_was_open_at_the_like_origin_and_a_reopened_one_was_won()
    {
        var start = QuarterlyCompany.Day(2024, 10, 1);
        var view = QuarterlyCompany.ViewOf(new HandMadeHistory().Deal("first", 0)
            .Deal("late", start, amount: 100).Stage("late", "Won", start + 10, recorded: start + 40)
            .Deal("kept", start, amount: 200).Stage("kept", "Won", start + 11).Change("kept", OpportunityField.Amount, "200", "250", start + 50)
            .Deal("back", start, amount: 400).Stage("back", "Won", start + 12).Stage("back", "Talks", start + 50).Stage("back", "Lost", start + 60)
            .Deal("again", start, amount: 800).Stage("again", "Lost", start + 13).Stage("again", "Talks", start + 50).Stage("again", "Won", start + 60));
        var like = view.LikeWindows(1)[0];
        Assert.Equal(["first", "late"], like.Pipeline.Select(d => d.OpportunityId).Order(StringComparer.Ordinal));
        Assert.Equal(600, like.WonBefore);
        Assert.Equal(100, like.FromOpen);
        Assert.Equal(800, like.FromNew);
        Assert.Equal(100 + 250 + 800, like.Revenue);
    }

    [Fact]
    public void An_origin_past_the_end_of_a_shorter_period_is_its_end()
    {
        var view = QuarterlyCompany.ViewOf(QuarterlyCompany.Facts(), BusinessCalendar.Default.Month(new DateOnly(2025, 1, 1)));
        Assert.Equal(new DateOnly(2024, 11, 30), view.LikeWindows(2)[1].Origin.Date);
        Assert.Equal(["2024-12", "2024-11", "2024-10"], view.LikeWindows(3).Select(w => w.Period.Label));
    }

    [Fact]
    public void Periods_before_are_of_the_same_kind()
    {
        var week = new Period(new(2025, 1, 6), new(2025, 1, 12), "2025-W02", PeriodKind.Week);
        Assert.Equal((new DateOnly(2024, 12, 30), new DateOnly(2025, 1, 5)), Days(BusinessCalendar.Default.Previous(week)));
        Assert.Equal((new DateOnly(2024, 1, 8), new DateOnly(2024, 1, 14)), Days(BusinessCalendar.Default.YearBefore(week)));
        Assert.Equal(BusinessCalendar.Default.Quarter(new(2024, 2, 1)), BusinessCalendar.Default.YearBefore(BusinessCalendar.Default.Quarter(new(2025, 2, 1))));
        Assert.Equal(BusinessCalendar.Default.Month(new(2024, 2, 1)), BusinessCalendar.Default.YearBefore(BusinessCalendar.Default.Month(new(2025, 2, 1))));
        Assert.Equal(BusinessCalendar.Default.Month(new(2024, 12, 1)), BusinessCalendar.Default.Previous(BusinessCalendar.Default.Month(new(2025, 1, 1))));
        Assert.Equal((new DateOnly(2024, 1, 5), new DateOnly(2024, 1, 14)), Days(BusinessCalendar.Default.YearBefore(Period.Days(new(2025, 1, 5), 10))));

        static (DateOnly, DateOnly) Days(Period period) => (period.From, period.Until);
    }
}
