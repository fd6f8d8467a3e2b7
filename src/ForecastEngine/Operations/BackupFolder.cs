using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ForecastEngine.Operations;

/// <summary>One file of a backup.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256, hexadecimal.</param>
public sealed record BackupFile(long Bytes, string Sha256);

/// <summary>What a backup holds, as its backup.json tells; written last, so that a backup without it is not whole.</summary>
/// <param name="MadeAt">When it was made.</param>
/// <param name="Champion">The champion at that time; null while there was none.</param>
/// <param name="Files">Every other file by its path in the backup, with / between folders.</param>
public sealed record BackupContents(DateTimeOffset MadeAt, string? Champion, IReadOnlyDictionary<string, BackupFile> Files)
{
    /// <summary>Bytes of all files.</summary>
    [JsonIgnore]
    public long Bytes => Files.Values.Sum(f => f.Bytes);
}

/// <summary>The files of a backup: forecast.db, models/ as in a workspace, and backup.json with the SHA-256 of all the others.</summary>
internal static class BackupFolder
{
    public const string Database = "forecast.db";
    public const string Models = "models";
    private const string Contents = "backup.json";
    // Whoever opened the models folder left it behind; it says nothing.
    private const string Lock = Models + "/.lock";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Puts the files on the disk for good and lists them.</summary>
    public static SortedDictionary<string, BackupFile> Seal(string folder, CancellationToken cancellation)
    {
        File.Delete(Path.Combine(folder, Lock));
        var files = new SortedDictionary<string, BackupFile>(StringComparer.Ordinal);
        foreach (var name in Names(folder))
        {
            cancellation.ThrowIfCancellationRequested();
            using var stream = new FileStream(Path.Combine(folder, name), FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
            files.Add(name, Measure(stream));
        }
        return files;
    }

    /// <summary>Writes backup.json.</summary>
    public static void Write(string folder, BackupContents contents)
    {
        using var stream = new FileStream(Path.Combine(folder, Contents), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(stream, contents, Json);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Reads backup.json and holds every file against it.</summary>
    /// <exception cref="OperationException">It is not whole, or was altered.</exception>
    public static BackupContents Verify(string folder, CancellationToken cancellation)
    {
        var contents = Read(Path.Combine(folder, Contents));
        var found = Names(folder).Where(name => name != Contents).ToHashSet(StringComparer.Ordinal);
        if (contents.Files.Keys.Except(found).FirstOrDefault() is { } missing) throw Faulty(Path.Combine(folder, missing), "no such file", "the one that backup.json lists");
        if (found.Except(contents.Files.Keys).FirstOrDefault() is { } strange) throw Faulty(Path.Combine(folder, strange), "a file that backup.json does not list", "only what the backup wrote");
        if (!found.Contains(Database)) throw Faulty(Path.Combine(folder, Contents), $"no {Database} in it", "one");
        foreach (var (name, listed) in contents.Files)
        {
            cancellation.ThrowIfCancellationRequested();
            Require(Path.Combine(folder, name), listed);
        }
        return contents;
    }

    /// <summary>Holds one file against what is listed.</summary>
    public static void Require(string path, BackupFile listed)
    {
        using var stream = File.OpenRead(path);
        var found = Measure(stream);
        if (found != listed) throw Faulty(path, Shown(found), Shown(listed));
    }

    /// <summary>Removes what a folder holds; the folder stays, it may be a mount.</summary>
    public static void Clear(string folder)
    {
        foreach (var inner in Directory.GetDirectories(folder)) Directory.Delete(inner, recursive: true);
        foreach (var file in Directory.GetFiles(folder)) File.Delete(file);
    }

    /// <summary>True when a folder may be written into without touching anything.</summary>
    public static bool IsFree(string folder) => !File.Exists(folder) && !(Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any());

    private static BackupContents Read(string path)
    {
        if (!File.Exists(path)) throw new OperationException($"{path}: found no such file; expected a whole backup, which has it. Name a folder that forecast backup wrote to its end.");
        try
        {
            using var stream = File.OpenRead(path);
            if (JsonSerializer.Deserialize<BackupContents>(stream, Json) is { Files: not null } contents) return contents;
        }
        catch (JsonException)
        {
            // Told below, as a list that is missing is.
        }
        throw new OperationException($"{path}: found no list of files; expected what forecast backup writes. Take another backup.");
    }

    private static IEnumerable<string> Names(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'));

    private static BackupFile Measure(Stream stream) => new(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));

    private static string Shown(BackupFile file) => string.Create(CultureInfo.InvariantCulture, $"{file.Bytes} bytes with SHA-256 {file.Sha256}");

    private static OperationException Faulty(string path, string found, string expected) =>
        new($"{path}: found {found}; expected {expected}. The backup is not as it was written: take another one.");
}
