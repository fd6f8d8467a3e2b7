using System.Globalization;
using ForecastEngine.Operations;
using ForecastEngine.Storage;
using Hangfire;

namespace ForecastEngine.Server.Jobs;

/// <summary>What runs by the clock. Every process states the same schedule; Hangfire starts each item once, and the journal joins what is asked for twice.</summary>
[AutomaticRetry(Attempts = 3)]
public sealed class JobSchedule(JobDesk desk, JobSettings settings, Workspace workspace)
{
    /// <summary>The nightly rescoring.</summary>
    public void Rescore() => desk.Request(JobKind.Rescoring, null, "schedule");

    /// <summary>The weekly drift check, and the training after it.</summary>
    public void Train()
    {
        if (workspace.Models.State.Champion is not null) desk.Request(JobKind.DriftCheck, null, "schedule");
        desk.Request(JobKind.Training, null, "schedule");
    }

    /// <summary>What is removed every morning after the rescoring.</summary>
    public void Tidy() => desk.Request(JobKind.Retention, null, "schedule");

    /// <summary>Hands out again what shows no sign of life.</summary>
    public void TakeOver() => desk.TakeOver(2 * settings.TakeOver);

    /// <summary>States the schedule.</summary>
    public static void State(IRecurringJobManager hangfire, JobSettings settings)
    {
        hangfire.AddOrUpdate<JobSchedule>("take over", JobQueues.Default, s => s.TakeOver(), Cron.Minutely());
        Set("rescoring", s => s.Rescore(), Daily(settings.RescoreAt));
        Set("drift check and training", s => s.Train(), Daily(settings.TrainAt, ((int)settings.TrainOn).ToString(CultureInfo.InvariantCulture)));
        Set("retention", s => s.Tidy(), Daily(settings.RescoreAt.AddHours(3)));

        void Set(string name, System.Linq.Expressions.Expression<Action<JobSchedule>> work, string cron)
        {
            if (settings.Schedule) hangfire.AddOrUpdate(name, JobQueues.Default, work, cron, new RecurringJobOptions { TimeZone = settings.TimeZone });
            else hangfire.RemoveIfExists(name);
        }
    }

    /// <summary>The last moment at or before <paramref name="now"/> when the nightly rescoring was due.</summary>
    public static DateTimeOffset LastDue(JobSettings settings, DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, settings.TimeZone).DateTime);
        var due = At(day);
        return due <= now ? due : At(day.AddDays(-1));

        DateTimeOffset At(DateOnly date)
        {
            var local = date.ToDateTime(settings.RescoreAt);
            // The hour that spring leaves out: the moment after it.
            while (settings.TimeZone.IsInvalidTime(local)) local = local.AddMinutes(30);
            return new DateTimeOffset(local, settings.TimeZone.GetUtcOffset(local)).ToUniversalTime();
        }
    }

    private static string Daily(TimeOnly at, string weekday = "*") => string.Create(CultureInfo.InvariantCulture, $"{at.Minute} {at.Hour} * * {weekday}");
}
