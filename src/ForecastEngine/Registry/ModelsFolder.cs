using System.Globalization;

namespace ForecastEngine.Registry;

/// <summary>
/// The models folder: a folder per version, never changed once written, and registry.json. A version is written beside its
/// place and moved there in one step. Several processes may share it: writers take turns by a file lock, readers see either
/// the state before or the state after.
/// </summary>
public sealed class ModelsFolder : IModelHome
{
    private const string StateFile = "registry.json";
    private const string LockFile = ".lock";
    private const string TemporaryPrefix = ".tmp-";
    private readonly string _models;
    private readonly TimeSpan _patience;

    /// <param name="models">The folder; made when it is absent.</param>
    /// <param name="patience">How long to wait for another writer; 30 seconds unless told.</param>
    public ModelsFolder(string models, TimeSpan? patience = null)
    {
        _models = Path.GetFullPath(models);
        _patience = patience ?? TimeSpan.FromSeconds(30);
        Directory.CreateDirectory(_models);
    }

    /// <summary>Raised between writing a version beside its place and moving it there: where a crash would hurt most.</summary>
    internal Action? BeforeMove { get; init; }

    /// <inheritdoc/>
    public string Name => "folder in the models folder";

    /// <inheritdoc/>
    public IReadOnlyList<string> Versions() =>
        [.. Directory.EnumerateDirectories(_models).Select(Path.GetFileName).OfType<string>()
            .Where(name => !name.StartsWith('.') && File.Exists(Path.Combine(_models, name, ModelFiles.Checksums)))];

    /// <inheritdoc/>
    public bool Holds(string version)
    {
        var folder = new DirectoryInfo(Path.Combine(_models, version));
        if (folder.Exists && folder.LinkTarget is not null) throw new ModelRegistryException($"Model version {version}", "a link", "a folder", "Copy the version into the models folder.");
        return folder.Exists;
    }

    /// <inheritdoc/>
    public IReadOnlySet<string> FileNames(string version)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in new DirectoryInfo(Path.Combine(_models, version)).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo || entry.LinkTarget is not null)
                throw new ModelRegistryException($"{version}/{entry.Name}", "a folder or a link", "plain files only", "Remove it, or restore the version from a backup.");
            names.Add(entry.Name);
        }
        return names;
    }

    /// <inheritdoc/>
    public byte[] Read(string version, string name, long limit) => ReadBounded(new FileInfo(Path.Combine(_models, version, name)), $"{version}/{name}", limit);

    /// <inheritdoc/>
    public byte[]? ReadState(long limit) => new FileInfo(Path.Combine(_models, StateFile)) is { Exists: true } file ? ReadBounded(file, StateFile, limit) : null;

    /// <inheritdoc/>
    public IModelTurn TakeTurn()
    {
        var path = Path.Combine(_models, LockFile);
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(50))
        {
            try
            {
                return new Turn(this, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (waited < _patience)
            {
                Thread.Sleep(50);
            }
            catch (IOException fault)
            {
                throw new ModelRegistryException(path, "another writer that holds the lock", $"the lock within {_patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s", "Wait for the other run to end, then try again.", fault);
            }
        }
    }

    private static byte[] ReadBounded(FileInfo file, string where, long limit)
    {
        if (file.LinkTarget is not null) throw new ModelRegistryException(where, "a link", "a plain file", "Restore the version from a backup.");
        if (file.Length > limit) throw ModelFiles.TooLarge(where, file.Length, limit);
        return File.ReadAllBytes(file.FullName);
    }

    private static void WriteFlushed(string path, byte[] content, FileMode mode)
    {
        using var stream = new FileStream(path, mode, FileAccess.Write);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    private sealed class Turn(ModelsFolder home, FileStream fileLock) : IModelTurn
    {
        public byte[]? ReadState(long limit) => home.ReadState(limit);

        public void Write(string version, IReadOnlyDictionary<string, byte[]> files)
        {
            var temporary = Path.Combine(home._models, TemporaryPrefix + version);
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            Directory.CreateDirectory(temporary);
            foreach (var (name, content) in files) WriteFlushed(Path.Combine(temporary, name), content, FileMode.CreateNew);
            home.BeforeMove?.Invoke();
            Directory.Move(temporary, Path.Combine(home._models, version));
        }

        public void Remove(string version)
        {
            var (folder, temporary) = (Path.Combine(home._models, version), Path.Combine(home._models, TemporaryPrefix + version));
            if (!Directory.Exists(folder)) return;
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            Directory.Move(folder, temporary);
            Directory.Delete(temporary, recursive: true);
        }

        public void WriteState(byte[] state)
        {
            var temporary = Path.Combine(home._models, TemporaryPrefix + StateFile);
            WriteFlushed(temporary, state, FileMode.Create);
            File.Move(temporary, Path.Combine(home._models, StateFile), overwrite: true);
        }

        public void Complete() { }

        public void Dispose() => fileLock.Dispose();
    }
}
