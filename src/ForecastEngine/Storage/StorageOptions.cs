using Npgsql;

namespace ForecastEngine.Storage;

/// <summary>Which database holds the history and the scores.</summary>
public enum StorageProvider
{
    /// <summary>One file, embedded; one machine.</summary>
    Sqlite,
    /// <summary>PostgreSQL 15 or later; several machines may share it.</summary>
    PostgreSql,
}

/// <summary>Where the database is. <see cref="ToString"/> is safe to print: it leaves user and password out.</summary>
public sealed record StorageOptions
{
    private StorageOptions(StorageProvider provider, string location) => (Provider, Location) = (provider, location);

    /// <summary>SQLite or PostgreSQL.</summary>
    public StorageProvider Provider { get; }

    /// <summary>The file of SQLite, or the connection string of PostgreSQL: a secret.</summary>
    internal string Location { get; }

    /// <summary>The file of the database; null where it is not a file.</summary>
    public string? Path => Provider == StorageProvider.Sqlite ? Location : null;

    /// <summary>An SQLite database in <paramref name="path"/>; the file is made when it is opened.</summary>
    public static StorageOptions Sqlite(string path) => new(StorageProvider.Sqlite, System.IO.Path.GetFullPath(path));

    /// <summary>A PostgreSQL database. <paramref name="connectionString"/>: <c>Host=…;Database=…;…</c> or <c>postgresql://user:password@host:port/database</c>.</summary>
    public static StorageOptions PostgreSql(string connectionString)
    {
        try
        {
            var builder = IsUri(connectionString) ? FromUri(new Uri(connectionString)) : new NpgsqlConnectionStringBuilder(connectionString);
            if (!string.IsNullOrEmpty(builder.Host) && !string.IsNullOrEmpty(builder.Database)) return new(StorageProvider.PostgreSql, builder.ConnectionString);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException)
        {
            // The cause is left out: its text may quote the password.
        }
        throw new StorageException("storage setting: found a PostgreSQL connection string that cannot be read or lacks host or database; "
            + "expected Host=…;Database=…;Username=…;Password=… or postgresql://user:password@host:port/database. Mend the setting; its text is not shown because it may hold a password.");
    }

    /// <summary>
    /// Reads a workspace setting: <c>sqlite:forecast.db</c> or the path of a file alone is SQLite; <c>postgresql://…</c>,
    /// <c>postgres://…</c> and <c>Host=…</c> are PostgreSQL.
    /// </summary>
    /// <param name="setting">The text of the setting.</param>
    /// <param name="folder">What a relative file path starts from; the current folder when null.</param>
    public static StorageOptions Parse(string setting, string? folder = null)
    {
        var text = setting.Trim();
        if (IsUri(text)) return PostgreSql(text);
        if (text.StartsWith("sqlite:", StringComparison.OrdinalIgnoreCase)) text = text["sqlite:".Length..];
        else if (text.Contains("://", StringComparison.Ordinal)) throw Unreadable();
        else if (text.Contains('=')) return PostgreSql(text);
        if (text.Length == 0) throw Unreadable();
        return Sqlite(System.IO.Path.Combine(folder ?? Directory.GetCurrentDirectory(), text));
    }

    /// <summary>For messages: provider and place, without user or password.</summary>
    public override string ToString()
    {
        if (Provider == StorageProvider.Sqlite) return $"SQLite {Location}";
        var builder = new NpgsqlConnectionStringBuilder(Location);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"PostgreSQL {builder.Host}:{builder.Port}/{builder.Database}");
    }

    private static bool IsUri(string text) =>
        text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase);

    private static StorageException Unreadable() => new(
        "storage setting: found no database in it; expected sqlite:<file>, the path of a file, postgresql://… or Host=…;Database=…. Mend the setting.");

    private static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host, Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')) };
        if (uri.Port > 0) builder.Port = uri.Port;
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2) builder.Password = Uri.UnescapeDataString(user[1]);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = pair.Split('=', 2) is [var k, var v] ? (k, Uri.UnescapeDataString(v)) : (pair, "");
            builder[key switch { "sslmode" => "SSL Mode", "connect_timeout" => "Timeout", "application_name" => "Application Name", _ => key }] = value;
        }
        return builder;
    }
}
