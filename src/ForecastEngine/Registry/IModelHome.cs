namespace ForecastEngine.Registry;

/// <summary>
/// Where model versions are kept: the models folder, or the tables of a database that several machines share. A home keeps
/// bytes by version and name; what they mean, and whether they are whole, <see cref="ModelRegistry"/> judges alike for both.
/// </summary>
public interface IModelHome
{
    /// <summary>For messages: what a version is looked for in.</summary>
    string Name { get; }

    /// <summary>Ids of the versions that are whole, in no order.</summary>
    IReadOnlyList<string> Versions();

    /// <summary>True when the version is there.</summary>
    /// <param name="version">A well-formed id.</param>
    bool Holds(string version);

    /// <summary>Names of all files of a version that is there.</summary>
    IReadOnlySet<string> FileNames(string version);

    /// <summary>The bytes of a file; refused when there are more of them than <paramref name="limit"/>. The file is there.</summary>
    byte[] Read(string version, string name, long limit);

    /// <summary>The contents of registry.json; null before the first change.</summary>
    byte[]? ReadState(long limit);

    /// <summary>Waits for the one writer's turn.</summary>
    IModelTurn TakeTurn();
}

/// <summary>A writer's turn: nobody else writes until it is disposed.</summary>
public interface IModelTurn : IDisposable
{
    /// <summary>The contents of registry.json, as this writer sees them.</summary>
    byte[]? ReadState(long limit);

    /// <summary>Adds all files of a version, whole or not at all.</summary>
    void Write(string version, IReadOnlyDictionary<string, byte[]> files);

    /// <summary>Removes all files of a version, whole or not at all; one that is not there is passed over.</summary>
    void Remove(string version);

    /// <summary>Replaces registry.json, whole or not at all.</summary>
    void WriteState(byte[] state);

    /// <summary>Lets what was written stand. A folder shows each write at once; a database shows all of them here.</summary>
    void Complete();
}
