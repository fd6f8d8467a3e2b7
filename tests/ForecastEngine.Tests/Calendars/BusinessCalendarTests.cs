using System.Globalization;
using System.Text.Json;
using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Calendars;

/// <summary>
/// Periods of every kind of calendar, held against the laws that all obey and against calendars that companies
/// published.
/// </summary>
public sealed class BusinessCalendarTests
{
    private static readonly BusinessCalendar Apple = new() { Pattern = YearPattern.Weeks544, YearStartsIn = 10,
        WeekStartsOn = DayOfWeek.Sunday };
    private static readonly BusinessCalendar Retail = new()
    {
        Pattern = YearPattern.Weeks454, YearStartsIn = 2, WeekStartsOn = DayOfWeek.Sunday, YearEnds = YearEnd.Nearest,
            YearNamed = YearNaming.Start,
    };
    private static readonly BusinessCalendar FromFebruary = new() { YearStartsIn = 2 };
    private static readonly PeriodKind[] Kinds = [PeriodKind.Week, PeriodKind.Month, PeriodKind.Quarter,
        PeriodKind.Year];

    public static TheoryData<YearPattern> Patterns => [.. Enum.GetValues<YearPattern>()];

    [Theory, MemberData(nameof(Patterns))]
    public void Periods_follow_each_other_without_gap_and_carry_a_name_of_their_own(YearPattern pattern)
    {
        foreach (var calendar in All(pattern))
            foreach (var kind in Kinds)
            {
                var (period, labels) = (calendar.Of(kind, new DateOnly(2004, 12, 28)), new HashSet<string>());
                for (; period.From.Year < 2033; period = calendar.Next(period))
                {
                    Assert.True(labels.Add(period.Label), $"{calendar}: {period.Label} twice");
                    Assert.Equal(kind, period.Kind);
                    Assert.Equal((period, period), (calendar.Of(kind, period.From), calendar.Of(kind, period.Until)));
                    Assert.Equal(period, calendar.Previous(calendar.Next(period)));
                    Assert.Equal(period.Until.AddDays(1), calendar.Next(period).From);
                    Assert.Equal(period, calendar.Parse(period.Label));
                }
            }
    }

    [Theory, MemberData(nameof(Patterns))]
    public void Years_are_made_of_quarters_and_quarters_of_months(YearPattern pattern)
    {
        foreach (var calendar in All(pattern))
            for (var year = calendar.Year(new DateOnly(2005, 7, 1)); year.From.Year < 2030; year = calendar.Next(year))
            {
                var months = calendar.Months(year.From, year.Until).ToList();
                Assert.Equal((calendar.MonthsInYear, year.From, year.Until),
                    (months.Count, months[0].From, months[^1].Until));
                var quarters = months.Select(m => calendar.Quarter(m.From)).Distinct().ToList();
                Assert.Equal((4, year.From, year.Until), (quarters.Count, quarters[0].From, quarters[^1].Until));
                Assert.All(months, m => Assert.Equal(calendar.Quarter(m.From), calendar.Quarter(m.Until)));
                for (var day = year.From; day <= year.Until; day = day.AddDays(5))
                    Assert.Equal(calendar.Quarter(day).Until.DayNumber - day.DayNumber, calendar.DaysToQuarterEnd(day));
                if (pattern == YearPattern.Months) continue;
                Assert.Contains(year.Length, (int[])[52 * 7, 53 * 7]);
                Assert.Equal(calendar.WeekStartsOn, year.From.DayOfWeek);
                // The year begins by name in the month that it is said to begin in; of whole weeks at most a week
                // before, and with the nearest end three days after.
                var first = new DateOnly(year.From.AddDays(6).Year, calendar.YearStartsIn, 1);
                Assert.InRange(year.From.DayNumber - first.DayNumber, calendar.YearEnds == YearEnd.Nearest ? -3 : -6,
                    calendar.YearEnds == YearEnd.Nearest ? 3 : 0);
                int[] weeks = [.. months.Select(m => m.Length / 7)];
                int[] plain = pattern switch { YearPattern.Weeks445 => [4, 4, 5], YearPattern.Weeks454 => [4, 5, 4],
                    YearPattern.Weeks544 => [5, 4, 4], _ => [4] };
                Assert.Equal([.. Enumerable.Range(0, months.Count - 1).Select(m => plain[m % plain.Length])],
                    weeks[..^1]);
                Assert.Equal(plain[^1] + (year.Length == 53 * 7 ? 1 : 0), weeks[^1]);
            }
    }

    [Theory]
    [InlineData("FY2022", "2021-09-26", "2022-09-24")]
    [InlineData("FY2023", "2022-09-25", "2023-09-30")] // 53 weeks
    [InlineData("FY2024", "2023-10-01", "2024-09-28")]
    [InlineData("FY2022-Q1", "2021-09-26", "2021-12-25")]
    [InlineData("FY2022-Q2", "2021-12-26", "2022-03-26")]
    public void A_year_that_ends_on_the_last_Saturday_of_September_is_Apples(string label, string from,
        string until) => Check(Apple, label, from, until);

    [Theory]
    [InlineData("FY2022", "2022-01-30", "2023-01-28")]
    [InlineData("FY2023", "2023-01-29", "2024-02-03")] // 53 weeks
    [InlineData("FY2024", "2024-02-04", "2025-02-01")]
    [InlineData("FY2023-P01", "2023-01-29", "2023-02-25")]
    [InlineData("FY2023-P02", "2023-02-26", "2023-04-01")]
    [InlineData("FY2023-P12", "2023-12-31", "2024-02-03")]
    public void A_year_of_454_that_ends_on_the_Saturday_nearest_to_31_January_is_the_National_Retail_Federations(string label, string from, string until) => Check(Retail, label, from, until);

    [Theory]
    [InlineData("FY2027-Q4", "2026-11-01", "2027-01-31")]
    [InlineData("FY2027", "2026-02-01", "2027-01-31")]
    [InlineData("2026-11", "2026-11-01", "2026-11-30")]
    [InlineData("FY2027-P10", "2026-11-01", "2026-11-30")]
    public void A_year_from_February_is_named_by_its_end_and_keeps_the_names_of_months(string label, string from,
        string until)
    {
        var period = FromFebruary.Parse(label)!.Value;
        Assert.Equal((from, until), (Text(period.From), Text(period.Until)));
        Assert.Equal(label.Contains('P', StringComparison.Ordinal) ? "2026-11" : label, period.Label);
        Assert.Equal("FY2026-Q4",
            (FromFebruary with { YearNamed = YearNaming.Start }).Quarter(new DateOnly(2026, 11, 5)).Label);
    }

    [Theory]
    [InlineData("2026-Q5")]
    [InlineData("2026-13")]
    [InlineData("2026-W54")]
    [InlineData("2025-W53")]
    [InlineData("FY2026-Q1")]
    [InlineData("2026-")]
    [InlineData("2026-Q")]
    [InlineData("2026-q1")]
    [InlineData("26-Q1")]
    [InlineData("2026-1")]
    [InlineData("quarter")]
    [InlineData("")]
    [InlineData(null)]
    public void Names_that_the_default_calendar_does_not_have_are_no_periods(string? label) =>
        Assert.Null(BusinessCalendar.Default.Parse(label));

    [Fact]
    public void Weeks_from_Sunday_on_are_numbered_like_those_of_the_CDC()
    {
        var calendar = new BusinessCalendar { WeekStartsOn = DayOfWeek.Sunday };
        Check(calendar, "2024-W01", "2023-12-31", "2024-01-06");
        Check(calendar, "2020-W53", "2020-12-27", "2021-01-02");
        Check(BusinessCalendar.Default, "2020-W53", "2020-12-28", "2021-01-03");
    }

    [Fact]
    public void The_default_has_the_names_that_everybody_uses()
    {
        var day = new DateOnly(2026, 11, 5);
        Assert.Equal(["2026-W45", "2026-11", "2026-Q4", "2026"],
            Kinds.Select(k => BusinessCalendar.Default.Of(k, day).Label));
        Assert.Equal((new DateOnly(2026, 8, 5), new DateOnly(2026, 5, 31)),
            (BusinessCalendar.Default.QuartersBefore(day, 1),
            BusinessCalendar.Default.QuartersBefore(new(2026, 8, 31), 1)));
    }

    [Fact]
    public void A_day_of_a_year_of_weeks_keeps_its_place_in_earlier_quarters()
    {
        var calendar = Retail;
        for (var back = 1; back <= 8; back++)
            for (var day = new DateOnly(2024, 2, 4); day < new DateOnly(2024, 5, 5); day = day.AddDays(1))
            {
                var (own, then) = (calendar.Quarter(day), calendar.QuartersBefore(day, back));
                var quarter = calendar.Quarter(then);
                Assert.Equal(Enumerable.Range(0, back).Aggregate(own, (q, _) => calendar.Previous(q)), quarter);
                if (day.DayNumber - own.From.DayNumber < 46) Assert.Equal(day.DayNumber - own.From.DayNumber,
                    then.DayNumber - quarter.From.DayNumber);
                else Assert.Equal(own.Until.DayNumber - day.DayNumber, quarter.Until.DayNumber - then.DayNumber);
            }
    }

    [Fact]
    public void A_stretch_of_days_is_found_by_its_name_where_it_has_one()
    {
        Assert.Equal("FY2027-Q4", FromFebruary.Find(new(2026, 11, 1), new(2027, 1, 31)).Label);
        Assert.Equal("2026-11", FromFebruary.Find(new(2026, 11, 1), new(2026, 11, 30)).Label);
        Assert.Equal((PeriodKind.Days, "2026-10-01..2026-12-31"),
            (FromFebruary.Find(new(2026, 10, 1), new(2026, 12, 31)) is var days ? days.Kind : default, days.Label));
        Assert.Equal("FY2026-Q4", FromFebruary.YearBefore(FromFebruary.Quarter(new(2026, 12, 1))).Label);
        Assert.Equal("FY2022-P12", Retail.YearBefore(Retail.Parse("FY2023-P12")!.Value).Label);
    }

    [Fact]
    public void Calendars_are_equal_by_what_they_say_and_come_back_from_JSON()
    {
        foreach (var calendar in Enum.GetValues<YearPattern>().SelectMany(All).Append(Retail with { TimeZone = "America/Chicago", Holidays = [new(2026, 12, 25), new(2026, 1, 1)] }))
        {
            var read = JsonSerializer.Deserialize<BusinessCalendar>(JsonSerializer.Serialize(calendar))!;
            Assert.Equal(calendar, read);
            Assert.Equal(calendar.GetHashCode(), read.GetHashCode());
            Assert.Equal(calendar.Quarter(new(2026, 7, 1)), read.Quarter(new(2026, 7, 1)));
        }
        // A copy has days of its own, even where the original has worked out its.
        Assert.Equal(26, FromFebruary.DaysToQuarterEnd(new DateOnly(2026, 4, 4)));
        Assert.Equal(87, (FromFebruary with { YearStartsIn = 1 }).DaysToQuarterEnd(new DateOnly(2026, 4, 4)));
        Assert.NotEqual(FromFebruary, FromFebruary with { Holidays = [new(2026, 12, 25)] });
    }

    [Fact]
    public void A_model_fits_a_calendar_whose_days_and_quarters_are_the_same()
    {
        Assert.True(BusinessCalendar.Default.HasDaysOf(new BusinessCalendar { YearStartsIn = 4,
            YearNamed = YearNaming.Start, WeekStartsOn = DayOfWeek.Sunday }));
        Assert.False(BusinessCalendar.Default.HasDaysOf(FromFebruary));
        Assert.False(BusinessCalendar.Default.HasDaysOf(new BusinessCalendar { TimeZone = "Europe/Ljubljana" }));
        Assert.False(BusinessCalendar.Default.HasDaysOf(new BusinessCalendar { Holidays = [new(2026, 12, 25)] }));
        Assert.False(Retail.HasDaysOf(Retail with { YearEnds = YearEnd.Last }));
        Assert.True(BusinessCalendar.Default.HasQuartersOf(new BusinessCalendar { TimeZone = "Europe/Ljubljana",
            Holidays = [new(2026, 12, 25)] }));
    }

    private static IEnumerable<BusinessCalendar> All(YearPattern pattern) =>
        from month in (int[])[1, 2, 7, 10]
        from ends in Enum.GetValues<YearEnd>()
        from week in (DayOfWeek[])[DayOfWeek.Monday, DayOfWeek.Sunday, DayOfWeek.Thursday]
        where pattern != YearPattern.Months || ends == YearEnd.Last
        select new BusinessCalendar { Pattern = pattern, YearStartsIn = month, YearEnds = ends, WeekStartsOn = week,
            YearNamed = month == 2 ? YearNaming.Start : YearNaming.End };

    private static void Check(BusinessCalendar calendar, string label, string from, string until)
    {
        var period = calendar.Parse(label)!.Value;
        Assert.Equal((label, from, until), (period.Label, Text(period.From), Text(period.Until)));
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
