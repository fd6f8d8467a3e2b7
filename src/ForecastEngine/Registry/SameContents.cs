using System.IO.Compression;

namespace ForecastEngine.Registry;

/// <summary>
/// Whether two files say the same. ML.NET writes other bytes into its zip on every save (times of day), so a zip counts by
/// its entries.
/// </summary>
internal static class SameContents
{
    public static bool Of(string name, byte[] a, byte[] b)
    {
        if (a.AsSpan().SequenceEqual(b)) return true;
        if (!name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)) return false;
        try
        {
            using var first = new ZipArchive(new MemoryStream(a));
            using var second = new ZipArchive(new MemoryStream(b));
            if (first.Entries.Count != second.Entries.Count) return false;
            foreach (var entry in first.Entries)
            {
                if (second.GetEntry(entry.FullName) is not { } other || other.Length != entry.Length) return false;
                if (!Read(entry).AsSpan().SequenceEqual(Read(other))) return false;
            }
            return true;
        }
        catch (InvalidDataException)
        {
            // Not a zip in spite of its name: its bytes have already been found to differ.
            return false;
        }
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var content = new byte[entry.Length];
        stream.ReadExactly(content);
        return content;
    }
}
