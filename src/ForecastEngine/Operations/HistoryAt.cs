using ForecastEngine.Crm;

namespace ForecastEngine.Operations;

/// <summary>The history that an operation may know.</summary>
internal static class HistoryAt
{
    /// <summary>Loads what was recorded by the end of <paramref name="asOf"/>; by default the day of the newest export.</summary>
    public static CrmHistory Load(Workspace workspace, DateOnly? asOf, CancellationToken cancellation, out AsOf cutoff)
    {
        var imports = workspace.History.Imports();
        if (imports.Count == 0)
            throw new OperationException($"Workspace {workspace.Folder}: found no imported data; expected some. Run: forecast import <folder> --map <map>, or forecast demo.");
        var newest = imports.Max(i => i.ExportedAt);
        cutoff = AsOf.EndOf(asOf ?? DateOnly.FromDateTime(newest.UtcDateTime));
        var history = workspace.History.Load(cutoff, cancellation);
        if (history.Opportunities.Length == 0)
            throw new OperationException($"Workspace {workspace.Folder}: found no opportunity known on {cutoff.Date:yyyy-MM-dd}; expected some. Choose a later --as-of, or import earlier data.");
        return history;
    }
}
