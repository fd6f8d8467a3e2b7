using System.Text;
using ForecastEngine.Operations.Tables;

namespace ForecastEngine.Server.Api;

/// <summary>CSV that a spreadsheet may open; see <see cref="CsvCell"/>.</summary>
public static class Csv
{
    /// <summary>True when the caller asks for CSV rather than JSON.</summary>
    public static bool IsWanted(HttpRequest request) => request.GetTypedHeaders().Accept is { Count: > 0 } accept
        && accept.MaxBy(a => a.Quality ?? 1) is { } best && best.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase);

    /// <summary>Appends a line.</summary>
    public static void AppendLine(StringBuilder text, params ReadOnlySpan<object?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) text.Append(',');
            text.Append(CsvCell.Of(cells[i]));
        }
        text.Append("\r\n");
    }
}
