using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace ForecastEngine.Crm.Import;

/// <summary>A table of delimited text.</summary>
internal sealed class CsvTable : SourceTable
{
    private const string Delimiters = ",;\t|";
    private const int HardCellLimit = 1 << 24, ProbedRows = 2_000, LeastShortRows = 3;
    private readonly TextSource _source;
    private readonly CsvParser _parser;
    private readonly char _delimiter, _likelyDelimiter;
    private bool _isBad;
    private bool? _dropsEmptyEnds;
    private int _line, _endLine;
    private long _shortRows;

    public CsvTable(string path, ImportMap map) : base(path)
    {
        try
        {
            _source = TextSource.Of(path, map.Encoding);
            var lines = FirstLines();
            var declared = Declared(lines);
            _likelyDelimiter = declared ?? Likely(lines);
            _delimiter = map.Delimiter ?? _likelyDelimiter;
            _parser = Parser(() => _isBad = true);
            if (declared is not null) Advance();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ImportException(
                Name, "a damaged or cut off gzip file", "a whole one", "Export or copy the file again.");
        }
    }

    public override (string Found, string? Advice) Shape =>
        ($"{base.Shape.Found} separated by '{Shown(_delimiter)}'", _likelyDelimiter == _delimiter ? null
            : $"The map declares the delimiter '{Shown(_delimiter)}', but the header seems to be separated by "
                + $"'{Shown(_likelyDelimiter)}': correct delimiter in the import map.");

    public override IEnumerable<string> Remarks
    {
        get
        {
            if (_source.Guessed is { } encoding)
                yield return $"{Name} is not UTF-8: it was read as {encoding}. Where letters look wrong, declare its "
                    + "encoding in the import map, for instance \"encoding\": \"windows-1250\".";
            if (_shortRows > 0)
                yield return $"{Name} drops empty cells at the end of a row: "
                    + $"{_shortRows} shorter rows were read with those cells empty.";
        }
    }

    protected override int RowLine => _line;
    protected override int RowLines => _isBad ? RowText.AsSpan().Count('\n') + 1 : Math.Max(1, _endLine - _line + 1);
    protected override bool IsRowBad => _isBad;
    protected override int CellCount => IsCutShort ? Header.Length : _parser.Count;
    protected override string RowText => _parser.RawRecord.TrimEnd('\r', '\n');
    protected override bool IsEmptyRow => _parser.Count <= 1 && _parser.RawRecord.AsSpan().Trim().Length == 0;

    private bool IsCutShort { get; set; }

    protected override string Cell(int column) => column < _parser.Count ? _parser[column] : "";

    public override void Dispose() => _parser.Dispose();

    protected override bool Advance()
    {
        (_isBad, IsCutShort) = (false, false);
        try
        {
            if (!_parser.Read()) return false;
        }
        catch (MaxFieldSizeException)
        {
            throw new ImportException(
                $"{Name} from line {_endLine + 1}", $"a cell of more than {HardCellLimit:N0} characters",
                "shorter cells",
                "A quote on that line is probably never closed; correct it or export the file again.");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ImportException(
                $"{Name} after line {_endLine}", "a damaged or cut off gzip file", "a whole one",
                "Export or copy the file again.");
        }
        (_line, _endLine) = (_endLine + 1, _parser.RawRow);
        if (Header.Length == 0) return true;
        // A stray quote swallows the lines after it; CsvHelper notices only in the cells that are looked at.
        if (_endLine > _line || _parser.Count != Header.Length)
            for (var i = 0; i < _parser.Count; i++) _ = _parser[i];
        if (_parser.Count < Header.Length && EndsFilled(_parser) && (_dropsEmptyEnds ??= DropsEmptyEnds()))
        {
            IsCutShort = true;
            _shortRows++;
        }
        return true;
    }

    private bool EndsFilled(CsvParser parser) => !_isBad && parser.Count > 1 && parser[parser.Count - 1].Length > 0;

    // Some programs leave the empty cells at the end of a row out. Then no row ends in an empty cell, and short rows
    // are no rarity; a row that was broken in two is.
    private bool DropsEmptyEnds()
    {
        using var probe = Parser(() => { });
        var shortRows = 0;
        for (var row = 0; row < ProbedRows && probe.Read(); row++)
        {
            if (probe.Count < 2) continue;
            if (probe[probe.Count - 1].Length == 0) return false;
            if (probe.Count < Header.Length) shortRows++;
        }
        return shortRows >= LeastShortRows;
    }

    private CsvParser Parser(Action onBad) => new(_source.Open(), new CsvConfiguration(CultureInfo.InvariantCulture)
    {
        Delimiter = _delimiter.ToString(),
        BadDataFound = _ => onBad(),
        MaxFieldSize = HardCellLimit,
        BufferSize = 1 << 16,
        ProcessFieldBufferSize = 1 << 12,
        IgnoreBlankLines = false,
    });

    private List<string> FirstLines()
    {
        using var reader = _source.Open();
        var buffer = new char[1 << 16];
        var text = new string(buffer, 0, reader.ReadBlock(buffer));
        var (lines, begin, isQuoted) = (new List<string>(), 0, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"') isQuoted = !isQuoted;
            else if (text[i] is '\r' or '\n' && !isQuoted)
            {
                if (i > begin) lines.Add(text[begin..i]);
                begin = i + 1;
            }
        }
        if (begin < text.Length) lines.Add(text[begin..]);
        return lines;
    }

    private static char? Declared(List<string> lines) =>
        lines is [{ Length: 5 } first, ..] && first.StartsWith("sep=", StringComparison.OrdinalIgnoreCase)
        && Delimiters.Contains(first[4]) ? first[4] : null;

    // The first line that has any delimiter is the header: title lines of a report have none.
    private static char Likely(List<string> lines)
    {
        foreach (var line in lines)
        {
            var counts = new int[Delimiters.Length];
            var isQuoted = false;
            foreach (var character in line)
            {
                if (character == '"') isQuoted = !isQuoted;
                else if (!isQuoted && Delimiters.IndexOf(character) is >= 0 and var i) counts[i]++;
            }
            if (counts.Max() > 0) return Delimiters[Array.IndexOf(counts, counts.Max())];
        }
        return Delimiters[0];
    }

    private static string Shown(char delimiter) => delimiter == '\t' ? "tab" : delimiter.ToString();
}
