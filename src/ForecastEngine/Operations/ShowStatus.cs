using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>What a workspace holds and how fresh it is.</summary>
/// <param name="Folder">The workspace.</param>
/// <param name="Database">Where its database is, without secrets.</param>
/// <param name="LastImport">The newest import; null before the first.</param>
/// <param name="Champion">The champion's version; null before the first training.</param>
/// <param name="Versions">Model versions kept.</param>
/// <param name="LastRun">The newest published rescoring run; null before the first.</param>
/// <param name="NextStep">What to do next, in words; null when everything is up to date.</param>
public sealed record WorkspaceStatus(string Folder, string Database, ImportRun? LastImport, string? Champion, int Versions, RescoringRun? LastRun, string? NextStep);

/// <summary>Tells what a workspace holds and what to do next.</summary>
public static class ShowStatus
{
    /// <summary>Reads the status.</summary>
    public static async Task<WorkspaceStatus> Run(Workspace workspace, CancellationToken cancellation = default)
    {
        var imports = workspace.History.Imports(1);
        var import = imports.Count == 0 ? null : imports[0];
        var champion = workspace.Models.State.Champion;
        var run = await workspace.Scores.LatestRunAsync(null, cancellation);
        var next = import is null ? "Import an export: forecast import <folder> --map <map>, or forecast demo."
            : champion is null ? "Train a model: forecast train."
            : run is null || run.ModelVersion != champion || run.DataExportedAt < import.ExportedAt ? "Score the pipeline: forecast score."
            : null;
        return new WorkspaceStatus(workspace.Folder, workspace.Database, import, champion, workspace.Models.List().Count, run, next);
    }
}
