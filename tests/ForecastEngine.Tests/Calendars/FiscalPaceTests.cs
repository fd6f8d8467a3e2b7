using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics.Trees;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.Calendars;

/// <summary>
/// The rush at a quarter's end is learnt where the calendar says that quarters end, and a holiday is a slow day.
/// </summary>
public sealed class FiscalPaceTests(ITestOutputHelper output)
{
    private static readonly BusinessCalendar Fiscal = new() { Pattern = YearPattern.Weeks445, YearStartsIn = 2 };
    private static readonly SimulationOptions Company = new()
    {
        Seed = 79, Weeks = 156, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(60),
            ActivityDensity = 0.02, LeadDensity = 0.02, QuartersEndByDay = true, Calendar = Fiscal,
    };

    [Fact]
    public void A_world_that_closes_by_445_shows_its_rush_at_those_quarter_ends_and_none_at_the_calendars()
    {
        var history = new CrmHistory(TrainingWorld.Simulated(Company).Facts);
        Assert.Equal(Fiscal, history.Calendar);
        var training = new TrainingWorld(history, AsOf.At(history.ExportedAt));
        var names = new FeatureSet(training.Schema).Features.Select(f => f.Name).ToList();
        var own = CalendarPace.From(LandmarkColumns.From(training.Table, names, Fiscal), Cause.Won);
        var wrong = CalendarPace.From(LandmarkColumns.From(training.Table, names), Cause.Won);
        // The law: e^1.15 in the last week, e^0.7 before it, e^−0.35 in the first three weeks.
        output.WriteLine($"4-4-5: {string.Join(' ', own.Places.Select(p => $"{p:0.00}"))}; calendar quarters: {string.Join(' ', wrong.Places.Select(p => $"{p:0.00}"))}");
        Assert.True(own.Places[0] / own.Places[6] > 1.3, $"{own.Places[0] / own.Places[6]}");
        Assert.True(own.Places[1] / own.Places[6] > 1.1, $"{own.Places[1] / own.Places[6]}");
        Assert.True(own.Places[4] / own.Places[6] < 0.95, $"{own.Places[4] / own.Places[6]}");
        Assert.True(wrong.Places[0] / wrong.Places[6] < 1.1, $"{wrong.Places[0] / wrong.Places[6]}");
        // And the way back: deals plan for those ends.
        Assert.True(history.Opportunities.Count(o => o.PlannedCloseOn is { } on
            && Fiscal.DaysToQuarterEnd(on) == 0) > 0.3 * history.Opportunities.Length);
    }

    [Fact]
    public void Nothing_closes_on_holidays_once_that_is_known()
    {
        DateOnly[] holidays = [.. Enumerable.Range(0, 40).Select(n => new DateOnly(2024, 1, 3).AddDays(14 * n))];
        var calendar = new BusinessCalendar { Holidays = holidays };
        var rows = new List<(DateTime AsOf, int Outcome, double Days)>();
        // A thousand and forty deals, one a weekday, each closed on its day; those due on a holiday a day later.
        for (var day = 0; day < 560; day++)
            for (var n = 0; n < 4; n++)
            {
                var on = new DateOnly(2024, 1, 1).AddDays(day);
                if (holidays.Contains(on)) on = on.AddDays(1);
                rows.Add((new DateTime(2023, 12, 1, 0, 0, 0, DateTimeKind.Utc), 1,
                    on.DayNumber - new DateOnly(2023, 12, 1).DayNumber + 0.4));
            }
        var pace = CalendarPace.From(Landmarks(rows, calendar), Cause.Won);
        Assert.Equal(8, pace.Weekdays.Count);
        Assert.True(pace.Weekdays[7] < 0.35, $"{pace.Weekdays[7]}");
        Assert.Equal(7, CalendarPace.From(Landmarks(rows, BusinessCalendar.Default), Cause.Won).Weekdays.Count);
        var (holiday, day4) = (holidays[2].ToDateTime(TimeOnly.MinValue),
            holidays[2].AddDays(7).ToDateTime(TimeOnly.MinValue));
        Assert.True(pace.Between(holiday, holiday.AddDays(1)) < 0.5 * pace.Between(day4, day4.AddDays(1)));
        Assert.Equal(4.0 / 5, WorkdaysIn(calendar, holidays[2].AddDays(-2)) / WorkdaysIn(BusinessCalendar.Default,
            holidays[2].AddDays(-2)), 6);
    }

    // ahead_workdays of the first cell, a week.
    private static double WorkdaysIn(BusinessCalendar calendar, DateOnly monday)
    {
        var columns = new float[AheadFeatures.Count * GridScorer.MaxPoints];
        AheadFeatures.Write(TimeGrid.Create(7, 90), calendar, monday.ToDateTime(TimeOnly.MinValue), 0, null, false,
            null, null, columns);
        return columns[3 * GridScorer.MaxPoints];
    }

    private static LandmarkColumns Landmarks(List<(DateTime AsOf, int Outcome, double Days)> rows,
        BusinessCalendar calendar)
    {
        var table = new DataFrame(
            new StringDataFrameColumn("opportunity_id", rows.Select((_, i) => $"D{i}")),
            new StringDataFrameColumn("stage", rows.Select(_ => "")),
            new PrimitiveDataFrameColumn<DateTime>("as_of", rows.Select(r => r.AsOf)),
            new PrimitiveDataFrameColumn<int>("outcome", rows.Select(r => r.Outcome)),
            new PrimitiveDataFrameColumn<double>("days_observed", rows.Select(r => r.Days)),
            new PrimitiveDataFrameColumn<double>("days_watched", rows.Select(_ => 1000.0)),
            new PrimitiveDataFrameColumn<float>("age_days", rows.Select(_ => 0f)));
        return LandmarkColumns.From(table, ["age_days"], calendar);
    }
}
