using Spectre.Console;
using Spectre.Console.Rendering;

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

    /// <summary>The table as Spectre draws it.</summary>
    public Table Build(Func<string, string> typeset)
    {
        var table = new Table { Border = new RuleBelowHeader(), UseSafeBorder = false };
        for (var c = 0; c < headers.Length; c++)
        {
            var right = headers[c].StartsWith('>');
            var justification = right ? Justify.Right : Justify.Left;
            table.AddColumn(new TableColumn(new Text(typeset(headers[c].TrimStart('>')), new Style(decoration: Decoration.Bold)) { Justification = justification })
            {
                Alignment = justification, Padding = new Padding(0, 0, c == headers.Length - 1 ? 0 : 2, 0), NoWrap = true,
            });
        }
        foreach (var row in _rows)
            table.AddRow(row.Select((cell, c) => (IRenderable)new Text(typeset(cell)) { Justification = headers[c].StartsWith('>') ? Justify.Right : Justify.Left }));
        return table;
    }

    private sealed class RuleBelowHeader : TableBorder
    {
        public override string GetPart(TableBorderPart part) => part is TableBorderPart.HeaderBottom or TableBorderPart.HeaderBottomSeparator ? "-" : "";

        public override string GetColumnRow(TablePart part, IReadOnlyList<int> widths, IReadOnlyList<IColumn> columns) =>
            part == TablePart.HeaderSeparator ? new string('-', Math.Max(0, widths.Sum() + columns.Sum(c => c.Padding.GetLeftSafe() + c.Padding.GetRightSafe()))) : "";
    }
}
