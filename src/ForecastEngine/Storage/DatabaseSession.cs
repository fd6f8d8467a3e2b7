using System.Data.Common;
using LinqToDB.Data;
using Microsoft.Data.Sqlite;

namespace ForecastEngine.Storage;

/// <summary>One connection with one open transaction. Disposed without <see cref="Commit"/>, everything is as it was before.</summary>
internal sealed class DatabaseSession : IDisposable
{
    private readonly DbTransaction _transaction;

    public DatabaseSession(DbConnection connection, DbTransaction transaction, DataConnection db)
    {
        (Connection, _transaction, Db) = (connection, transaction, db);
        db.CommandTimeout = 0;
    }

    public DbConnection Connection { get; }

    /// <summary>The mapping over this transaction.</summary>
    public DataConnection Db { get; }

    public void Commit() => _transaction.Commit();

    /// <summary>Runs a statement and returns how many rows it touched. A cancelled token stops it midway.</summary>
    public long Execute(string sql, CancellationToken cancellation, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return Interruptible(command, static c => (long)c.ExecuteNonQuery(), cancellation);
    }

    /// <summary>Runs a query of one row of whole numbers; a null counts as 0.</summary>
    public long[] Numbers(string sql, CancellationToken cancellation, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return Interruptible(command, static c =>
        {
            using var reader = c.ExecuteReader();
            if (!reader.Read()) return [];
            var numbers = new long[reader.FieldCount];
            for (var i = 0; i < numbers.Length; i++) numbers[i] = reader.IsDBNull(i) ? 0 : reader.GetInt64(i);
            return numbers;
        }, cancellation);
    }

    /// <summary>Runs a query of one value of bytes; null where there is none.</summary>
    public byte[]? Blob(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteScalar() as byte[];
    }

    public void Dispose()
    {
        Db.Dispose();
        _transaction.Dispose();
        Connection.Dispose();
    }

    /// <summary>A statement of this transaction, without limit of time; dispose it after use.</summary>
    public DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = _transaction;
        command.CommandTimeout = 0;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    private T Interruptible<T>(DbCommand command, Func<DbCommand, T> run, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var registration = cancellation.Register(() =>
        {
            if (Connection is SqliteConnection { Handle: { } handle }) SQLitePCL.raw.sqlite3_interrupt(handle);
            else command.Cancel();
        });
        try
        {
            return run(command);
        }
        catch (DbException fault) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("The database was told to stop.", fault, cancellation);
        }
    }
}
