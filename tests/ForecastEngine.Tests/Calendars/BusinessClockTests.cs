using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Calendars;

/// <summary>Business time is the wall clock of a zone without its hours twice.</summary>
public sealed class BusinessClockTests
{
    [Theory]
    [InlineData("America/Los_Angeles")]
    [InlineData("Pacific/Auckland")]
    [InlineData("Europe/Ljubljana")]
    [InlineData("Australia/Lord_Howe")] // half an hour
    [InlineData("America/Sao_Paulo")] // turned back at midnight
    [InlineData("Pacific/Apia")] // left out a day in 2011
    [InlineData("America/Havana")] // turns back to midnight
    public void It_rises_with_time_comes_back_and_tells_the_day_of_the_wall_clock(string id)
    {
        var (calendar, zone, random) = (new BusinessCalendar { TimeZone = id },
            TimeZoneInfo.FindSystemTimeZoneById(id), new Random(7));
        var before = DateTimeOffset.MinValue;
        var start = new DateTimeOffset(2010, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var minutes = 0; minutes < 5 * 365 * 1440; minutes += random.Next(1, 150))
        {
            var at = start.AddMinutes(minutes).AddTicks(10 * random.Next(60_000_000));
            var business = calendar.ToBusiness(at);
            var wall = TimeZoneInfo.ConvertTime(at, zone).DateTime;
            Assert.True(business > before, $"{at:O} of {id} is not after what came before");
            Assert.Equal(DateOnly.FromDateTime(wall), calendar.DayOf(at));
            Assert.Equal(at, calendar.ToInstant(business));
            Assert.True((business.UtcDateTime - wall).Duration() <= TimeSpan.FromMinutes(30), $"{at:O} of {id}");
            if (!zone.IsAmbiguousTime(wall)) Assert.Equal(wall, business.UtcDateTime);
            before = business;
        }
    }

    [Fact]
    public void An_hour_that_the_clock_shows_twice_keeps_the_order_of_what_happened_in_it()
    {
        var calendar = new BusinessCalendar { TimeZone = "Europe/Ljubljana" };
        var turn = new DateTimeOffset(2026, 10, 25, 1, 0, 0, TimeSpan.Zero);
        string[] shown = [.. ((double[])[-61, -60, -30, -10, 0, 10, 30, 59, 60, 61]).Select(m =>
            calendar.ToBusiness(turn.AddMinutes(m)).ToString("HH:mm:ss", null))];
        Assert.Equal(["01:59:00", "02:00:00", "02:15:00", "02:25:00", "02:30:00", "02:35:00", "02:45:00", "02:59:30",
            "03:00:00", "03:01:00"], shown);
    }

    [Fact]
    public void A_time_that_the_clock_leaves_out_is_bounded_by_the_last_instant_before_it()
    {
        var calendar = new BusinessCalendar { TimeZone = "America/Los_Angeles" };
        var gap = new DateTimeOffset(2026, 3, 8, 2, 30, 0, TimeSpan.Zero);
        Assert.Equal(new DateTimeOffset(2026, 3, 8, 10, 0, 0, TimeSpan.Zero).AddTicks(-1), calendar.ToInstant(gap));
        Assert.Equal((DateTimeOffset.MinValue, DateTimeOffset.MaxValue.Date),
            (calendar.ToBusiness(DateTimeOffset.MinValue), calendar.ToBusiness(DateTimeOffset.MaxValue).Date));
        Assert.Equal(gap, BusinessCalendar.Default.ToBusiness(gap));
    }
}
