using System.Reflection;
using FluentMigrator;
using FluentMigrator.Runner;
using FluentMigrator.Runner.VersionTableInfo;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace ForecastEngine.Storage;

/// <summary>
/// Brings the schema of a database up to date. Processes that start at once take turns: by an advisory lock in
/// PostgreSQL, by a lock on the file <c>&lt;database&gt;.lock</c> beside an SQLite database. The file stays: removing
/// a lock file while another process waits for it would let two in.
/// </summary>
internal static class SchemaMigrator
{
    private static readonly long Newest = typeof(SchemaMigrator).Assembly.GetTypes()
        .Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Version ?? 0).Max();

    public static void Migrate(ForecastDatabase database, string connectionString, CancellationToken cancellation)
    {
        if (IsCurrent(database)) return;
        using IDisposable turn = database.Options.Path is { } path ? LockFile(path + ".lock", cancellation) : LockRow(database, cancellation);
        if (IsCurrent(database)) return;
        if (!database.IsPostgreSql) UseWriteAheadLog(database);
        using var services = new ServiceCollection().AddFluentMigratorCore()
            .ConfigureRunner(runner => (database.IsPostgreSql ? runner.AddPostgres15_0() : runner.AddSQLite())
                .WithGlobalConnectionString(connectionString)
                .ScanIn(typeof(SchemaMigrator).Assembly).For.Migrations()
                .WithVersionTable(new SchemaVersions()))
            .BuildServiceProvider();
        services.GetRequiredService<IMigrationRunner>().MigrateUp();
        if (!IsCurrent(database)) throw new StorageException($"{database.Options}: found a schema that is not version {Newest} after the migrations; expected it to be. Restore the database from a backup.");
    }

    private static bool IsCurrent(ForecastDatabase database)
    {
        var found = VersionOf(database);
        if (found > Newest) throw new StorageException($"{database.Options}: found schema version {found}; expected at most {Newest}. A later release wrote this database: use that release.");
        return found == Newest;
    }

    private static long VersionOf(ForecastDatabase database)
    {
        using var connection = database.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = database.IsPostgreSql
            ? "SELECT count(*) FROM pg_tables WHERE tablename = 'schema_versions' AND schemaname = current_schema()"
            : "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_versions'";
        if ((long)command.ExecuteScalar()! == 0) return 0;
        command.CommandText = "SELECT coalesce(max(version), 0) FROM schema_versions";
        return (long)command.ExecuteScalar()!;
    }

    private static void UseWriteAheadLog(ForecastDatabase database)
    {
        using var connection = database.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL";
        command.ExecuteNonQuery();
    }

    private static DatabaseSession LockRow(ForecastDatabase database, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return database.BeginWrite(WritePurpose.Schema);
    }

    private static FileStream LockFile(string path, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 1200 && File.Exists(path))
            {
                if (cancellation.WaitHandle.WaitOne(50)) cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private sealed class SchemaVersions : IVersionTableMetaData
    {
        public bool OwnsSchema => false;
        public string SchemaName => "";
        public bool CreateWithPrimaryKey => false;
        public string TableName => "schema_versions";
        public string ColumnName => "version";
        public string AppliedOnColumnName => "applied_at";
        public string DescriptionColumnName => "description";
        public string UniqueIndexName => "schema_versions_version";
    }
}
