using ForecastEngine.Server.Jobs;
using ForecastEngine.Server.Settings;
using Microsoft.Extensions.Configuration;

namespace ForecastEngine.Server.Tests.Jobs;

public sealed class JobScheduleTests
{
    private static readonly JobSettings Settings = new() { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Ljubljana") };

    [Theory]
    // Winter time is UTC+1, summer time UTC+2.
    [InlineData("2026-01-15T00:59:59Z", "2026-01-14T01:00:00Z")]
    [InlineData("2026-01-15T01:00:00Z", "2026-01-15T01:00:00Z")]
    [InlineData("2026-07-15T23:30:00Z", "2026-07-15T00:00:00Z")]
    // The night of 29 March 2026 has no 02:00: the clock jumps from 02:00 to 03:00 at 01:00 UTC.
    [InlineData("2026-03-29T00:59:59Z", "2026-03-28T01:00:00Z")]
    [InlineData("2026-03-29T05:00:00Z", "2026-03-29T01:00:00Z")]
    public void The_last_night_that_was_due_is_told_in_the_business_s_time_zone(string now, string due) =>
        Assert.Equal(At(due), JobSchedule.LastDue(Settings, At(now)));

    [Fact]
    public void Settings_that_cannot_be_read_are_all_told()
    {
        var section = new SettingsSection(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Jobs:TimeZone"] = "Nowhere/Town", ["Jobs:RescoreAt"] = "2 in the morning", ["Jobs:TrainOn"] = "7", ["Jobs:Workers"] = "-1", ["Jobs:TakeOver"] = "00:00:01",
        }).Build(), "Jobs");
        JobSettings.Read(section);
        var faults = Assert.Throws<SettingsException>(section.ThrowIfFaulty).Faults;
        Assert.Equal(5, faults.Count);
        foreach (var name in (string[])["TimeZone", "RescoreAt", "TrainOn", "Workers", "TakeOver"]) Assert.Single(faults, f => f.StartsWith($"Jobs:{name}: found", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_are_read()
    {
        var section = new SettingsSection(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Jobs:TimeZone"] = "Europe/Ljubljana", ["Jobs:RescoreAt"] = "01:15", ["Jobs:TrainOn"] = "saturday", ["Jobs:TrainAt"] = "04:00", ["Jobs:Workers"] = "3", ["Jobs:TakeOver"] = "00:02:00", ["Jobs:Schedule"] = "false",
        }).Build(), "Jobs");
        var settings = JobSettings.Read(section);
        section.ThrowIfFaulty();
        Assert.Equal(new JobSettings
        {
            TimeZone = Settings.TimeZone, RescoreAt = new TimeOnly(1, 15), TrainOn = DayOfWeek.Saturday, TrainAt = new TimeOnly(4, 0), Workers = 3, TakeOver = TimeSpan.FromMinutes(2), Schedule = false,
        }, settings);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
