using System.Globalization;
using System.IO.Compression;
using System.Xml;
using MiniExcelLibs;
using MiniExcelLibs.OpenXml;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// A sheet of an .xlsx workbook, read row by row. Numbers become texts as the map writes numbers, dates ISO texts, a
/// formula what it last came to. Hidden columns are read.
/// </summary>
internal sealed class SheetTable : SourceTable
{
    private const int DaysFrom1904 = 1462;
    private static readonly HashSet<string> Errors = new(StringComparer.Ordinal)
        { "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA" };
    private readonly FileStream _stream;
    private readonly IEnumerator<object> _rows;
    private readonly char _decimalSeparator;
    private readonly bool _is1904;
    private string[] _cells = [];
    private int _line, _count;

    public SheetTable(string path, ImportMap map, string? sheet) : base(path)
    {
        _decimalSeparator = map.DecimalSeparator;
        _is1904 = Counts1904(path);
        if (sheet is not null && MiniExcel.GetSheetNames(path) is var names && !names.Contains(sheet))
            throw new ImportException(
                Name, "the sheets " + Quoted(names), $"a sheet \"{sheet}\"",
                "Correct sheet in the import map, or choose another sheet.");
        _stream = File.OpenRead(path);
        var configuration = new OpenXmlConfiguration { EnableSharedStringCache = false };
        _rows = _stream.Query(sheetName: sheet, excelType: ExcelType.XLSX, configuration: configuration)
            .Cast<object>()
            .GetEnumerator();
    }

    public override bool HasDayNumbers => true;

    protected override int RowLine => _line;
    protected override int RowLines => 1;
    protected override bool IsRowBad => false;
    protected override int CellCount => Header.Length > 0 ? Header.Length : _count;
    protected override string RowText => string.Join(" | ", _cells.Take(_count));
    protected override bool IsEmptyRow => _count == 0;

    public override bool IsError(int column) => Errors.Contains(this[column]);

    protected override string Cell(int column) => column < _count ? _cells[column] : "";

    public override void Dispose()
    {
        _rows.Dispose();
        _stream.Dispose();
    }

    protected override bool Advance()
    {
        try
        {
            if (!_rows.MoveNext()) return false;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or XmlException
            or InvalidOperationException or FormatException)
        {
            throw Damaged(Name, _line);
        }
        var row = (IDictionary<string, object?>)_rows.Current;
        if (_cells.Length < row.Count) _cells = new string[row.Count];
        (_line, _count) = (_line + 1, 0);
        var column = 0;
        foreach (var (_, value) in row)
        {
            var text = _cells[column++] = TextOf(value);
            if (text.Length > 0) _count = column;
        }
        return true;
    }

    private string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        double number => TextOf(number),
        DateTime time => TextOf(_is1904 ? time.AddDays(DaysFrom1904) : time),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private string TextOf(double number)
    {
        var text = Math.Abs(number) < 1e15
            ? ((decimal)number).ToString(CultureInfo.InvariantCulture)
            : number.ToString("R", CultureInfo.InvariantCulture);
        return _decimalSeparator == '.' ? text : text.Replace('.', _decimalSeparator);
    }

    // A day number holds a time to some microseconds only.
    private static string TextOf(DateTime time)
    {
        const long second = TimeSpan.TicksPerSecond;
        time = new DateTime((time.Ticks + second / 2) / second * second);
        var format = time.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss";
        return time.ToString(format, CultureInfo.InvariantCulture);
    }

    private static bool Counts1904(string path)
    {
        var name = Path.GetFileName(path);
        try
        {
            using var zip = ZipFile.OpenRead(path);
            if (zip.GetEntry("xl/workbook.xml") is not { } workbook)
                throw new ImportException(
                    name, "a zip archive without an .xlsx workbook in it", "an .xlsx workbook, or CSV",
                    "Unpack the archive, or save the workbook as .xlsx or CSV.");
            using var reader = new StreamReader(workbook.Open());
            var text = reader.ReadToEnd();
            return text.Contains("date1904=\"1\"", StringComparison.Ordinal)
                || text.Contains("date1904=\"true\"", StringComparison.Ordinal);
        }
        catch (InvalidDataException)
        {
            throw Damaged(name, 0);
        }
    }

    private static ImportException Damaged(string name, int line) =>
        new(
            line == 0 ? name : $"{name} after row {line}", "a damaged or cut off workbook", "a whole one",
            "Open it in a spreadsheet program and save it again, or export it again.");
}
