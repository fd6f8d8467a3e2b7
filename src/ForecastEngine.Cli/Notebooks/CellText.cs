using System.Text.RegularExpressions;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>A cell taken apart: its language and what is to be run.</summary>
/// <param name="IsSql">True for a query, false for C#.</param>
/// <param name="Code">The text without its marker, with as many lines.</param>
/// <param name="KeepAs">Variable that keeps a query's answer; null for none.</param>
internal sealed partial record CellText(bool IsSql, string Code, string? KeepAs)
{
    /// <summary>Takes a cell apart: <c>#!sql</c> or <c>#!sql --as name</c> in its first line makes it a query, <c>#!csharp</c> or nothing C#.</summary>
    /// <exception cref="OperationException">The marker is not known.</exception>
    public static CellText Of(string source)
    {
        var text = source.ReplaceLineEndings("\n");
        var start = text.Length - text.TrimStart().Length;
        if (!text.AsSpan(start).StartsWith("#!")) return new CellText(false, text, null);
        var end = text.IndexOf('\n', start) is >= 0 and var at ? at : text.Length;
        var (marker, rest) = (text[start..end].Trim(), text[end..]);
        if (marker is "#!csharp" or "#!c#") return new CellText(false, rest, null);
        if (SqlMarker().Match(marker) is { Success: true } sql) return new CellText(true, rest, sql.Groups[1] is { Success: true, Value: var name } ? name : null);
        throw new OperationException($"Cell: found {marker}; expected #!sql, #!sql --as <name of a variable>, #!csharp, or C# without a marker. Mend the first line.");
    }

    /// <summary>The first line with something in it, short enough to be quoted.</summary>
    public static string FirstLine(string source) =>
        source.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) is { } line ? line.Length > 60 ? line[..57] + "..." : line : "";

    [GeneratedRegex(@"^#!sql(?:\s+--as\s+([A-Za-z_]\w*))?$")]
    private static partial Regex SqlMarker();
}
