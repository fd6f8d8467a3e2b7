using System.IO.Compression;
using System.Text;

namespace ForecastEngine.Crm.Import;

/// <summary>A file as text: plain or gzip, its encoding told by its byte order mark, else by NUL bytes (UTF-16), else by the map.</summary>
internal static class TextSource
{
    private const int Sample = 4096;

    public static Encoding? FindEncoding(string name)
    {
        try { return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name); }
        catch (ArgumentException) { return null; }
    }

    public static TextReader Open(string path, string encoding)
    {
        var detected = Detect(path) ?? FindEncoding(encoding) ?? Encoding.UTF8;
        return new StreamReader(OpenBytes(path), detected, detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16);
    }

    private static Stream OpenBytes(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    // UTF-16 without a mark: of a Latin header every second byte is zero.
    private static Encoding? Detect(string path)
    {
        var bytes = new byte[Sample];
        int length;
        using (var stream = OpenBytes(path)) length = stream.ReadAtLeast(bytes, Sample, throwOnEndOfStream: false);
        if (length < 4 || (bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF)) return null;
        var (even, odd) = (0, 0);
        for (var i = 0; i + 1 < length; i += 2)
        {
            if (bytes[i] == 0) even++;
            if (bytes[i + 1] == 0) odd++;
        }
        var pairs = length / 2;
        if (odd > pairs * 7 / 10 && even < pairs / 10) return Encoding.Unicode;
        return even > pairs * 7 / 10 && odd < pairs / 10 ? Encoding.BigEndianUnicode : null;
    }
}
