using System.Globalization;

namespace ForecastEngine.Operations.Tables;

/// <summary>
/// A value as a cell of a CSV file that a spreadsheet may open: a text that begins as a formula does (<c>= + - @</c>, a tab or a
/// line break) gets an apostrophe in front, so that it is shown and not run. Numbers, dates and instants are written in invariant
/// form, numbers with the fewest digits that give the same number back.
/// </summary>
public static class CsvCell
{
    // The full-width forms too: some spreadsheets read them alike.
    private const string Starts = "=+-@＝＋－＠";

    /// <summary>ISO 8601 with as many decimals of the second as are not zero; ends in Z where the time is UTC.</summary>
    internal const string InstantFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";

    /// <summary>The cell, quoted where it must be; empty for null.</summary>
    public static string Of(object? value) => value switch
    {
        null => "",
        string text => OfText(text),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime instant => instant.ToString(InstantFormat, CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => OfText(value.ToString() ?? ""),
    };

    /// <summary>A text as a cell.</summary>
    public static string OfText(string text) => Quoted(IsFormula(text) ? "'" + text : text);

    private static bool IsFormula(string text) => text.Length > 0 && (text[0] is '\t' or '\r' or '\n' || text.AsSpan().TrimStart() is [var first, ..] && Starts.Contains(first));

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n\t") || text.StartsWith('\'') || text.AsSpan().Trim().Length != text.Length
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
