using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ForecastEngine.Backtesting.Report;

/// <summary>Writes elements; whatever is text is encoded.</summary>
internal sealed class Html(TextWriter writer)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Text as it may stand in an element or a quoted attribute.</summary>
    public static string Encode(string text) => Encoder.Encode(text);

    /// <summary>Markup of our own, as it is.</summary>
    public void Raw(string markup) => writer.Write(markup + "\n");

    /// <summary>An element with a text.</summary>
    public void Text(string element, string text, string style = "") => Raw($"<{element}{(style.Length > 0 ? $" class=\"{style}\"" : "")}>{Encode(text)}</{element}>");

    /// <summary>A table that scrolls by itself where it is too wide. A column that starts with <c>&gt;</c> is aligned right.</summary>
    public void Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        string Side(int column) => columns[column].StartsWith('>') ? " class=\"r\"" : "";
        Raw($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{Encode(caption)}\"><table><caption>{Encode(caption)}</caption>");
        Raw($"<thead><tr>{string.Concat(columns.Select((c, i) => $"<th scope=\"col\"{Side(i)}>{Encode(c.TrimStart('>'))}</th>"))}</tr></thead><tbody>");
        foreach (var row in rows)
            Raw($"<tr>{string.Concat(row.Select((cell, i) => i == 0 ? $"<th scope=\"row\"{Side(i)}>{Encode(cell)}</th>" : $"<td{Side(i)}>{Encode(cell)}</td>"))}</tr>");
        Raw("</tbody></table></div>");
    }
}
