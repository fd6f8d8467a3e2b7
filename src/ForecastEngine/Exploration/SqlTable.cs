using System.Data.Common;
using System.Globalization;
using ForecastEngine.Operations;
using Microsoft.Data.Analysis;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ForecastEngine.Exploration;

/// <summary>Answers a query with a table, over a connection on which nothing can be written.</summary>
internal static class SqlTable
{
    private static readonly string[] Queries = ["SELECT", "WITH", "VALUES", "TABLE", "EXPLAIN"];

    /// <summary>Most rows that an answer may have; more are refused.</summary>
    public const int MostRows = 2_000_000;

    /// <summary>Runs one query.</summary>
    /// <exception cref="OperationException">It is not one query, the database refuses it, or it answers too much.</exception>
    public static DataFrame Query(Workspace workspace, string sql, CancellationToken cancellation)
    {
        var first = FirstWord(sql);
        if (!Queries.Contains(first, StringComparer.OrdinalIgnoreCase))
            throw new OperationException($"SQL: found {(first.Length == 0 ? "no statement" : first.ToUpperInvariant())}; expected a query, starting with {string.Join(", ", Queries.SkipLast(1))} or {Queries[^1]}. The workspace's database is only read here; change it with forecast import, forecast train and the like.");
        using var connection = workspace.OpenReadOnly();
        try
        {
            return connection is NpgsqlConnection postgres ? OnPostgres(postgres, sql, cancellation) : OnSqlite((SqliteConnection)connection, sql, cancellation);
        }
        catch (DbException fault)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new OperationException($"SQL: the database refused it: {fault.Message} Expected one query on its tables; nothing was changed. Mend the query.");
        }
    }

    // A batch is sent as it is: the server itself refuses a second statement in it.
    private static DataFrame OnPostgres(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        using var transaction = connection.BeginTransaction();
        using var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { new NpgsqlBatchCommand(sql.Trim().TrimEnd(';')) } };
        using var stop = cancellation.Register(batch.Cancel);
        using var reader = batch.ExecuteReader();
        return Read(reader, cancellation);
    }

    private static DataFrame OnSqlite(SqliteConnection connection, string sql, CancellationToken cancellation)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var stop = cancellation.Register(() => SQLitePCL.raw.sqlite3_interrupt(connection.Handle));
        using var reader = command.ExecuteReader();
        var table = Read(reader, cancellation);
        if (reader.NextResult()) throw new OperationException("SQL: found several statements; expected one query. Put each in a cell of its own.");
        return table;
    }

    private static DataFrame Read(DbDataReader reader, CancellationToken cancellation)
    {
        var columns = Enumerable.Range(0, reader.FieldCount).Select(f => new SqlColumn(reader, f)).ToArray();
        for (var row = 0; reader.Read(); row++)
        {
            if (row == MostRows) throw new OperationException(string.Create(CultureInfo.InvariantCulture, $"SQL: found more than {MostRows:N0} rows; expected fewer. Sum up in the query, or add LIMIT."));
            if ((row & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            foreach (var column in columns) column.Take(reader);
        }
        return new DataFrame(columns.Select(c => c.Build()));
    }

    private static string FirstWord(string sql)
    {
        var rest = sql.AsSpan();
        while (true)
        {
            rest = rest.TrimStart([' ', '\t', '\r', '\n', '(']);
            var end = rest.StartsWith("--") ? rest.IndexOf('\n') + 1 : rest.StartsWith("/*") && rest.IndexOf("*/") is > 0 and var close ? close + 2 : -1;
            if (end < 0) break;
            if (end == 0) return "";
            rest = rest[end..];
        }
        var length = 0;
        while (length < rest.Length && (char.IsAsciiLetter(rest[length]) || rest[length] == '_')) length++;
        return length == 0 && rest.Length > 0 ? rest[..1].ToString() : rest[..length].ToString();
    }
}
