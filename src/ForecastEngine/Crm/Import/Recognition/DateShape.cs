namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>In which order day and month stand where a date is written in figures with the year last.</summary>
public enum DateOrder
{
    /// <summary>Day, month, year.</summary>
    DayFirst,
    /// <summary>Month, day, year.</summary>
    MonthFirst,
}

/// <summary>
/// How dates are written, told from all values: each value is counted under the ways in which it can be read. What can
/// be read in two ways counts for neither order.
/// </summary>
internal sealed class DateShape
{
    private static readonly string[] Times =
        ["", " H:mm", " H:mm:ss", " h:mm tt", " h:mm:ss tt", ", H:mm", ", H:mm:ss", ", h:mm tt", ", h:mm:ss tt"];
    private static readonly string[] Named =
    [
        "d-MMM-yyyy", "d MMM yyyy", "d. MMM yyyy", "MMM d, yyyy", "d-MMM-yy", "d/MMM/yyyy",
        "d MMMM yyyy", "d. MMMM yyyy", "MMMM d, yyyy",
    ];
    private const double FirstDayNumber = 25_000, LastDayNumber = 60_000;
    private const int Tried = 200;
    private static readonly string[] YearFirst = ["yyyy/M/d", "yyyy.M.d"];
    private readonly SortedSet<string> _fixed = new(StringComparer.Ordinal);
    private readonly SortedSet<(string Separator, bool IsShort, string Time)> _figures = [];
    private string? _last;

    /// <summary>Values looked at.</summary>
    public long All { get; private set; }

    /// <summary>Values that can be read as a date in some way.</summary>
    public long Read { get; private set; }

    /// <summary>Values that can be a spreadsheet's day numbers, of the years 1968 to 2064.</summary>
    public long DayNumbers { get; private set; }

    /// <summary>Dates in figures, year last, that can only have the day first.</summary>
    public long DayFirst { get; private set; }

    /// <summary>Those that can only have the month first.</summary>
    public long MonthFirst { get; private set; }

    /// <summary>Those that can be read in both orders and mean another day in each.</summary>
    public long Either { get; private set; }

    /// <summary>A value that can only have the day first, and one that can only have the month first.</summary>
    public (string? DayFirst, string? MonthFirst) Examples { get; private set; }

    /// <summary>Counts a value.</summary>
    public void Add(string text)
    {
        All++;
        // A column of which the first values are no dates is none; looking on would cost more than all else.
        if (IsDayNumber(text)) DayNumbers++;
        if (All > Tried && Read == 0 || text.Length is < 6 or > 30 || !char.IsAsciiLetterOrDigit(text[0])) return;
        if (IsIso(text)) { _fixed.Add("iso"); Read++; return; }
        if (IsFigures(text)) { Read++; return; }
        if (_last is not null && Fits(text, _last)) { Read++; return; }
        foreach (var day in (string[])[.. YearFirst, .. Named])
            foreach (var time in Times)
                if (Fits(text, day + time))
                {
                    _fixed.Add(_last = day + time);
                    Read++;
                    return;
                }
        if (text.Length == 13 && text.All(char.IsAsciiDigit)) { _fixed.Add("unixMilliseconds"); Read++; }
    }

    /// <summary>The formats of a map that read all of them.</summary>
    public IEnumerable<string> Formats(DateOrder order)
    {
        foreach (var format in _fixed) yield return format;
        foreach (var (separator, isShort, time) in _figures)
        {
            var year = isShort ? "yy" : "yyyy";
            yield return (order == DateOrder.DayFirst ? $"d{separator}M{separator}" : $"M{separator}d{separator}")
                + year + time;
        }
    }

    /// <summary>True where dates in figures have the year last, so that their order matters.</summary>
    public bool HasOrder => _figures.Count > 0;

    /// <summary>True where they are written with points only, which no place does with the month first.</summary>
    public bool IsPointed => _figures.Count > 0 && _figures.All(f => f.Separator[0] == '.');

    private static bool IsIso(string text) =>
        text.Length >= 10 && text[4] == '-' && text[7] == '-'
            && Plain.TryTime(text, DayEdge.Start, out _);

    private static readonly ValueParser Plain = new(NeutralMap.Map);

    private static bool Fits(string text, string format) => DateTime.TryParseExact(
        text, format, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out _);

    private static bool IsDayNumber(string text) =>
        text.Length is >= 5 and <= 16 && char.IsAsciiDigit(text[0])
            && double.TryParse(text.Replace(',', '.'), System.Globalization.NumberStyles.AllowDecimalPoint,
            System.Globalization.CultureInfo.InvariantCulture, out var day) && day is >= FirstDayNumber and <= LastDayNumber;

    // 31/1/2026, 31.01.26 14:30, 31. 1. 2026, 1-31-2026, 2:30 PM.
    private bool IsFigures(string written)
    {
        var text = written.Replace(". ", ".", StringComparison.Ordinal);
        if (written.Length - text.Length is not (0 or 2)) return false;
        var end = text.IndexOfAny([' ', ',']);
        var date = end < 0 ? text : text[..end];
        var separator = date.FirstOrDefault(c => c is '/' or '.' or '-');
        if (separator == default || date.Split(separator) is not [{ Length: 1 or 2 } first, { Length: 1 or 2 } second, { Length: 2 or 4 } year]) return false;
        if (!int.TryParse(first, out var one) || !int.TryParse(second, out var two) || !int.TryParse(year, out _)) return false;
        var time = end < 0 ? "" : Array.Find(Times, t => t.Length > 0 && Fits("1.1.2026" + text[end..].Replace('\u202F', ' '), "d.M.yyyy" + t));
        if (time is null) return false;
        var (asDay, asMonth) = (IsDay(one, two), IsDay(two, one));
        if (!asDay && !asMonth) return false;
        _figures.Add((text.Length == written.Length ? separator.ToString() : ". ", year.Length == 2, time));
        if (asDay && asMonth) Either += one == two ? 0 : 1;
        else if (asDay) { DayFirst++; Examples = (Examples.DayFirst ?? written, Examples.MonthFirst); }
        else { MonthFirst++; Examples = (Examples.DayFirst, Examples.MonthFirst ?? written); }
        return true;

        static bool IsDay(int day, int month) => day is >= 1 and <= 31 && month is >= 1 and <= 12;
    }
}

/// <summary>A map that knows nothing of a CRM: how values look before anything is known of their file.</summary>
internal static class NeutralMap
{
    public static ImportMap Map { get; } = new()
    {
        Name = "none", Currency = "XXX", Entities = new Dictionary<string, IReadOnlyList<EntityMap>>(),
    };
}
