using System.Globalization;
using ForecastEngine.Server.Settings;

namespace ForecastEngine.Server.Jobs;

/// <summary>When background jobs run, and what this process takes of them.</summary>
public sealed record JobSettings
{
    /// <summary>What the times below are in, for instance the zone of the business calendar. The machine's own unless
    /// set.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Local;
    /// <summary>When the pipeline is rescored, every night.</summary>
    public TimeOnly RescoreAt { get; init; } = new(2, 0);
    /// <summary>The day of the week on which a version is trained.</summary>
    public DayOfWeek TrainOn { get; init; } = DayOfWeek.Sunday;
    /// <summary>When on that day.</summary>
    public TimeOnly TrainAt { get; init; } = new(3, 30);
    /// <summary>Whether jobs start by the clock; where not, only on demand.</summary>
    public bool Schedule { get; init; } = true;
    /// <summary>Parts of a rescoring that this process scores side by side; 0: this process takes no background job at all.</summary>
    public int Workers { get; init; } = 1;
    /// <summary>How many opportunities of the history, closed ones included, make a part of a rescoring: what is done again when a process dies.</summary>
    public int OpportunitiesPerPart { get; init; } = 10_000;
    /// <summary>How long a process may be silent before others take its work over.</summary>
    public TimeSpan TakeOver { get; init; } = TimeSpan.FromMinutes(1);
    /// <summary>Days that published runs are kept; the newest stays in any case.</summary>
    public int KeepRunsDays { get; init; } = 1100;
    /// <summary>Model versions that are kept besides champion, challenger and those that kept runs of the last five weeks name: the newest.</summary>
    public int KeepVersions { get; init; } = 10;
    /// <summary>Days that the journal of jobs goes back.</summary>
    public int KeepJobsDays { get; init; } = 90;

    /// <summary>Reads them.</summary>
    public static JobSettings Read(SettingsSection section)
    {
        var defaults = new JobSettings();
        return new JobSettings
        {
            TimeZone = Zone(section, defaults.TimeZone),
            RescoreAt = Time(section, nameof(RescoreAt), defaults.RescoreAt),
            TrainOn = Day(section, defaults.TrainOn),
            TrainAt = Time(section, nameof(TrainAt), defaults.TrainAt),
            Schedule = section.Flag(nameof(Schedule), defaults.Schedule),
            Workers = section.Number(nameof(Workers), defaults.Workers, 0, 256),
            OpportunitiesPerPart = section.Number(nameof(OpportunitiesPerPart), defaults.OpportunitiesPerPart, 1, 1_000_000),
            TakeOver = section.Duration(nameof(TakeOver), defaults.TakeOver, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(30)),
            KeepRunsDays = section.Number(nameof(KeepRunsDays), defaults.KeepRunsDays, 1, 100_000),
            KeepVersions = section.Number(nameof(KeepVersions), defaults.KeepVersions, 0, 10_000),
            KeepJobsDays = section.Number(nameof(KeepJobsDays), defaults.KeepJobsDays, 1, 100_000),
        };
    }

    private static TimeZoneInfo Zone(SettingsSection section, TimeZoneInfo otherwise)
    {
        if (section.Text(nameof(TimeZone)) is not { } text || TimeZoneInfo.TryFindSystemTimeZoneById(text, out otherwise!)) return otherwise;
        section.Fault(nameof(TimeZone), $"\"{text}\"", "a time zone that this machine knows, Europe/Ljubljana for instance");
        return TimeZoneInfo.Utc;
    }

    private static TimeOnly Time(SettingsSection section, string name, TimeOnly otherwise)
    {
        if (section.Text(name) is not { } text) return otherwise;
        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return time;
        section.Fault(name, $"\"{text}\"", "a time such as 02:00");
        return otherwise;
    }

    private static DayOfWeek Day(SettingsSection section, DayOfWeek otherwise)
    {
        if (section.Text(nameof(TrainOn)) is not { } text) return otherwise;
        if (!int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) && Enum.TryParse<DayOfWeek>(text, ignoreCase: true, out var day)) return day;
        section.Fault(nameof(TrainOn), $"\"{text}\"", "a day such as Sunday");
        return otherwise;
    }
}
