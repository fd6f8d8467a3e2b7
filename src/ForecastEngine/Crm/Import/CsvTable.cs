using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace ForecastEngine.Crm.Import;

/// <summary>One CSV file, row by row. Knows its header, its delimiter, and on which line a row begins.</summary>
internal sealed class CsvTable : IDisposable
{
    private const string Delimiters = ",;\t|";
    private const int HardCellLimit = 1 << 24;
    private readonly CsvParser _parser;
    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);
    private bool _isBad;
    private int _endLine;

    public CsvTable(string path, ImportMap map)
    {
        Name = Path.GetFileName(path);
        HeaderLine = FirstLine(path, map);
        LikelyDelimiter = Likely(HeaderLine);
        Delimiter = map.Delimiter ?? LikelyDelimiter;
        _parser = new CsvParser(TextSource.Open(path, map.Encoding), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = Delimiter.ToString(), BadDataFound = _ => _isBad = true, MaxFieldSize = HardCellLimit, BufferSize = 1 << 16, ProcessFieldBufferSize = 1 << 12,
        });
        if (!Advance()) throw new ImportException(Name, "an empty file", "a header line with the column names", "Export the file again, or remove it.");
        Header = [.. Enumerable.Range(0, _parser.Count).Select(i => _parser[i].Trim().TrimStart('\uFEFF'))];
        for (var i = 0; i < Header.Length; i++) _columns.TryAdd(Header[i], i);
        if (Header.Any(h => h.Contains('\0')))
            throw new ImportException($"{Name} line 1", "NUL bytes in the header", "text in UTF-8, or UTF-16 with a byte order mark", "Export the file again as UTF-8.");
    }

    public string Name { get; }
    public string[] Header { get; }
    public string HeaderLine { get; }
    public char Delimiter { get; }
    public char LikelyDelimiter { get; }

    /// <summary>Line on which the current row begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>How many lines the current row covers.</summary>
    public int Lines => _isBad ? RawRow.AsSpan().Count('\n') + 1 : Math.Max(1, _endLine - Line + 1);

    /// <summary>True when a quote of the current row is out of place or never closed.</summary>
    public bool IsBad => _isBad;

    public int Count => _parser.Count;

    public string this[int column] => _parser[column];

    public int IndexOf(string column) => _columns.GetValueOrDefault(column, -1);

    public bool Read()
    {
        if (!Advance()) return false;
        // A stray quote swallows the lines after it; CsvHelper notices only in the cells that are looked at.
        if (_endLine > Line || _parser.Count != Header.Length)
            for (var i = 0; i < _parser.Count; i++) _ = _parser[i];
        return true;
    }

    public string RawRow => _parser.RawRecord.TrimEnd('\r', '\n');

    public void Dispose() => _parser.Dispose();

    private bool Advance()
    {
        _isBad = false;
        try
        {
            if (!_parser.Read()) return false;
        }
        catch (MaxFieldSizeException)
        {
            throw new ImportException($"{Name} from line {_endLine + 1}", $"a cell of more than {HardCellLimit:N0} characters", "shorter cells", "A quote on that line is probably never closed; correct it or export the file again.");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ImportException($"{Name} after line {_endLine}", "a damaged or cut off gzip file", "a whole one", "Export or copy the file again.");
        }
        Line = _endLine + 1;
        _endLine = _parser.RawRow;
        return true;
    }

    private static string FirstLine(string path, ImportMap map)
    {
        try
        {
            using var reader = TextSource.Open(path, map.Encoding);
            var buffer = new char[1 << 16];
            var text = new string(buffer, 0, reader.ReadBlock(buffer));
            var isQuoted = false;
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '"') isQuoted = !isQuoted;
                else if (text[i] is '\r' or '\n' && !isQuoted) return text[..i];
            }
            return text;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ImportException(Path.GetFileName(path), "a damaged or cut off gzip file", "a whole one", "Export or copy the file again.");
        }
    }

    private static char Likely(string header)
    {
        var counts = new int[Delimiters.Length];
        var isQuoted = false;
        foreach (var character in header)
        {
            if (character == '"') isQuoted = !isQuoted;
            else if (!isQuoted && Delimiters.IndexOf(character) is >= 0 and var i) counts[i]++;
        }
        return Delimiters[Array.IndexOf(counts, counts.Max())];
    }
}
