using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>An empty database for one test, gone after it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly Func<string?, Task<TestDatabase>> _copy;
    private readonly Func<Task> _remove;
    private ForecastDatabase? _database;

    private TestDatabase(StorageOptions options, Func<string?, Task<TestDatabase>> copy, Func<Task> remove) =>
        (Options, _copy, _remove) = (options, copy, remove);

    public StorageOptions Options { get; }

    /// <summary>Opened and migrated at first use.</summary>
    public ForecastDatabase Database => _database ??= ForecastDatabase.Open(Options);

    public CrmHistoryStore History => new(Database);

    public ScoreStore Scores => new(Database);

    /// <summary>One of SQLite in a folder that goes with it; in a new one when null.</summary>
    public static TestDatabase Sqlite(string? folder = null)
    {
        var own = folder ?? Directory.CreateTempSubdirectory("forecast-sqlite-").FullName;
        return new TestDatabase(StorageOptions.Sqlite(Path.Combine(own, "inner", "forecast.db")), Copy, Remove);

        Task<TestDatabase> Copy(string? to)
        {
            FolderCopy.Make(own, to ??= Directory.CreateTempSubdirectory("forecast-sqlite-").FullName);
            return Task.FromResult(Sqlite(to));
        }

        Task Remove()
        {
            Directory.Delete(own, recursive: true);
            return Task.CompletedTask;
        }
    }

    public static async Task<TestDatabase> PostgreSql(PostgresServer server) => PostgreSql(server, await server.NewDatabase());

    /// <summary>Another one with the same contents; in a new folder when null. Nobody may have this one open.</summary>
    public Task<TestDatabase> Copy(string? folder = null) => _copy(folder);

    private static TestDatabase PostgreSql(PostgresServer server, string connectionString) => new(
        StorageOptions.PostgreSql(connectionString),
        async _ => PostgreSql(server, await server.Copy(connectionString)),
        () => server.Drop(connectionString));

    public long Count(string table)
    {
        using var connection = Database.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
        return (long)command.ExecuteScalar()!;
    }

    public async ValueTask DisposeAsync()
    {
        _database?.Dispose();
        await _remove();
    }
}
