using ForecastEngine.Crm;
using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Calendars;

/// <summary>Facts as a CRM of some place records them, and a workspace that holds them.</summary>
internal static class CalendarWorld
{
    /// <summary>
    /// The same wall clock somewhere else: what happened at nine o'clock happens at nine o'clock there.
    /// </summary>
    public static CrmFacts At(CrmFacts facts, BusinessCalendar place)
    {
        return facts with
        {
            ExportedAt = facts.ExportedAt is { } exported ? Utc(exported) : null,
            Opportunities = [.. facts.Opportunities.Select(o =>
                o with { CreatedAt = Utc(o.CreatedAt), RecordedAt = Utc(o.RecordedAt) })],
            Changes = [.. facts.Changes.Select(c =>
                c with { At = Utc(c.At), RecordedAt = Utc(c.RecordedAt), NotBefore = Maybe(c.NotBefore) })],
            Activities = [.. facts.Activities.Select(a => a with { At = Utc(a.At), RecordedAt = Utc(a.RecordedAt) })],
            Leads = [.. facts.Leads.Select(l =>
                l with { CreatedAt = Utc(l.CreatedAt), RecordedAt = Utc(l.RecordedAt),
                ConvertedAt = Maybe(l.ConvertedAt), DisqualifiedAt = Maybe(l.DisqualifiedAt) })],
            Accounts = [.. facts.Accounts.Select(a => a with { RecordedAt = Utc(a.RecordedAt) })],
            Products = [.. facts.Products.Select(p => p with { RecordedAt = Utc(p.RecordedAt) })],
            LineItems = [.. facts.LineItems.Select(l => l with { RecordedAt = Utc(l.RecordedAt) })],
            Quotas = [.. facts.Quotas.Select(q => q with { RecordedAt = Utc(q.RecordedAt) })],
        };

        DateTimeOffset Utc(DateTimeOffset at) => place.ToInstant(at);
        DateTimeOffset? Maybe(DateTimeOffset? at) => at is { } wall ? Utc(wall) : null;
    }

    /// <summary>A new workspace on SQLite with these facts, at a moment in which all of them are known.</summary>
    public static Workspace Open(CrmFacts facts, CalendarSettings? settings = null)
    {
        var clock = new TurnedClock(facts.ExportedAt!.Value.AddDays(2));
        var workspace = Workspace.Open(Directory.CreateTempSubdirectory("forecast-calendar-").FullName, clock);
        if (settings is not null) SetCalendar.Run(workspace, settings);
        workspace.History.Append(facts, new ImportRun { At = clock.GetUtcNow(), MapName = "test", SourceHash = "" });
        return workspace;
    }

    /// <summary>Does something with a workspace and removes it.</summary>
    public static void With(Workspace workspace, Action<Workspace> work)
    {
        try
        {
            using (workspace) work(workspace);
        }
        finally
        {
            Directory.Delete(workspace.Folder, recursive: true);
        }
    }
}
