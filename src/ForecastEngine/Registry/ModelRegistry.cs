namespace ForecastEngine.Registry;

/// <summary>
/// Model versions, never changed once added, and the state that says which of them answers. Kept in a folder or in a
/// database; several processes may share either: writers take turns, readers see the state before or the state after.
/// </summary>
/// <param name="home">Where they are kept.</param>
public sealed class ModelRegistry(IModelHome home)
{
    private const long MaxStateBytes = 16 << 20;

    /// <summary>The registry of a models folder.</summary>
    /// <param name="models">The folder; made when it is absent.</param>
    /// <param name="patience">How long to wait for another writer; 30 seconds unless told.</param>
    public ModelRegistry(string models, TimeSpan? patience = null) : this(new ModelsFolder(models, patience)) { }

    /// <summary>Who answers, who waits, and the history of changes.</summary>
    public RegistryState State => StateOf(home.ReadState(MaxStateBytes));

    /// <summary>Ids of all versions, in order; half-written ones are none.</summary>
    public IReadOnlyList<string> List() => [.. home.Versions().Order(StringComparer.Ordinal)];

    /// <summary>A version, after every one of its files has been checked.</summary>
    /// <exception cref="ModelRegistryException">Unknown, altered, cut short, or with files missing or added.</exception>
    public ModelVersion Get(string version)
    {
        RequireHeld(version);
        return ModelFiles.Read(home, version);
    }

    /// <summary>The version that answers; null before the first promotion.</summary>
    public ModelVersion? Champion() => State.Champion is { } version ? Get(version) : null;

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
        var files = ModelFiles.Compose(bundle, card);
        using var turn = home.TakeTurn();
        var isNew = !home.Holds(card.Version);
        if (!isNew) RequireSame(Get(card.Version), bundle, card);
        Put(turn, card.Version, isNew ? files : null);
        return isNew;
    }

    /// <summary>
    /// Takes a version over from another registry as it is, byte by byte. Who answers and who waits here stays as it is, but in
    /// a registry without any change so far: there <see cref="CopyStateFrom"/> brings that over too.
    /// </summary>
    /// <returns>True when it was added, false when the same stood here already.</returns>
    /// <exception cref="ModelRegistryException">It is not whole there, or another stands here under its id.</exception>
    public bool CopyFrom(ModelRegistry other, string version)
    {
        other.RequireHeld(version);
        var card = ModelFiles.Read(other.Home, version).Card;
        var files = ModelFiles.ReadAll(other.Home, version);
        using var turn = home.TakeTurn();
        if (home.Holds(version))
        {
            RequireSame(Get(version), files.Where(f => f.Key is not (ModelFiles.Card or ModelFiles.Checksums)).ToDictionary(), card);
            return false;
        }
        turn.Write(version, files);
        turn.Complete();
        return true;
    }

    /// <summary>Takes over who answers, who waits and the history of changes, where nothing of it stands here yet and all versions it names are here.</summary>
    /// <returns>True when it was taken over.</returns>
    public bool CopyStateFrom(ModelRegistry other)
    {
        var state = other.State;
        using var turn = home.TakeTurn();
        if (turn.ReadState(MaxStateBytes) is not null) return false;
        if (state.Earlier.Append(state.Champion).Append(state.Challenger).OfType<string>().Any(v => !home.Holds(v))) return false;
        turn.WriteState(state.ToJson());
        turn.Complete();
        return true;
    }

    /// <summary>Versions that were trained on the sample, by their cards.</summary>
    /// <exception cref="ModelRegistryException">A version is not whole.</exception>
    public IReadOnlyList<string> TrainedOnSample() => [.. List().Where(v => Get(v).Card.IsSample)];

    /// <summary>Removes versions for good, and every change that names them; those that are not there are passed over. Where the champion goes, nobody answers until the next promotion.</summary>
    public void Remove(IReadOnlyCollection<string> versions)
    {
        if (versions.Count == 0) return;
        foreach (var version in versions) ModelVersionId.Require(version);
        using var turn = home.TakeTurn();
        // The state first: a crash in a folder leaves a version that nobody names, never a champion that is gone.
        if (turn.ReadState(MaxStateBytes) is { } state) turn.WriteState(StateOf(state).Without(versions).ToJson());
        foreach (var version in versions) turn.Remove(version);
        turn.Complete();
    }

    /// <summary>Removes the files of versions that no longer serve; the history of changes keeps their names. Champion and challenger stay.</summary>
    /// <returns>Those that were removed.</returns>
    public IReadOnlyList<string> Retire(IReadOnlyCollection<string> versions)
    {
        foreach (var version in versions) ModelVersionId.Require(version);
        using var turn = home.TakeTurn();
        var state = StateOf(turn.ReadState(MaxStateBytes));
        string[] gone = [.. versions.Where(v => v != state.Champion && v != state.Challenger)];
        if (gone.Length == 0) return gone;
        turn.WriteState((state with { Earlier = [.. state.Earlier.Where(v => !gone.Contains(v))] }).ToJson());
        foreach (var version in gone) turn.Remove(version);
        turn.Complete();
        return gone;
    }

    /// <summary>Makes a version the champion, after checking its files. Promoting the champion again changes nothing.</summary>
    /// <param name="version">Its id.</param>
    /// <param name="reason">In words, for the history.</param>
    /// <param name="at">When.</param>
    public void Promote(string version, string reason, DateTimeOffset at)
    {
        using var turn = home.TakeTurn();
        Get(version);
        var state = StateOf(turn.ReadState(MaxStateBytes));
        if (state.Champion == version) return;
        turn.WriteState(state.Promoted(version, reason, at).ToJson());
        turn.Complete();
    }

    /// <summary>Brings the champion before this one back, after checking its files; returns it.</summary>
    /// <exception cref="ModelRegistryException">There is none, or it no longer is what it was.</exception>
    public ModelVersion Rollback(DateTimeOffset at)
    {
        using var turn = home.TakeTurn();
        var state = StateOf(turn.ReadState(MaxStateBytes)).RolledBack(at);
        var version = Get(state.Champion!);
        turn.WriteState(state.ToJson());
        turn.Complete();
        return version;
    }

    private IModelHome Home => home;

    private static RegistryState StateOf(byte[]? json) => json is null ? new RegistryState() : RegistryState.FromJson(json);

    // A crash in a folder between the two writes leaves a version unnamed in the state: adding it again names it.
    private static void Put(IModelTurn turn, string version, IReadOnlyDictionary<string, byte[]>? files)
    {
        var state = StateOf(turn.ReadState(MaxStateBytes));
        if (files is not null) turn.Write(version, files);
        else if (state.Names(version)) return;
        turn.WriteState((state with { Challenger = version }).ToJson());
        turn.Complete();
    }

    private void RequireHeld(string version)
    {
        ModelVersionId.Require(version);
        if (!home.Holds(version)) throw new ModelRegistryException($"Model version {version}", $"no such {home.Name}", List() is { Count: > 0 } versions ? "one of " + string.Join(", ", versions.TakeLast(5)) : "a trained version", "Choose one that is listed: forecast models list.");
    }

    private static void RequireSame(ModelVersion before, IReadOnlyDictionary<string, byte[]> bundle, ModelCard card)
    {
        // When and where it was trained again, and what a later release measures of it, does not make it another model.
        var sameCard = (before.Card with { TrainedAt = card.TrainedAt, Packages = card.Packages, Metrics = card.Metrics, Segments = card.Segments, Calibration = card.Calibration }).ToJson().AsSpan().SequenceEqual(card.ToJson());
        var difference = !sameCard ? ModelFiles.Card
            : before.Files.Keys.Concat(bundle.Keys).FirstOrDefault(name => !before.Files.ContainsKey(name) || !bundle.ContainsKey(name))
            ?? bundle.Keys.FirstOrDefault(name => !SameContents.Of(name, before.Files[name], bundle[name]));
        if (difference is not null)
            throw new ModelRegistryException($"Model version {card.Version}", $"another {difference} than the one that was added before", "the same contents under the same id", "Give the new version an id of its own: see ModelVersionId.");
    }
}
