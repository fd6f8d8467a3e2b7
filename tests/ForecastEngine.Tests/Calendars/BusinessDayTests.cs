using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Leakage;

namespace ForecastEngine.Tests.Calendars;

/// <summary>A day is the business's day, wherever the business is and wherever the database keeps it.</summary>
public sealed class BusinessDayTests
{
    private static readonly SimulationOptions Company = new()
    {
        Seed = 31, Weeks = 70, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(15),
            ActivityDensity = 0.1, LeadDensity = 0.02,
    };

    [Fact]
    public void A_company_in_Auckland_or_Los_Angeles_has_the_forecasts_of_the_same_one_in_UTC()
    {
        var facts = TrainingWorld.Simulated(Company).Facts;
        var asOf = Company.FirstWeek.AddDays(7 * 66 - 1);
        var utc = Figures("UTC");
        Assert.True(utc.Count > 40, $"{utc.Count}");
        Assert.Equal(utc, Figures("Pacific/Auckland"));
        Assert.Equal(utc, Figures("America/Los_Angeles"));

        // Everything that is said: forecasts with their distributions, and every deal's score.
        List<string> Figures(string zone)
        {
            var figures = new List<string>();
            var place = new BusinessCalendar { TimeZone = zone };
            CalendarWorld.With(CalendarWorld.Open(CalendarWorld.At(facts, place),
                new CalendarSettings { TimeZone = zone }), workspace =>
            {
                TrainModels.Run(workspace, asOf, LeakWorld.Quick);
                var result = RescorePipeline.Run(workspace, asOf,
                    new ScoringOptions { Threads = 2, ExplainTop = 5 }).GetAwaiter().GetResult();
                // Stored to the microsecond.
                Assert.InRange((place.ToInstant(AsOf.EndOf(asOf).Instant) - result.Run.AsOfAt).Ticks, 0, 10);
                Assert.Equal(result.Run.AsOfAt, result.Run.DataExportedAt);
                figures.AddRange([.. result.Forecasts.Select(f => JsonSerializer.Serialize(f, RescorePipeline.Json)),
                    .. result.Pipeline.Deals.Select(d => JsonSerializer.Serialize(d.Score))]);
            });
            return figures;
        }
    }

    [Fact]
    public void History_comes_out_of_the_database_in_business_time_at_every_date()
    {
        var place = new BusinessCalendar { TimeZone = "Pacific/Auckland" };
        var facts = TrainingWorld.Simulated(Company).Facts;
        var wall = new CrmHistory(facts with { Calendar = place });
        CalendarWorld.With(CalendarWorld.Open(CalendarWorld.At(facts, place),
            new CalendarSettings { TimeZone = place.TimeZone }), workspace =>
        {
            Assert.Equal(HistoryHash.Of(wall), HistoryHash.Of(workspace.History.Load()));
            foreach (var days in (int[])[100, 271, 300, 453, 454]) // among them days on which the clock is turned
            {
                var asOf = AsOf.EndOf(Company.FirstWeek.AddDays(days));
                var loaded = workspace.History.Load(asOf);
                Assert.Equal(HistoryHash.Of(wall.KnownAt(asOf)), HistoryHash.Of(loaded));
                Assert.Equal((asOf.Instant, place.ToInstant(asOf.Instant)), (loaded.ExportedAt, loaded.DataTimestamp));
                Assert.Equal(wall.KnownAt(asOf).Leads.Select(l => l.ConvertedAt),
                    loaded.Leads.Select(l => l.ConvertedAt));
                Assert.Equal(wall.KnownAt(asOf).Quotas.Count, loaded.Quotas.Count);
            }
            var deal = wall.Opportunities[7].Id;
            var some = workspace.Events.Deals([deal]);
            Assert.Equal(wall.ChangesOf(7).ToArray().Select(c => (c.At, c.RecordedAt, c.NewValue)),
                some.ChangesOf(0).ToArray().Select(c => (c.At, c.RecordedAt, c.NewValue)));
            Assert.Equal((wall.Opportunities[7].CreatedAt, wall.ExportedAt),
                (some.Opportunities[0].CreatedAt, some.ExportedAt));
        });
    }

    [Theory]
    [InlineData("UTC", 0, 5000)]
    [InlineData("America/Los_Angeles", 5000, 0)]
    public void The_evening_of_31_October_in_Los_Angeles_is_October_there_and_November_in_UTC(string zone,
        double october, double november)
    {
        // 22:00 on the wall, 05:00 of the next day in UTC.
        var won = new DateTimeOffset(2024, 11, 1, 5, 0, 0, TimeSpan.Zero);
        var facts = Facts(won, []);
        CalendarWorld.With(CalendarWorld.Open(facts, new CalendarSettings { TimeZone = zone }), workspace =>
        {
            var history = workspace.History.Load();
            var deals = WonDeal.KnownAt(history, AsOf.EndOf(new DateOnly(2024, 11, 4)));
            Assert.Equal((october, november),
                (WonDeal.Revenue(deals, new(2024, 10, 1), new(2024, 10, 31)),
                WonDeal.Revenue(deals, new(2024, 11, 1), new(2024, 11, 30))));
            Assert.Equal(facts.ExportedAt, history.DataTimestamp);
        });
    }

    [Fact]
    public void A_close_date_is_a_day_and_never_shifts()
    {
        foreach (var zone in (string[])["UTC", "America/Los_Angeles", "Pacific/Auckland"])
        {
            var place = new BusinessCalendar { TimeZone = zone };
            // The CRM says 31 October; it was clicked in the small hours of 3 November.
            var clicked = place.ToInstant(new DateTimeOffset(2024, 11, 3, 1, 45, 0, TimeSpan.Zero));
            var facts = Facts(clicked, []);
            facts = facts with { Changes = [.. facts.Changes.Select(c =>
                c with { CloseOn = new DateOnly(2024, 10, 31) })] };
            CalendarWorld.With(CalendarWorld.Open(facts, new CalendarSettings { TimeZone = zone }), workspace =>
            {
                var deal = Assert.Single(WonDeal.KnownAt(workspace.History.Load(),
                    AsOf.EndOf(new DateOnly(2024, 11, 4))));
                Assert.Equal(new DateOnly(2024, 10, 31), deal.On);
                Assert.Empty(WonDeal.KnownAt(workspace.History.Load(), AsOf.EndOf(new DateOnly(2024, 11, 2))));
            });
        }
    }

    [Fact]
    public void Two_changes_in_the_hour_that_the_clock_shows_twice_keep_their_order()
    {
        // 01:40 before the clock is turned back in Los Angeles, and 01:20 after it.
        var (first, second) = (new DateTimeOffset(2024, 11, 3, 8, 40, 0, TimeSpan.Zero),
            new DateTimeOffset(2024, 11, 3, 9, 20, 0, TimeSpan.Zero));
        var facts = Facts(second,
            [new OpportunityChange { OpportunityId = "D", Field = OpportunityField.Stage, OldValue = "Won",
            NewValue = "Offer", At = first, RecordedAt = first }]);
        CalendarWorld.With(CalendarWorld.Open(facts, new CalendarSettings { TimeZone = "America/Los_Angeles" }),
            workspace =>
        {
            Assert.Equal(["Offer", "Won"], workspace.History.Load().ChangesOf(0).ToArray().Select(c => c.NewValue));
            Assert.Single(WonDeal.KnownAt(workspace.History.Load(), AsOf.EndOf(new DateOnly(2024, 11, 3))));
        });
    }

    [Fact]
    public void The_quota_of_a_fiscal_quarter_stands_beside_its_forecast()
    {
        var november = new DateTimeOffset(2024, 11, 5, 9, 0, 0, TimeSpan.Zero);
        var facts = Facts(november, []);
        facts = facts with { Quotas = [new Quota(null, null, new(2024, 11, 1), new(2025, 1, 31), 750_000, november)] };
        CalendarWorld.With(CalendarWorld.Open(facts), workspace =>
        {
            Assert.Null(Quarter().Quota);
            var set = SetCalendar.Run(workspace, new CalendarSettings { FiscalYearStarts = "february" });
            Assert.True(set.IsSet);
            var forecast = Quarter();
            Assert.Equal(("FY2025-Q4", 750_000m, 5000.0), (forecast.Period.Label, forecast.Quota, forecast.AlreadyWon));
            Assert.NotNull(forecast.ProbabilityToReachQuota);

            RevenueForecast Quarter()
            {
                var (history, asOf) = (workspace.History.Load(), AsOf.EndOf(new DateOnly(2024, 11, 8)));
                return new RevenueForecaster(history, asOf, [], new CommonFactor(0.9, 0.1, 0, 0.01),
                    0.01).Forecast(history.Calendar.Quarter(asOf.Date))[0];
            }
        });
    }

    private static CrmFacts Facts(DateTimeOffset won, IEnumerable<OpportunityChange> more) => new()
    {
        Currency = "EUR", ExportedAt = new DateTimeOffset(2024, 11, 8, 12, 0, 0, TimeSpan.Zero),
        Stages = [new("Offer", 0, StageKind.Open, 0.5), new("Won", 1, StageKind.Won, 1),
            new("Lost", 2, StageKind.Lost, 0)],
        Opportunities = [new Opportunity { Id = "D", CreatedAt = won.AddDays(-30), RecordedAt = won.AddDays(-30),
            Stage = "Offer", Amount = 5000 }],
        Changes = [.. more, new OpportunityChange { OpportunityId = "D", Field = OpportunityField.Stage,
            OldValue = "Offer", NewValue = "Won", At = won, RecordedAt = won }],
    };
}
