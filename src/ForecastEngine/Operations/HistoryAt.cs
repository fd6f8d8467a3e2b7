using ForecastEngine.Crm;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>The history that an operation may know.</summary>
internal static class HistoryAt
{
    /// <summary>The as-of date that is asked for, by default the business day of the newest export but never one that
    /// has not come, and the imports so far: number of the latest, time of the newest export.</summary>
    public static (AsOf Cutoff, (long Latest, DateTimeOffset ExportedAt) Import) Find(Workspace workspace, DateOnly? asOf)
    {
        var imports = workspace.History.Imports();
        if (imports.Count == 0)
            throw new OperationException($"Workspace {workspace.Folder}: found no imported data; expected some. Run: forecast import <folder> --map <map>, or forecast demo.");
        var newest = imports.Max(i => i.ExportedAt);
        var now = workspace.Clock.GetUtcNow();
        return (AsOf.EndOf(asOf ?? workspace.Calendar.Current().DayOf(newest < now ? newest : now)), (imports.Max(i => i.Id), newest));
    }

    /// <summary>Loads what was recorded by the end of <paramref name="asOf"/>; by default the day of the newest export.</summary>
    public static CrmHistory Load(Workspace workspace, DateOnly? asOf, CancellationToken cancellation, out AsOf cutoff)
    {
        cutoff = Find(workspace, asOf).Cutoff;
        return Filled(workspace, workspace.History.Load(cutoff, cancellation), cutoff);
    }

    /// <summary>Loads what a run may know, without what came in since it was begun.</summary>
    public static CrmHistory Load(Workspace workspace, HistoryCut cut, CancellationToken cancellation) => Filled(workspace, workspace.History.LoadCut(cut, cancellation), cut.Until);

    private static CrmHistory Filled(Workspace workspace, CrmHistory history, AsOf knownUntil)
    {
        if (history.Opportunities.Length == 0)
            throw new OperationException($"Workspace {workspace.Folder}: found no opportunity known on {knownUntil.Date:yyyy-MM-dd}; expected some. Choose a later --as-of, or import earlier data.");
        return history;
    }
}
