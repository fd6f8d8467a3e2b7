using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Cli.Notebooks.Display;

/// <summary>A table for the eye: its first rows, numbers to the right and as precise as their size asks for.</summary>
internal static class TableView
{
    // A table a little longer than what is shown of a long one is shown whole.
    private const int Whole = 15;
    private const int Rows = 10;
    private const int Width = 110;
    private const int CellWidth = 40;

    /// <summary>The table as HTML without any styling of its own, so that every reader shows it in its own way.</summary>
    public static string Html(DataFrame table)
    {
        var cells = Cells(table);
        var html = new StringBuilder("<table>\n<thead><tr>");
        foreach (var column in table.Columns) html.Append(CultureInfo.InvariantCulture, $"<th{Align(column)}>{WebUtility.HtmlEncode(column.Name)}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in cells)
        {
            html.Append("<tr>");
            for (var c = 0; c < row.Length; c++) html.Append(CultureInfo.InvariantCulture, $"<td{Align(table.Columns[c])}>{WebUtility.HtmlEncode(row[c])}</td>");
            html.Append("</tr>\n");
        }
        return html.Append(CultureInfo.InvariantCulture, $"</tbody>\n</table>\n<p>{Caption(table)}</p>").ToString();
    }

    /// <summary>The table as aligned text; columns that do not fit are named below it.</summary>
    public static string Plain(DataFrame table)
    {
        var cells = Cells(table);
        int[] widths = [.. table.Columns.Select((c, i) => cells.Select(r => Short(r[i]).Length).Append(c.Name.Length).Max())];
        var shown = 0;
        for (var total = 0; shown < widths.Length && (total += widths[shown] + 2) <= Width + 2; shown++) { }
        shown = Math.Max(1, Math.Min(shown, widths.Length));
        var text = new StringBuilder();
        if (widths.Length > 0)
        {
            Line(i => table.Columns[i].Name);
            foreach (var row in cells) Line(i => Short(row[i]));
        }
        text.Append(Caption(table));
        if (shown < widths.Length) text.Append(CultureInfo.InvariantCulture, $"\nfurther columns: {string.Join(", ", table.Columns.Skip(shown).Select(c => c.Name))}");
        return text.ToString();

        void Line(Func<int, string> cell) =>
            text.Append(string.Join("  ", Enumerable.Range(0, shown).Select(i => IsText(table.Columns[i]) ? cell(i).PadRight(widths[i]) : cell(i).PadLeft(widths[i]))).TrimEnd()).Append('\n');
    }

    private static string Caption(DataFrame table) => string.Create(CultureInfo.InvariantCulture,
        $"{table.Rows.Count:N0} rows, {table.Columns.Count} columns{(table.Rows.Count > Whole ? $"; the first {Rows} rows are shown" : "")}");

    private static int Shown(DataFrame table) => table.Rows.Count > Whole ? Rows : (int)table.Rows.Count;

    private static List<string[]> Cells(DataFrame table)
    {
        var formats = table.Columns.Select(c => FormatOf(c, Shown(table))).ToArray();
        return [.. Enumerable.Range(0, Shown(table)).Select(r => table.Columns.Select((c, i) => formats[i](c[r])).ToArray())];
    }

    private static Func<object?, string> FormatOf(DataFrameColumn column, int rows)
    {
        if (column.DataType == typeof(double) || column.DataType == typeof(float))
        {
            var largest = 0.0;
            for (long r = 0; r < rows; r++)
                if (column[r] is { } value && Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && double.IsFinite(number)) largest = Math.Max(largest, Math.Abs(number));
            var format = largest >= 1000 ? "#,0" : largest >= 10 ? "0.00" : "0.0000";
            return value => value is null ? "" : Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "";
        }
        return value => value switch
        {
            null => "",
            DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            DateTime at => at.ToString(at.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
    }

    private static string Short(string cell)
    {
        var line = cell.ReplaceLineEndings(" ");
        return line.Length <= CellWidth ? line : line[..(CellWidth - 3)] + "...";
    }

    private static string Align(DataFrameColumn column) => IsText(column) ? " align=\"left\"" : " align=\"right\"";

    private static bool IsText(DataFrameColumn column) => column.DataType == typeof(string);
}
