using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>
/// Puts a backup where a workspace shall be. Every file is held against the backup's checksums before anything is written and
/// once more where it was written; the database comes last, so that no half of a workspace can be taken for one.
/// </summary>
public static class RestoreWorkspace
{
    /// <summary>Restores; what it cannot finish it removes again. Opening the workspace afterwards brings an older schema up to date.</summary>
    /// <param name="backup">Folder that <see cref="BackUpWorkspace"/> wrote.</param>
    /// <param name="folder">The workspace; absent or empty, nothing is ever overwritten.</param>
    /// <param name="database">Storage setting of the workspace, see <see cref="StorageOptions.Parse"/>; null for an SQLite file in the folder.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops between two files.</param>
    public static BackupContents Run(string backup, string folder, string? database = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var (source, target) = (Path.GetFullPath(backup), Path.GetFullPath(folder));
        var options = StorageOptions.Parse(database ?? BackupFolder.Database, target);
        if (options.Path is not { } file) throw new OperationException($"{options}: found PostgreSQL; expected SQLite. Restore it with pg_restore, and models of an SQLite workspace with forecast models import.");
        if (!Directory.Exists(source)) throw new OperationException($"{source}: found no such folder; expected one that forecast backup wrote. Check the path.");
        if (!BackupFolder.IsFree(target)) throw new OperationException($"{target}: found something there already; expected an absent or empty folder for the workspace. Move what is there away, or name another --workspace.");
        // SQLite would play an orphaned log into the restored file.
        foreach (var there in ((string[])["", "-wal", "-shm", "-journal"]).Select(ending => file + ending).Where(File.Exists))
            throw new OperationException($"{there}: found a database or its log there already; expected none. Move it away, or name another --database.");
        progress?.Report(new OperationProgress("Checking the backup"));
        var contents = BackupFolder.Verify(source, cancellation);
        Directory.CreateDirectory(target);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var unfinished = file + ".restoring";
        try
        {
            progress?.Report(new OperationProgress("Copying"));
            foreach (var (name, listed) in contents.Files.OrderBy(f => f.Key == BackupFolder.Database))
            {
                cancellation.ThrowIfCancellationRequested();
                var to = name == BackupFolder.Database ? unfinished : Path.Combine(target, name);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(Path.Combine(source, name), to);
                BackupFolder.Require(to, listed);
            }
            File.Move(unfinished, file);
            return contents;
        }
        catch
        {
            File.Delete(unfinished);
            BackupFolder.Clear(target);
            throw;
        }
    }
}
