using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace ForecastEngine.Registry;

/// <summary>
/// Whether two files say the same. ML.NET writes other bytes into its zip on every save (times of day), so a zip counts by
/// its entries; and it writes down how many threads trained the trees, which changes nothing of them.
/// </summary>
internal static partial class SameContents
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
                if (second.GetEntry(entry.FullName) is not { } other) return false;
                if (Read(entry) != Read(other)) return false;
            }
            return true;
        }
        catch (InvalidDataException)
        {
            // Not a zip in spite of its name: its bytes have already been found to differ.
            return false;
        }
    }

    private static string Read(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var content = new byte[entry.Length];
        stream.ReadExactly(content);
        return Threads().Replace(Encoding.Latin1.GetString(content), "$1");
    }

    // The trainer's settings as ML.NET keeps them, in UTF-16 behind their length: lr=0.05 t=2 r1=1 …
    [GeneratedRegex(@"[\s\S]{4}(l\0r\0=\0(?:[0-9.]\0)*)\x20\0t\0=\0(?:[0-9]\0)+", RegexOptions.CultureInvariant)]
    private static partial Regex Threads();
}
