using LinqToDB.Mapping;
using Microsoft.Data.Sqlite;
using Npgsql;

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
                    case var other: throw new NotSupportedException($"{table}.{column.Name}: found {other.GetType()}; expected a type the writer knows. Add it to BulkWriter.");
                }
            }
            Step(++count, onProgress, cancellation);
        }
        importer.Complete();
        return count;
    }

    private static long Insert<T>(SqliteConnection connection, string table, WriteColumn<T>[] columns, IEnumerable<T> rows, Action<long>? onProgress, CancellationToken cancellation)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO {table} ({Names(columns)}) VALUES ({string.Join(", ", Enumerable.Range(0, columns.Length).Select(i => $"@p{i}"))})";
        var parameters = new SqliteParameter[columns.Length];
        for (var i = 0; i < columns.Length; i++) parameters[i] = command.Parameters.Add(new SqliteParameter { ParameterName = $"@p{i}" });
        var count = 0L;
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Length; i++)
            {
                var value = columns[i].Value(row);
                parameters[i].Value = value is string text ? Checked(text, table, columns[i].Name) : value ?? DBNull.Value;
            }
            command.ExecuteNonQuery();
            Step(++count, onProgress, cancellation);
        }
        return count;
    }

    private static string Checked(string text, string table, string column) => !text.Contains('\0') ? text
        : throw new StorageException($"{table}, column {column}: found a NUL character in \"{text.Replace("\0", "\\0", StringComparison.Ordinal)}\"; expected text without one. Remove it from the export.");

    private static void Step(long count, Action<long>? onProgress, CancellationToken cancellation)
    {
        if (count % 256 == 0) cancellation.ThrowIfCancellationRequested();
        if (count % ProgressStride == 0) onProgress?.Invoke(count);
    }
}
