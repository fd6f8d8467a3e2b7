using System.IO.Compression;
using System.Text;
using System.Text.Unicode;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// A file as text: plain or gzip, its encoding told by its byte order mark, else by NUL bytes (UTF-16), else by the
/// map.
/// Where the map says UTF-8 and the bytes are not, it is a Windows code page.
/// </summary>
internal sealed class TextSource
{
    private const int Sample = 4096;
    private readonly string _path;
    private readonly Encoding _encoding;

    private TextSource(string path, Encoding encoding, string? guessed) =>
        (_path, _encoding, Guessed) = (path, encoding, guessed);

    /// <summary>The encoding that the bytes alone told against the map; null where the map or a mark says it.</summary>
    public string? Guessed { get; }

    public static Encoding? FindEncoding(string name)
    {
        try { return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name); }
        catch (ArgumentException) { return null; }
    }

    public static TextSource Of(string path, string encoding)
    {
        if (Detect(path) is { } detected) return new TextSource(path, detected, null);
        var declared = FindEncoding(encoding) ?? Encoding.UTF8;
        return declared is UTF8Encoding && CodePage(path) is { } page
            ? new TextSource(path, FindEncoding(page)!, page)
            : new TextSource(path, declared, null);
    }

    public TextReader Open() =>
        new StreamReader(OpenBytes(_path), _encoding, detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16);

    private static Stream OpenBytes(string path)
    {
        const FileOptions options = FileOptions.SequentialScan;
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, options);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
    }

    // UTF-16 without a mark: of a Latin header every second byte is zero.
    private static Encoding? Detect(string path)
    {
        var bytes = new byte[Sample];
        int length;
        using (var stream = OpenBytes(path)) length = stream.ReadAtLeast(bytes, Sample, throwOnEndOfStream: false);
        if (length < 4) return null;
        if (bytes[0] == 0xFF && bytes[1] == 0xFE) return Encoding.Unicode;
        if (bytes[0] == 0xFE && bytes[1] == 0xFF) return Encoding.BigEndianUnicode;
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

    // Null for UTF-8, also with a few bad bytes in it. Š, š, Ž and ž stand at the same places in both pages and are
    // daily letters only where 1250 is used; Polish ł, ą and ż stand where 1252 has signs that touch no letter.
    private static string? CodePage(string path)
    {
        var buffer = new byte[1 << 16];
        var (kept, sound, unsound, central) = (0, 0L, 0L, 0L);
        using var stream = OpenBytes(path);
        for (var isEnd = false; !isEnd;)
        {
            var free = buffer.AsSpan(kept);
            var bytes = buffer.AsSpan(0, kept + stream.ReadAtLeast(free, free.Length, throwOnEndOfStream: false));
            isEnd = bytes.Length < buffer.Length;
            var i = 0;
            for (; i < bytes.Length; i++)
            {
                if (bytes[i] < 0x80) continue;
                if (!isEnd && i > bytes.Length - 4) break;
                var length = bytes[i] switch
                {
                    >= 0xF0 and < 0xF5 => 4,
                    >= 0xE0 and < 0xF0 => 3,
                    >= 0xC2 and < 0xE0 => 2,
                    _ => 1,
                };
                if (length > 1 && i + length <= bytes.Length && Utf8.IsValid(bytes.Slice(i, length)))
                {
                    sound++;
                    i += length - 1;
                    continue;
                }
                unsound++;
                var isSharp = bytes[i] is 0x8A or 0x8E or 0x9A or 0x9E;
                if (isSharp || bytes[i] is 0xB3 or 0xB9 or 0xBF && IsAmongLetters(bytes, i))
                    central++;
            }
            kept = bytes.Length - i;
            bytes[i..].CopyTo(buffer);
        }
        if (unsound == 0 || unsound <= sound) return null;
        return central * 20 >= unsound ? "windows-1250" : "windows-1252";
    }

    private static bool IsAmongLetters(ReadOnlySpan<byte> bytes, int i) =>
        i > 0 && i + 1 < bytes.Length && IsLetter(bytes[i - 1]) && IsLetter(bytes[i + 1]);

    private static bool IsLetter(byte code) => char.IsAsciiLetter((char)code) || code >= 0xC0;
}
