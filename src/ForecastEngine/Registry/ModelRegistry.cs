using System.Globalization;

namespace ForecastEngine.Registry;

/// <summary>
/// The models folder: one folder per version, never changed once written, and registry.json that says which of them
/// answers. Several processes may share it: writers take turns by a file lock, readers see either the state before or the
/// state after.
/// </summary>
public sealed class ModelRegistry
{
    private const string StateFile = "registry.json";
    private const string LockFile = ".lock";
    private const long MaxStateBytes = 16 << 20;
    private readonly string _models;
    private readonly TimeSpan _patience;

    /// <param name="models">The models folder; made when it is absent.</param>
    /// <param name="patience">How long to wait for another writer; 30 seconds unless told.</param>
    public ModelRegistry(string models, TimeSpan? patience = null)
    {
        _models = Path.GetFullPath(models);
        _patience = patience ?? TimeSpan.FromSeconds(30);
        Directory.CreateDirectory(_models);
    }

    /// <summary>Raised between writing a version beside its place and moving it there: where a crash would hurt most.</summary>
    internal Action? BeforeMove { get; init; }

    /// <summary>Who answers, who waits, and the history of changes.</summary>
    public RegistryState State => ReadState();

    /// <summary>Ids of all versions, in order; half-written ones are none.</summary>
    public IReadOnlyList<string> List() =>
        [.. Directory.EnumerateDirectories(_models).Select(Path.GetFileName).OfType<string>()
            .Where(name => !name.StartsWith('.') && File.Exists(Path.Combine(_models, name, ModelFolder.Checksums))).Order(StringComparer.Ordinal)];

    /// <summary>A version, after every one of its files has been checked.</summary>
    /// <exception cref="ModelRegistryException">Unknown, altered, cut short, or with files missing or added.</exception>
    public ModelVersion Get(string version) => ModelFolder.Read(FolderOf(version), version);

    /// <summary>The version that answers; null before the first promotion.</summary>
    public ModelVersion? Champion() => ReadState().Champion is { } version ? Get(version) : null;

    /// <summary>
    /// Adds a version and makes it challenger. The same id with the same contents changes nothing; with other contents it is
    /// refused. ML.NET's own files are compared by their zip entries, since every save stamps them with other times.
    /// </summary>
    /// <param name="bundle">Files by name.</param>
    /// <param name="card">Its card; <see cref="ModelCard.Version"/> is the id.</param>
    /// <returns>True when it was added, false when it stood there already.</returns>
    public bool Add(IReadOnlyDictionary<string, byte[]> bundle, ModelCard card)
    {
        ModelVersionId.Require(card.Version);
        var files = ModelFolder.Compose(bundle, card);
        using var turn = TakeTurn();
        var folder = Path.Combine(_models, card.Version);
        if (Directory.Exists(folder))
        {
            RequireSame(Get(card.Version), bundle, card);
            // A crash right after the move left the version unnamed in the state.
            if (!ReadState().Names(card.Version)) WriteState(ReadState() with { Challenger = card.Version });
            return false;
        }
        var temporary = ModelFolder.WriteTemporary(_models, card.Version, files);
        BeforeMove?.Invoke();
        Directory.Move(temporary, folder);
        WriteState(ReadState() with { Challenger = card.Version });
        return true;
    }

    /// <summary>Makes a version the champion, after checking its files. Promoting the champion again changes nothing.</summary>
    /// <param name="version">Its id.</param>
    /// <param name="reason">In words, for the history.</param>
    /// <param name="at">When.</param>
    public void Promote(string version, string reason, DateTimeOffset at)
    {
        using var turn = TakeTurn();
        Get(version);
        var state = ReadState();
        if (state.Champion != version) WriteState(state.Promoted(version, reason, at));
    }

    /// <summary>Brings the champion before this one back, after checking its files; returns it.</summary>
    /// <exception cref="ModelRegistryException">There is none, or it no longer is what it was.</exception>
    public ModelVersion Rollback(DateTimeOffset at)
    {
        using var turn = TakeTurn();
        var state = ReadState().RolledBack(at);
        var version = Get(state.Champion!);
        WriteState(state);
        return version;
    }

    private string FolderOf(string version)
    {
        ModelVersionId.Require(version);
        var folder = new DirectoryInfo(Path.Combine(_models, version));
        if (!folder.Exists) throw new ModelRegistryException($"Model version {version}", "no such folder in the models folder", List() is { Count: > 0 } versions ? "one of " + string.Join(", ", versions.TakeLast(5)) : "a trained version", "Choose one that is listed: forecast models list.");
        if (folder.LinkTarget is not null) throw new ModelRegistryException($"Model version {version}", "a link", "a folder", "Copy the version into the models folder.");
        return folder.FullName;
    }

    private static void RequireSame(ModelVersion before, IReadOnlyDictionary<string, byte[]> bundle, ModelCard card)
    {
        // When and where it was trained again does not make it another model.
        var sameCard = (before.Card with { TrainedAt = card.TrainedAt, Packages = card.Packages }).ToJson().AsSpan().SequenceEqual(card.ToJson());
        var difference = !sameCard ? ModelFolder.Card
            : before.Files.Keys.Concat(bundle.Keys).FirstOrDefault(name => !before.Files.ContainsKey(name) || !bundle.ContainsKey(name))
            ?? bundle.Keys.FirstOrDefault(name => !SameContents.Of(name, before.Files[name], bundle[name]));
        if (difference is not null)
            throw new ModelRegistryException($"Model version {card.Version}", $"another {difference} than the one that was added before", "the same contents under the same id", "Give the new version an id of its own: see ModelVersionId.");
    }

    private RegistryState ReadState()
    {
        var file = new FileInfo(Path.Combine(_models, StateFile));
        if (!file.Exists) return new RegistryState();
        if (file.Length > MaxStateBytes) throw new ModelRegistryException(StateFile, $"{file.Length} bytes", $"at most {MaxStateBytes}", "Restore it from a backup.");
        return RegistryState.FromJson(File.ReadAllBytes(file.FullName));
    }

    private void WriteState(RegistryState state)
    {
        var temporary = Path.Combine(_models, ".tmp-" + StateFile);
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            stream.Write(state.ToJson());
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, Path.Combine(_models, StateFile), overwrite: true);
    }

    private FileStream TakeTurn()
    {
        var path = Path.Combine(_models, LockFile);
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(50))
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
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
}
