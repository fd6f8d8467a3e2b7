using System.Globalization;
using LinqToDB.Mapping;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace ForecastEngine.Storage;

/// <summary>A column to be written: its name, and its value in a row as the database takes it.</summary>
internal readonly record struct WriteColumn<T>(string Name, Func<T, object?> Value);

/// <summary>Writes many rows fast: by binary COPY into PostgreSQL, by one prepared statement into SQLite. Runs within the session's transaction.</summary>
internal static class BulkWriter
{
    /// <summary>The mapped columns of <typeparamref name="T"/> but its identity, then <paramref name="more"/>.</summary>
    public static WriteColumn<T>[] Columns<T>(params WriteColumn<T>[] more) =>
        [.. StorageMapping.Schema.GetEntityDescriptor(typeof(T)).Columns.Where(c => !c.IsIdentity).Select(Mapped<T>), .. more];

    public static long Write<T>(DatabaseSession session, string table, WriteColumn<T>[] columns, IEnumerable<T> rows, Action<long>? onProgress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return session.Connection is NpgsqlConnection connection
            ? Copy(connection, table, columns, rows, onProgress, cancellation)
            : Insert((SqliteConnection)session.Connection, table, columns, rows, onProgress, cancellation);
    }

    /// <summary>Column names, quoted and separated by commas.</summary>
    public static string Names<T>(IEnumerable<WriteColumn<T>> columns, string prefix = "") => string.Join(", ", columns.Select(c => $"{prefix}\"{c.Name}\""));

    private const int ProgressStride = 16384;

    private static WriteColumn<T> Mapped<T>(ColumnDescriptor column) => new(column.ColumnName, row => column.GetProviderValue(row!));

    private static long Copy<T>(NpgsqlConnection connection, string table, WriteColumn<T>[] columns, IEnumerable<T> rows, Action<long>? onProgress, CancellationToken cancellation)
    {
        using var importer = connection.BeginBinaryImport($"COPY {table} ({Names(columns)}) FROM STDIN (FORMAT BINARY)");
        importer.Timeout = TimeSpan.Zero;
        var count = 0L;
        foreach (var row in rows)
        {
            importer.StartRow();
            foreach (var column in columns)
            {
                switch (column.Value(row))
                {
                    case null: importer.WriteNull(); break;
                    case string text: importer.Write(Checked(text, table, column.Name)); break;
                    case long number: importer.Write(number); break;
                    case int number: importer.Write(number); break;
                    case double number: importer.Write(number); break;
                    case decimal number: importer.Write(number); break;
                    case DateOnly date: importer.Write(date); break;
                    case byte[] key: importer.Write(key); break;
                    case bool flag: importer.Write(flag); break;
                    case var other: throw Unknown(other, table, column.Name);
                }
            }
            Step(++count, onProgress, cancellation);
        }
        importer.Complete();
        return count;
    }

    // The statement of the library underneath: the provider looks every parameter up by its name, in every row.
    private static long Insert<T>(SqliteConnection connection, string table, WriteColumn<T>[] columns, IEnumerable<T> rows, Action<long>? onProgress, CancellationToken cancellation)
    {
        var values = string.Join(", ", Enumerable.Range(1, columns.Length).Select(i => $"?{i}"));
        var db = connection.Handle!;
        Done(raw.sqlite3_prepare_v2(db, $"INSERT INTO {table} ({Names(columns)}) VALUES ({values})", out var statement));
        using var _ = statement;
        var count = 0L;
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Length; i++) Done(Bind(statement, i + 1, columns[i].Value(row), table, columns[i].Name));
            if (raw.sqlite3_step(statement) is not raw.SQLITE_DONE and var fault) Done(fault);
            Done(raw.sqlite3_reset(statement));
            Step(++count, onProgress, cancellation);
        }
        return count;

        void Done(int code) => SqliteException.ThrowExceptionForRC(code, db);
    }

    // Decimals and days as the provider writes them, so that it reads them again.
    private static int Bind(sqlite3_stmt statement, int at, object? value, string table, string column) => value switch
    {
        null => raw.sqlite3_bind_null(statement, at),
        string text => raw.sqlite3_bind_text(statement, at, Checked(text, table, column)),
        long number => raw.sqlite3_bind_int64(statement, at, number),
        int number => raw.sqlite3_bind_int(statement, at, number),
        double.NaN => throw new StorageException($"{table}, column {column}: found a value that is no number; expected one."),
        double number => raw.sqlite3_bind_double(statement, at, number),
        decimal number => raw.sqlite3_bind_text(statement, at, number.ToString("0.0###########################", CultureInfo.InvariantCulture)),
        DateOnly date => raw.sqlite3_bind_text(statement, at, date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        byte[] key => raw.sqlite3_bind_blob(statement, at, key),
        bool flag => raw.sqlite3_bind_int(statement, at, flag ? 1 : 0),
        var other => throw Unknown(other, table, column),
    };

    private static NotSupportedException Unknown(object value, string table, string column) =>
        new($"{table}.{column}: found {value.GetType()}; expected a type the writer knows. Add it to BulkWriter.");

    private static string Checked(string text, string table, string column) => !text.Contains('\0') ? text
        : throw new StorageException($"{table}, column {column}: found a NUL character in \"{text.Replace("\0", "\\0", StringComparison.Ordinal)}\"; expected text without one. Remove it from the export.");

    private static void Step(long count, Action<long>? onProgress, CancellationToken cancellation)
    {
        if (count % 256 == 0) cancellation.ThrowIfCancellationRequested();
        if (count % ProgressStride == 0) onProgress?.Invoke(count);
    }
}
