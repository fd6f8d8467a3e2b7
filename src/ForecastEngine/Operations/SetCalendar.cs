using ForecastEngine.Crm;

namespace ForecastEngine.Operations;

/// <summary>A workspace's business calendar.</summary>
/// <param name="Calendar">The one in force.</param>
/// <param name="IsSet">False for the default that holds until one is set.</param>
/// <param name="Consequences">In words, what changing it brings about; empty where nothing changed.</param>
public sealed record CalendarResult(BusinessCalendar Calendar, bool IsSet, IReadOnlyList<string> Consequences);

/// <summary>
/// Shows and sets the business calendar. Facts stay as they are: days, periods and scores are told by the new calendar
/// from then on.
/// </summary>
public static class SetCalendar
{
    /// <summary>The calendar in force.</summary>
    public static CalendarResult Show(Workspace workspace) =>
        new(workspace.Calendar.Current(), workspace.Calendar.IsSet(), []);

    /// <summary>Sets it.</summary>
    /// <param name="workspace">Where.</param>
    /// <param name="settings">What is to be set; the rest stays.</param>
    /// <param name="patience">How long it waits for another writer at most; null for as long as it takes.</param>
    /// <exception cref="OperationException">Settings that are not understood, all of them.</exception>
    public static CalendarResult Run(Workspace workspace, CalendarSettings settings, TimeSpan? patience = null)
    {
        var before = workspace.Calendar.Current();
        var faults = new List<string>();
        var calendar = settings.ApplyTo(before, (setting, found, expected) =>
            faults.Add($"{setting}: found \"{found}\"; expected {expected}."));
        if (faults.Count > 0) throw new OperationException($"Calendar: {string.Join(" ", faults)} Nothing was changed.");
        if (calendar == before && workspace.Calendar.IsSet()) return Show(workspace);
        workspace.Calendar.Set(calendar, workspace.Clock.GetUtcNow(), patience);
        return new CalendarResult(calendar, true, calendar == before ? []
            : [.. Consequences(workspace, before, calendar)]);
    }

    /// <summary>
    /// Sets the calendar of an import map with the first import of a workspace that has none; a later one changes
    /// nothing and is told.
    /// </summary>
    /// <returns>What people should know; null for nothing.</returns>
    internal static string? FromMap(Workspace workspace, BusinessCalendar? calendar, bool isFirstImport)
    {
        var current = workspace.Calendar.Current();
        if (calendar is null || calendar == current) return null;
        if (!isFirstImport || workspace.Calendar.IsSet())
            return $"The map's calendar ({calendar}) is not the one in force ({current}), which stays. To change it: forecast calendar.";
        workspace.Calendar.Set(calendar, workspace.Clock.GetUtcNow());
        return $"Business calendar: {calendar}.";
    }

    private static IEnumerable<string> Consequences(Workspace workspace, BusinessCalendar before,
        BusinessCalendar calendar)
    {
        if (workspace.Models.Champion() is { } champion
            && !(champion.Card.Calendar ?? BusinessCalendar.Default).HasDaysOf(calendar))
            yield return $"Model {champion.Id} learnt by another calendar: it refuses to score until a model is trained by this one. Run: forecast train.";
        if (workspace.Scores.LatestRun() is not null) yield return "Published forecasts are those of the calendar before until the next run. Run: forecast score.";
        if (!before.HasQuartersOf(calendar)) yield return "Quotas keep the days that they were set for: one counts where a period of the new calendar has just these days.";
    }
}
