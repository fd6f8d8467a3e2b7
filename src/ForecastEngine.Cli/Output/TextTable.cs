using Spectre.Console;

namespace ForecastEngine.Cli.Output;

/// <summary>A table without frames: headers, a rule, rows. A header that starts with <c>&gt;</c> has its column aligned right.</summary>
internal sealed class TextTable(params string[] headers)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row; a cell may have several lines.</summary>
    public TextTable Row(params string[] cells)
    {
        _rows.Add(cells);
        return this;
    }

    /// <summary>The table as Spectre draws it. Spectre folds what is too wide, so cells must be short enough for the screen.</summary>
    public Table Build(Func<string, string> typeset)
    {
        var table = new Table { Border = TableBorder.None };
        string[] titles = [.. headers.Select(h => typeset(h.TrimStart('>')))];
        string[][] rows = [.. _rows.Select(r => r.Select(typeset).ToArray())];
        for (var c = 0; c < headers.Length; c++)
            table.AddColumn(new TableColumn(Cell(titles[c], c, Decoration.Bold)) { Alignment = Side(c), Padding = new Padding(0, 0, c == headers.Length - 1 ? 0 : 2, 0), NoWrap = true });
        table.AddRow(headers.Select((_, c) => Cell(new string('-', rows.Select(r => r[c]).Append(titles[c]).Max(Widest)), c)));
        foreach (var row in rows) table.AddRow(row.Select((cell, c) => Cell(cell, c)));
        return table;
    }

    private static int Widest(string cell) => cell.Split('\n').Max(line => line.Length);

    private Justify Side(int column) => headers[column].StartsWith('>') ? Justify.Right : Justify.Left;

    private Text Cell(string text, int column, Decoration decoration = Decoration.None) => new Text(text, new Style(decoration: decoration)) { Justification = Side(column) };
}
