using System.Buffers.Binary;
using System.IO.Compression;
using ForecastEngine.Server.Api;

namespace ForecastEngine.Server.Uploads;

/// <summary>
/// Unpacks a zip or gzip file beside itself and removes it. It is counted while it unpacks, not believed: a bomb ends at the
/// limit. Names inside are held to the same rules as names outside; an archive inside an archive is refused.
/// </summary>
internal static class Unpacking
{
    private const int MostDirectoryBytes = 1 << 20;
    private const uint EndOfDirectory = 0x06054b50;
    private const int EndBytes = 22;

    /// <summary>Unpacks a file and tells the names of what was in it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="budget">What all packed files of the upload together may still unpack to.</param>
    /// <param name="most">How many files it may hold.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ProblemException">It is damaged, too large unpacked, or holds what is not allowed.</exception>
    public static async Task<IReadOnlyList<string>> Run(string path, string folder, UploadBudget budget, int most, CancellationToken cancellation)
    {
        try
        {
            var names = path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? await Zip(path, folder, budget, most, cancellation) : await Gzip(path, folder, budget, cancellation);
            File.Delete(path);
            return names;
        }
        catch (Exception fault) when (fault is InvalidDataException or NotSupportedException or EndOfStreamException)
        {
            throw ProblemException.Invalid($"files, {Path.GetFileName(path)}: found a damaged or unusual archive; expected a plain zip or gzip file without a password.");
        }
    }

    /// <summary>Counts what a workbook, which is a zip itself, unpacks to; it stays packed.</summary>
    /// <exception cref="ProblemException">It is damaged, or too large unpacked.</exception>
    public static async Task Measure(string path, UploadBudget budget, CancellationToken cancellation)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
            CheckDirectory(file);
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            foreach (var entry in archive.Entries)
            {
                await using var content = entry.Open();
                await budget.Copy(content, Stream.Null, Path.GetFileName(path), cancellation);
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or NotSupportedException or EndOfStreamException)
        {
            throw ProblemException.Invalid($"files, {Path.GetFileName(path)}: found a damaged workbook; expected an .xlsx file as a spreadsheet program writes it.");
        }
    }

    private static async Task<IReadOnlyList<string>> Zip(string path, string folder, UploadBudget budget, int most, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        CheckDirectory(file);
        using var archive = new ZipArchive(file, ZipArchiveMode.Read);
        if (archive.Entries.Count > most) throw ProblemException.Invalid($"files, {Path.GetFileName(path)}: found {archive.Entries.Count} entries; expected at most {most} more in this upload.");
        var names = new List<string>();
        foreach (var entry in archive.Entries)
        {
            FileNames.Check(entry.FullName);
            if (FileNames.IsPacked(entry.FullName)) throw ProblemException.Invalid($"files, {Path.GetFileName(path)}: found an archive inside the archive; expected plain files.");
            await using var content = entry.Open();
            await Write(content, folder, entry.FullName, budget, cancellation);
            names.Add(entry.FullName);
        }
        return names;
    }

    private static async Task<IReadOnlyList<string>> Gzip(string path, string folder, UploadBudget budget, CancellationToken cancellation)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        await using var content = new GZipStream(file, CompressionMode.Decompress);
        await Write(content, folder, name, budget, cancellation);
        return [name];
    }

    private static async Task Write(Stream content, string folder, string name, UploadBudget budget, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, name);
        if (File.Exists(path)) throw ProblemException.Invalid("files: found the same name twice; expected each file once.");
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        await budget.Copy(content, file, name, cancellation);
    }

    // The reader takes the whole directory of an archive into memory, and only its place in the file tells how long it is.
    private static void CheckDirectory(FileStream file)
    {
        var tail = new byte[Math.Min(file.Length, EndBytes + ushort.MaxValue)];
        file.Seek(-tail.Length, SeekOrigin.End);
        file.ReadExactly(tail);
        var at = tail.Length - EndBytes;
        while (at >= 0 && BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) != EndOfDirectory) at--;
        if (at < 0) throw new InvalidDataException("no end of directory");
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + 16));
        var end = file.Length - tail.Length + at;
        // All ones stand for a zip64 archive, whose directory is elsewhere.
        if (offset == uint.MaxValue || offset > end || end - offset > MostDirectoryBytes) throw new InvalidDataException("a directory that is too long, or zip64");
        file.Seek(0, SeekOrigin.Begin);
    }
}
