using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>An empty database for one test, gone after it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly Func<Task> _remove;
    private ForecastDatabase? _database;

    private TestDatabase(StorageOptions options, Func<Task> remove) => (Options, _remove) = (options, remove);

    public StorageOptions Options { get; }

    /// <summary>Opened and migrated at first use.</summary>
    public ForecastDatabase Database => _database ??= ForecastDatabase.Open(Options);

    public CrmHistoryStore History => new(Database);

    public ScoreStore Scores => new(Database);

    public static TestDatabase Sqlite()
    {
        var folder = Directory.CreateTempSubdirectory("forecast-sqlite-").FullName;
        return new TestDatabase(StorageOptions.Sqlite(Path.Combine(folder, "inner", "forecast.db")), () =>
        {
            Directory.Delete(folder, recursive: true);
            return Task.CompletedTask;
        });
    }

    public static async Task<TestDatabase> PostgreSql(PostgresServer server)
    {
        var connectionString = await server.NewDatabase();
        return new TestDatabase(StorageOptions.PostgreSql(connectionString), () => server.Drop(connectionString));
    }

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
