using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Tests.Leakage;
using ForecastEngine.Tests.Operations;

namespace ForecastEngine.Tests.Calendars;

/// <summary>
/// Another calendar tells everything anew, and a model that learnt by the one before says so instead of scoring.
/// </summary>
public sealed class CalendarChangeTests(OperationsWorld world)
{
    private static readonly SimulationOptions Company = new()
    {
        Seed = 31, Weeks = 70, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(15),
            ActivityDensity = 0.1, LeadDensity = 0.02,
    };

    [Fact]
    public void A_model_of_another_calendar_refuses_until_one_is_trained_and_forecasts_are_made_anew() =>
        CalendarWorld.With(CalendarWorld.Open(TrainingWorld.Simulated(Company).Facts), workspace =>
        {
            var asOf = Company.FirstWeek.AddDays(7 * 66 - 1);
            var first = TrainModels.Run(workspace, asOf, LeakWorld.Quick).Card;
            var before = Score();
            Assert.Empty(SetCalendar.Run(workspace, new CalendarSettings { WeekStarts = "monday" }).Consequences);

            // Quarters of a year from October are those of the calendar year: only their names change.
            var named = SetCalendar.Run(workspace, new CalendarSettings { FiscalYearStarts = "October" });
            Assert.Equal(["Published forecasts are those of the calendar before until the next run. Run: forecast score."], named.Consequences);
            Assert.True(RescorePipeline.IsBehind(workspace, before.Run));
            var renamed = Score();
            Assert.NotEqual(before.Run.Id, renamed.Run.Id);
            Assert.Equal("2023-Q2", before.Forecasts[0].Period.Label);
            Assert.Equal("FY2023-Q3", renamed.Forecasts[0].Period.Label);
            Assert.Equal(before.Forecasts.Select(f => (f.Period.From, f.Period.Until, f.Key, f.Mean, f.Median)),
                renamed.Forecasts.Select(f => (f.Period.From, f.Period.Until, f.Key, f.Mean, f.Median)));
            Assert.Equal(["FY2023-Q3", "FY2023-Q4", "FY2024-Q1", "2023-04", "2023-05", "2023-06", "2023-07",
                "2023-08", "2023-09"],
                PublishedResults.ScoreOf(renamed.Run,
                    workspace.Scores.ScoresAsync(renamed.Run.Id).GetAwaiter().GetResult().Scores[0]).WonBy.Select(w =>
                    w.Period.Label));

            var set = SetCalendar.Run(workspace,
                new CalendarSettings { Pattern = "4-4-5", FiscalYearStarts = "february",
                Holidays = ["2023-12-25", "2022-12-25"] });
            Assert.Contains(set.Consequences, c =>
                c.StartsWith($"Model {first.Version} learnt by another calendar", StringComparison.Ordinal));
            var refused = Assert.Throws<OperationException>(() => RescorePipeline.Begin(workspace, asOf));
            Assert.Contains("Train again: forecast train.", refused.Message, StringComparison.Ordinal);
            Assert.Throws<OperationException>(() =>
                ForecastRevenue.Run(workspace, new ForecastRequest(), asOf).GetAwaiter().GetResult());
            Assert.Throws<OperationException>(() => CheckDrift.Run(workspace, asOf));

            var trained = TrainModels.Run(workspace, asOf, LeakWorld.Quick);
            Assert.NotEqual(first.Version, trained.Card.Version);
            Assert.True(trained.Decision.Promote, trained.Decision.Reason);
            Assert.StartsWith("The champion learnt by another business calendar", trained.Decision.Reason,
                StringComparison.Ordinal);
            Assert.Equal(set.Calendar.AsLearnt, trained.Card.Calendar);
            var learnt = workspace.BundleOf(workspace.Models.Get(trained.Card.Version)).Win;
            Assert.Equal((set.Calendar.AsLearnt, 8),
                (learnt.Features.Schema.Calendar, learnt.Won.Pace!.Weekdays.Count));
            var after = Score();
            Assert.Equal(["FY2024-Q1", "FY2024-Q2", "FY2024-Q3", "FY2024-P03"],
                after.Forecasts.Select(f => f.Period.Label).Distinct().Take(4));
            Assert.Equal(13 * 7, after.Forecasts[0].Period.Length);
            Assert.Equal(set.Calendar.Year(asOf),
                ForecastRevenue.Run(workspace, new ForecastRequest { Period = PeriodKind.Year, Periods = 1 },
                asOf).GetAwaiter().GetResult().Forecasts[0].Period);

            RescorePipelineResult Score() =>
                RescorePipeline.Run(workspace, asOf,
                new ScoringOptions { Threads = 2, ExplainTop = 1 }).GetAwaiter().GetResult();
        });

    [Fact]
    public void A_map_sets_the_calendar_with_the_first_import_and_says_later_that_another_stays()
    {
        var folder = Directory.CreateTempSubdirectory("forecast-map-calendar-").FullName;
        CalendarWorld.With(Workspace.Open(folder, new TurnedClock()), workspace =>
        {
            var first = ImportCrm.Run(workspace, world.Early, Map("""{ "fiscalYearStarts": "february", "holidays": ["2023-12-25"] }"""));
            var expected = new BusinessCalendar { TimeZone = "Europe/Ljubljana", YearStartsIn = 2,
                Holidays = [new(2023, 12, 25)] };
            Assert.Equal((expected, $"Business calendar: {expected}."),
                (workspace.Calendar.Current(), first.CalendarNotice));
            Assert.Null(ImportCrm.Run(workspace, world.Early, Map("""{ "fiscalYearStarts": 2, "holidays": ["2023-12-25"] }""".Replace("2,", "\"2\",", StringComparison.Ordinal))).CalendarNotice);
            Assert.Null(ImportCrm.Run(workspace, world.Early, Map(null)).CalendarNotice);
            var later = ImportCrm.Run(workspace, world.Early, Map("""{ "timeZone": "UTC" }"""));
            Assert.Contains("is not the one in force", later.CalendarNotice, StringComparison.Ordinal);
            Assert.Equal(expected, workspace.Calendar.Current());
        });
    }

    [Fact]
    public void Settings_that_are_not_understood_are_told_together_and_change_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("forecast-map-calendar-").FullName;
        CalendarWorld.With(Workspace.Open(folder, new TurnedClock()), workspace =>
        {
            var fault = Assert.Throws<OperationException>(() =>
                SetCalendar.Run(workspace,
                new CalendarSettings { TimeZone = "Mars/Olympus", FiscalYearStarts = "smarch", Pattern = "4-4-4",
                Holidays = ["25 December"] }));
            foreach (var part in (string[])["timeZone: found \"Mars/Olympus\"",
                "fiscalYearStarts: found \"smarch\"; expected one of january, february", "pattern: found \"4-4-4\"",
                "holidays: found \"25 December\""])
                Assert.Contains(part, fault.Message, StringComparison.Ordinal);
            Assert.False(SetCalendar.Show(workspace).IsSet);
            Assert.Equal(BusinessCalendar.Default, workspace.Calendar.Current());
        });
        var map = Assert.Throws<ImportException>(() => Map("""{ "pattern": "monthly", "week": "monday" }"""));
        Assert.Contains("calendar.pattern", map.Message, StringComparison.Ordinal);
        Assert.Contains("calendar.week", map.Message, StringComparison.Ordinal);
    }

    private static ImportMap Map(string? calendar)
    {
        var json = File.ReadAllText(Path.Combine(Repository.Root, "data", "maps", "forecastengine.json"));
        return ImportMap.Parse(calendar is null ? json : $$"""{ "timeZone": "Europe/Ljubljana", "calendar": {{calendar}}, {{json[(json.IndexOf('{', StringComparison.Ordinal) + 1)..]}}""");
    }
}
