using System.Data.Common;
using ForecastEngine.Registry;

namespace ForecastEngine.Storage;

/// <summary>
/// Model versions in the database, file by file as they stand in a models folder, for several machines that share it. A turn
/// is one transaction: a version and the state that names it become visible together.
/// </summary>
public sealed class ModelStore(ForecastDatabase database) : IModelHome
{
    /// <inheritdoc/>
    public string Name => "version in the database";

    /// <inheritdoc/>
    public IReadOnlyList<string> Versions()
    {
        using var session = database.BeginRead();
        return Texts(session, "SELECT DISTINCT version FROM model_files");
    }

    /// <inheritdoc/>
    public bool Holds(string version)
    {
        using var session = database.BeginRead();
        return session.Numbers("SELECT count(*) FROM model_files WHERE version = @version", CancellationToken.None, ("version", version))[0] > 0;
    }

    /// <inheritdoc/>
    public IReadOnlySet<string> FileNames(string version)
    {
        using var session = database.BeginRead();
        return Texts(session, "SELECT name FROM model_files WHERE version = @version", ("version", version)).ToHashSet(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public byte[] Read(string version, string name, long limit)
    {
        using var session = database.BeginRead();
        var length = session.Numbers("SELECT length(content) FROM model_files WHERE version = @version AND name = @name", CancellationToken.None, ("version", version), ("name", name));
        if (length.Length == 0) throw new ModelRegistryException($"{version}/{name}", "no such file", "a file that is listed", "The version was removed meanwhile: choose another.");
        if (length[0] > limit) throw TooLarge($"{version}/{name}", length[0], limit);
        return Bytes(session, "SELECT content FROM model_files WHERE version = @version AND name = @name", ("version", version), ("name", name))!;
    }

    /// <inheritdoc/>
    public byte[]? ReadState(long limit)
    {
        using var session = database.BeginRead();
        return State(session, limit);
    }

    /// <inheritdoc/>
    public IModelTurn TakeTurn() => new Turn(database.BeginWrite(WritePurpose.Models));

    /// <summary>Removes versions within a transaction that has the models' turn; those that are not there are passed over.</summary>
    internal static void Remove(DatabaseSession session, IReadOnlyCollection<string> versions)
    {
        if (versions.Count == 0) return;
        var turn = new Turn(session);
        foreach (var version in versions) turn.Remove(version);
        if (State(session, long.MaxValue) is { } state) turn.WriteState(RegistryState.FromJson(state).Without(versions).ToJson());
    }

    private static byte[]? State(DatabaseSession session, long limit)
    {
        var state = Bytes(session, "SELECT content FROM model_registry WHERE name = 'registry.json'");
        return state is null || state.Length <= limit ? state : throw TooLarge("registry.json", state.Length, limit);
    }

    private static ModelRegistryException TooLarge(string where, long found, long limit) =>
        new(where, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{found} bytes"), string.Create(System.Globalization.CultureInfo.InvariantCulture, $"at most {limit}"), "Restore the database from a backup.");

    private static List<string> Texts(DatabaseSession session, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = session.Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read()) texts.Add(reader.GetString(0));
        return texts;
    }

    private static byte[]? Bytes(DatabaseSession session, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = session.Command(sql, parameters);
        using DbDataReader reader = command.ExecuteReader();
        return reader.Read() ? (byte[])reader.GetValue(0) : null;
    }

    private sealed class Turn(DatabaseSession session) : IModelTurn
    {
        public byte[]? ReadState(long limit) => State(session, limit);

        public void Write(string version, IReadOnlyDictionary<string, byte[]> files)
        {
            foreach (var (name, content) in files)
                session.Execute("INSERT INTO model_files (version, name, content) VALUES (@version, @name, @content)", CancellationToken.None, ("version", version), ("name", name), ("content", content));
        }

        public void Remove(string version) => session.Execute("DELETE FROM model_files WHERE version = @version", CancellationToken.None, ("version", version));

        public void WriteState(byte[] state) => session.Execute(
            "INSERT INTO model_registry (name, content) VALUES ('registry.json', @content) ON CONFLICT (name) DO UPDATE SET content = excluded.content", CancellationToken.None, ("content", state));

        public void Complete() => session.Commit();

        public void Dispose() => session.Dispose();
    }
}
