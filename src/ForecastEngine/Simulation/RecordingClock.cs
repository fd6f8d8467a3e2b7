using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>When within a week things happen, and when the CRM hears of them. Whole seconds, UTC.</summary>
internal readonly struct RecordingClock(SimulationOptions options)
{
    private const int PushesFrom = 8 * 3600, WorkFrom = 9 * 3600, WorkUntil = 18 * 3600;
    private readonly long _midnight = options.FirstWeek.ToDateTime(TimeOnly.MinValue).Ticks;

    /// <summary>An instant in working hours (9–18 h) of a day of a week.</summary>
    public DateTimeOffset Working(int week, int day, double uniform) => Instant(week, day, WorkFrom + uniform * (WorkUntil - WorkFrom));

    /// <summary>An instant in the hour before work starts, when reps tidy up their close dates.</summary>
    public DateTimeOffset Early(int week, int day, double uniform) => Instant(week, day, PushesFrom + uniform * (WorkFrom - PushesFrom));

    /// <summary>An instant in working hours of the same day, not after <paramref name="limit"/>.</summary>
    public static DateTimeOffset WorkingBefore(DateTimeOffset limit, double uniform)
    {
        var start = limit.Date.Ticks + WorkFrom * TimeSpan.TicksPerSecond;
        return Whole(start + uniform * Math.Max(0, limit.Ticks - start));
    }

    /// <summary><paramref name="days"/> later, to the second.</summary>
    public static DateTimeOffset Later(DateTimeOffset at, double days) => Whole(at.Ticks + days * TimeSpan.TicksPerDay);

    /// <summary>When the CRM learns of something: at once, or for a share of the facts some days later.</summary>
    public DateTimeOffset Recorded(DateTimeOffset at, in CounterRandom draws, int index) =>
        options.RecordingLagShare > 0 && draws.Uniform(index) < options.RecordingLagShare
            ? Later(at, 1 / 86400.0 - options.RecordingLagDays * Math.Log(draws.Uniform(index + 1)))
            : at;

    private DateTimeOffset Instant(int week, int day, double seconds) =>
        Whole(_midnight + (7L * week + day) * TimeSpan.TicksPerDay + seconds * TimeSpan.TicksPerSecond);

    private static DateTimeOffset Whole(double ticks)
    {
        var whole = (long)ticks;
        return new DateTimeOffset(whole - whole % TimeSpan.TicksPerSecond, TimeSpan.Zero);
    }
}
