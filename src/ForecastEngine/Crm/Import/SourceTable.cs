namespace ForecastEngine.Crm.Import;

/// <summary>
/// One exported file as a table of text cells, row by row. Knows its header, which need not be its first row, and on
/// which line a row begins; leaves out title lines before the header and footer lines after the data, as reports have.
/// </summary>
internal abstract class SourceTable : IDisposable
{
    private const int MostTitleRows = 30, MostFooterRows = 30, LeastColumns = 3;
    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<Row> _held = new();
    private Row? _shown;
    private bool _hasNext, _isGap;

    /// <summary>A row that is kept while the rows after it are looked at.</summary>
    protected sealed record Row(string[] Cells, int Line, int Lines, bool IsBad, string Raw);

    protected SourceTable(string path) => Name = Path.GetFileName(path);

    /// <summary>Opens a file as what its content is, whatever its name ends in.</summary>
    /// <param name="path">The file.</param>
    /// <param name="map">How texts and numbers are written.</param>
    /// <param name="sheet">The sheet of a spreadsheet; null for the first.</param>
    /// <param name="isHeader">True for a row that holds the columns wanted; null or nowhere true for the first row of
    /// several cells.</param>
    /// <exception cref="ImportException">It is no table, or empty.</exception>
    public static SourceTable Open(
        string path, ImportMap map, string? sheet = null, Func<IReadOnlyList<string>, bool>? isHeader = null)
    {
        SourceTable table = FileKind.Of(path) == FileKind.Kind.Workbook
            ? new SheetTable(path, map, sheet)
            : new CsvTable(path, map);
        try
        {
            table.FindHeader(isHeader);
            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    public string Name { get; }
    public string[] Header { get; private set; } = [];

    /// <summary>Line of the header, from 1.</summary>
    public int HeaderLine { get; private set; }

    /// <summary>Lines before the header that are no part of the table.</summary>
    public int TitleRows { get; private set; }

    /// <summary>Lines after the data that are no part of the table; known at the end.</summary>
    public int FooterRows { get; private set; }

    /// <summary>What the reader should be told about how the file was read.</summary>
    public virtual IEnumerable<string> Remarks => [];

    /// <summary>The header with its cells and what parts them, and what may be wrong with that; for messages.</summary>
    public virtual (string Found, string? Advice) Shape =>
        ($"the {(Header.Length == 1 ? "single column" : "columns")} {Quoted(Header)}", null);

    /// <summary>Line on which the current row begins, from 1.</summary>
    public int Line => _shown?.Line ?? RowLine;

    /// <summary>How many lines the current row covers.</summary>
    public int Lines => _shown?.Lines ?? RowLines;

    /// <summary>True when a quote of the current row is out of place or never closed.</summary>
    public bool IsBad => _shown?.IsBad ?? IsRowBad;

    /// <summary>Number of cells of the current row.</summary>
    public int Count => _shown?.Cells.Length ?? CellCount;

    public string this[int column] => _shown is { } row ? row.Cells[column] : Cell(column);

    /// <summary>The current row as written.</summary>
    public string RawRow => _shown?.Raw ?? RowText;

    public int IndexOf(string column) => _columns.GetValueOrDefault(column, -1);

    /// <summary>True when dates are kept as numbers of days and percentages as fractions, as spreadsheets do.</summary>
    public virtual bool HasDayNumbers => false;

    /// <summary>True when a spreadsheet shows an error in the cell, such as <c>#N/A</c>.</summary>
    public virtual bool IsError(int column) => false;

    /// <summary>Goes to the next row; false at the end of the data.</summary>
    public bool Read()
    {
        if (_held.TryDequeue(out _shown)) return true;
        if (_hasNext)
        {
            _hasNext = false;
            return true;
        }
        var isAfterGap = _isGap = false;
        while (Next())
        {
            if (!IsLone()) return Show();
            if (_held.Count == 0) isAfterGap = _isGap;
            _held.Enqueue(Hold());
            if (_held.Count > MostFooterRows) return _held.TryDequeue(out _shown);
        }
        if (isAfterGap)
        {
            FooterRows = _held.Count;
            _held.Clear();
        }
        return _held.TryDequeue(out _shown);

        bool Show()
        {
            _hasNext = _held.TryDequeue(out _shown);
            return true;
        }
    }

    public abstract void Dispose();

    protected abstract int RowLine { get; }
    protected abstract int RowLines { get; }
    protected abstract bool IsRowBad { get; }
    protected abstract int CellCount { get; }
    protected abstract string RowText { get; }
    protected abstract string Cell(int column);

    /// <summary>Goes to the file's next row, empty ones too.</summary>
    protected abstract bool Advance();

    /// <summary>True when the row that <see cref="Advance"/> reached has nothing in it.</summary>
    protected abstract bool IsEmptyRow { get; }

    protected static string Quoted(IEnumerable<string> header) =>
        RejectedRows.Shorten(string.Join(", ", header.Select(h => $"\"{h}\"")));

    private bool Next()
    {
        while (Advance())
        {
            if (!IsEmptyRow) return true;
            _isGap = true;
        }
        return false;
    }

    private void FindHeader(Func<IReadOnlyList<string>, bool>? isHeader)
    {
        var rows = new List<Row>();
        var found = -1;
        while (found < 0 && rows.Count < MostTitleRows && Next())
        {
            rows.Add(Hold());
            if (isHeader?.Invoke([.. rows[^1].Cells.Select(Cleaned)]) == true) found = rows.Count - 1;
        }
        if (rows.Count == 0)
            throw new ImportException(
                Name, "an empty file", "a header line with the column names", "Export the file again, or remove it.");
        if (found < 0) found = rows.TakeWhile(r => r.Cells.Count(c => c.Length > 0) <= 1).Count();
        if (found == rows.Count) found = 0;
        (Header, HeaderLine, TitleRows) = ([.. rows[found].Cells.Select(Cleaned)], rows[found].Line, found);
        foreach (var row in rows.Skip(found + 1)) _held.Enqueue(row);
        for (var i = 0; i < Header.Length; i++) _columns.TryAdd(Header[i], i);
        if (Header.Any(h => h.Contains('\0')))
            throw new ImportException(
                $"{Name} line {HeaderLine}", "NUL bytes in the header",
                "text in UTF-8, or UTF-16 with a byte order mark", "Export the file again as UTF-8.");
    }

    private static string Cleaned(string name) => name.Trim().TrimStart('\uFEFF');

    // A line of a report around its table fills one cell.
    private bool IsLone()
    {
        if (Header.Length < LeastColumns || IsRowBad) return false;
        var filled = 0;
        for (var i = 0; i < CellCount && filled < 2; i++) if (Cell(i).Length > 0) filled++;
        return filled == 1;
    }

    private Row Hold() => new([.. Enumerable.Range(0, CellCount).Select(Cell)], RowLine, RowLines, IsRowBad, RowText);
}
