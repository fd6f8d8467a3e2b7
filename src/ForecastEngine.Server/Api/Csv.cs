using System.Globalization;
using System.Text;

namespace ForecastEngine.Server.Api;

/// <summary>
/// CSV that a spreadsheet may open: a text that begins as a formula does (<c>= + - @</c>, a tab or a line break) gets an
/// apostrophe in front, so that it is shown and not run. Numbers and dates are written in invariant form.
/// </summary>
public static class Csv
{
    // The full-width forms too: some spreadsheets read them alike.
    private const string Starts = "=+-@＝＋－＠";

    /// <summary>True when the caller asks for CSV rather than JSON.</summary>
    public static bool IsWanted(HttpRequest request) => request.GetTypedHeaders().Accept is { Count: > 0 } accept
        && accept.MaxBy(a => a.Quality ?? 1) is { } best && best.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase);

    /// <summary>Appends a line.</summary>
    public static void AppendLine(StringBuilder text, params ReadOnlySpan<object?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) text.Append(',');
            text.Append(Cell(cells[i]));
        }
        text.Append("\r\n");
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        decimal number => number.ToString(CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        string text => Quoted(Harmless(text)),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => Quoted(Harmless(value.ToString() ?? "")),
    };

    private static string Harmless(string text) => IsFormula(text) ? "'" + text : text;

    private static bool IsFormula(string text) => text.Length > 0 && (text[0] is '\t' or '\r' or '\n' || text.TrimStart() is [var first, ..] && Starts.Contains(first));

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n\t") || text.StartsWith('\'') || text != text.Trim() ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
