using ForecastEngine.Registry;

namespace ForecastEngine.Operations;

/// <summary>
/// Copies a workspace's database and models into a folder while others go on reading and writing. The database is copied as
/// one state of it, and before the models: versions are only ever added, so that none that a score names is missing.
/// Beside SQLite only; PostgreSQL holds its models itself, and pg_dump copies it whole.
/// </summary>
public static class BackUpWorkspace
{
    /// <summary>Makes the backup; one that it cannot finish it removes again.</summary>
    /// <param name="workspace">What is copied.</param>
    /// <param name="folder">Where to; absent or empty. It will hold what the database holds, secrets of webhooks among it.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public static BackupContents Run(Workspace workspace, string folder, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (workspace.IsShared) throw new OperationException($"{workspace.Database}: found PostgreSQL; expected SQLite. Back it up with pg_dump: models, scores and keys are all in it.");
        if (workspace.History.Imports(1).Count == 0) throw new OperationException($"{workspace.Database}: found nothing imported; expected a workspace in use. Name the one that is meant by --workspace.");
        var target = Path.GetFullPath(folder);
        if (!BackupFolder.IsFree(target)) throw new OperationException($"{target}: found something there already; expected an absent or empty folder. Give every backup a folder of its own.");
        Directory.CreateDirectory(target);
        try
        {
            progress?.Report(new OperationProgress("Copying the database"));
            workspace.CopyDatabase(Path.Combine(target, BackupFolder.Database));
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new OperationProgress("Copying the models"));
            var champion = CopyAll(workspace.Models, new ModelRegistry(Path.Combine(target, BackupFolder.Models)), cancellation);
            progress?.Report(new OperationProgress("Taking checksums"));
            var contents = new BackupContents(workspace.Clock.GetUtcNow(), champion, BackupFolder.Seal(target, cancellation));
            BackupFolder.Write(target, contents);
            return contents;
        }
        catch
        {
            BackupFolder.Clear(target);
            throw;
        }
    }

    // A version that was registered and made champion between the list and the state is there at the second look.
    private static string? CopyAll(ModelRegistry from, ModelRegistry to, CancellationToken cancellation)
    {
        for (var look = 1; ; look++)
        {
            var champion = CopyModels.Run(from, to, null, cancellation).Champion;
            if (champion is not null || from.State.Champion is not { } wanted) return champion;
            if (look == 2) throw new OperationException($"models: found a registry that names versions which are not there, champion {wanted}; expected all of them. Promote a version that is there, then back up again.");
        }
    }
}
