using System.Data;
using System.Data.Common;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.DataProvider;
using LinqToDB.DataProvider.PostgreSQL;
using LinqToDB.DataProvider.SQLite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ForecastEngine.Storage;

/// <summary>
/// The one database of a workspace, on SQLite or PostgreSQL, with one schema and one mapping for both.
/// Opening it brings the schema up to date. Thread-safe: every operation takes a connection of its own.
/// </summary>
public sealed class ForecastDatabase : IDisposable
{
    private readonly NpgsqlDataSource? _source;
    private readonly IDataProvider _provider;
    private readonly string _connectionString;

    private ForecastDatabase(StorageOptions options)
    {
        Options = options;
        if (options.Provider == StorageProvider.PostgreSql)
        {
            _connectionString = options.Location;
            _source = NpgsqlDataSource.Create(_connectionString);
            _provider = PostgreSQLTools.GetDataProvider(PostgreSQLVersion.v15);
        }
        else
        {
            _connectionString = new SqliteConnectionStringBuilder { DataSource = options.Location, ForeignKeys = true, DefaultTimeout = BusySeconds }.ConnectionString;
            _provider = SQLiteTools.GetDataProvider(SQLiteProvider.Microsoft);
        }
    }

    /// <summary>How long a writer waits for another one in SQLite.</summary>
    private const int BusySeconds = 60;

    /// <summary>Where the database is.</summary>
    public StorageOptions Options { get; }

    internal bool IsPostgreSql => _source is not null;

    /// <summary>Opens the database, making it where it is missing, and brings its schema up to date. Several processes may do so at once.</summary>
    public static ForecastDatabase Open(StorageOptions options, CancellationToken cancellation = default)
    {
        var database = new ForecastDatabase(options);
        try
        {
            if (options.Path is { } path) Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            SchemaMigrator.Migrate(database, database._connectionString, cancellation);
            return database;
        }
        catch (Exception fault) when (fault is DbException or IOException or UnauthorizedAccessException)
        {
            database.Dispose();
            throw new StorageException($"{options}: found no usable database ({fault.Message}); expected one that this account may open and change. Check that it exists, runs and grants access.", fault);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>A linq2db connection for reading with LINQ or SQL of one's own; dispose it after use.</summary>
    public DataConnection Connect() => new(new DataOptions().UseConnection(_provider, OpenConnection(), disposeConnection: true).UseMappingSchema(StorageMapping.Schema));

    /// <summary>A transaction that sees one state of the database throughout and never waits for a writer.</summary>
    internal DatabaseSession BeginRead()
    {
        var connection = OpenConnection();
        return Session(connection, connection is SqliteConnection sqlite ? sqlite.BeginTransaction(deferred: true) : connection.BeginTransaction(IsolationLevel.RepeatableRead));
    }

    /// <summary>A transaction that may write. At most one with the same <paramref name="purpose"/> runs at a time; the next one waits.</summary>
    /// <param name="purpose">What for.</param>
    /// <param name="patience">How long it waits at most; null for as long as it takes, in SQLite a minute.</param>
    /// <exception cref="StorageBusyException">It waited so long.</exception>
    internal DatabaseSession BeginWrite(WritePurpose purpose, TimeSpan? patience = null)
    {
        var connection = OpenConnection();
        try
        {
            return connection is SqliteConnection sqlite ? BeginWrite(sqlite, patience) : BeginWrite(connection, purpose, patience);
        }
        catch (DbException fault) when (patience is not null && fault is SqliteException { SqliteErrorCode: 5 } or PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable })
        {
            connection.Dispose();
            throw new StorageBusyException(Options.ToString(), patience ?? TimeSpan.Zero, fault);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private DatabaseSession BeginWrite(SqliteConnection connection, TimeSpan? patience)
    {
        if (patience is { } limit)
        {
            // Both wait, SQLite itself and after it the driver.
            using var command = connection.CreateCommand();
            command.CommandText = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(int)limit.TotalMilliseconds}");
            command.ExecuteNonQuery();
            connection.DefaultTimeout = Math.Max(1, (int)limit.TotalSeconds);
        }
        var transaction = connection.BeginTransaction(deferred: false);
        connection.DefaultTimeout = BusySeconds;
        return Session(connection, transaction);
    }

    private DatabaseSession BeginWrite(DbConnection connection, WritePurpose purpose, TimeSpan? patience)
    {
        var session = Session(connection, connection.BeginTransaction(IsolationLevel.ReadCommitted));
        if (patience is { } limit) session.Execute("SELECT set_config('lock_timeout', @limit, true)", CancellationToken.None, ("limit", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(int)limit.TotalMilliseconds}ms")));
        if (purpose != WritePurpose.Scores) Enter(session, purpose);
        if (patience is not null) session.Execute("SET LOCAL lock_timeout TO DEFAULT", CancellationToken.None);
        return session;
    }

    /// <summary>Waits until no other transaction has this purpose, and keeps the next one waiting. In SQLite a transaction that writes has every purpose.</summary>
    internal void Enter(DatabaseSession session, WritePurpose purpose)
    {
        if (IsPostgreSql) session.Execute("SELECT pg_advisory_xact_lock(@key)", CancellationToken.None, ("key", AdvisoryLock + (long)purpose));
    }

    /// <summary>First of the advisory lock keys that belong to the engine; "forecast" in ASCII would not fit, its first seven letters do.</summary>
    internal const long AdvisoryLock = 0x666f7265636173 << 4;

    internal DbConnection? NewPostgreSqlConnection() => _source?.CreateConnection();

    internal DbConnection OpenConnection()
    {
        if (_source is not null) return _source.OpenConnection();
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 60000; PRAGMA cache_size = -65536; PRAGMA temp_store = FILE";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>A connection of its own on which nothing can be written, whatever is asked of it; opened, and not kept for reuse.</summary>
    internal DbConnection OpenReadOnly()
    {
        if (_source is null)
        {
            var file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Options.Location, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = BusySeconds }.ConnectionString);
            file.Open();
            return file;
        }
        var own = new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false };
        own.Options = $"{own.Options} -c default_transaction_read_only=on".Trim();
        var connection = new NpgsqlConnection(own.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>
    /// Writes one state of an SQLite database, the newest one committed, into a new file, while others read and write. The
    /// copy is checked, and set to the journal that migrations give a new database: a copy does not inherit it.
    /// </summary>
    internal void CopyTo(string path)
    {
        using (var connection = (SqliteConnection)OpenConnection())
        {
            using var vacuum = connection.CreateCommand();
            vacuum.CommandText = "VACUUM INTO @path";
            vacuum.Parameters.AddWithValue("@path", path);
            vacuum.ExecuteNonQuery();
        }
        using var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        copy.Open();
        using var command = copy.CreateCommand();
        command.CommandText = "PRAGMA quick_check(1)";
        if (command.ExecuteScalar() is not "ok" and var found) throw new StorageException($"{path}: found a damaged copy ({found}); expected a whole one. Check the disk and {Options}, then copy again.");
        command.CommandText = "PRAGMA journal_mode = WAL";
        command.ExecuteNonQuery();
    }

    /// <summary>Closes the connections that are kept open for reuse.</summary>
    public void Dispose()
    {
        _source?.Dispose();
        if (_source is null)
        {
            using var connection = new SqliteConnection(_connectionString);
            SqliteConnection.ClearPool(connection);
        }
    }

    private DatabaseSession Session(DbConnection connection, DbTransaction transaction) => new(connection, transaction,
        new DataConnection(new DataOptions().UseTransaction(_provider, transaction).UseMappingSchema(StorageMapping.Schema)));
}

/// <summary>What a write transaction is for; each purpose but <see cref="Scores"/> has one writer at a time.</summary>
internal enum WritePurpose
{
    /// <summary>The schema.</summary>
    Schema,
    /// <summary>Facts of the CRM.</summary>
    History,
    /// <summary>A part of a rescoring run; several processes write parts side by side.</summary>
    Scores,
    /// <summary>A rescoring run begins or becomes visible.</summary>
    Runs,
    /// <summary>Model versions and who answers.</summary>
    Models,
    /// <summary>Leases and the journal of jobs.</summary>
    Jobs,
    /// <summary>Requests, uploads and webhooks: short, and never behind a publication.</summary>
    Exchange,
    /// <summary>Keys, the audit log and people's adjustments.</summary>
    Access,
}
