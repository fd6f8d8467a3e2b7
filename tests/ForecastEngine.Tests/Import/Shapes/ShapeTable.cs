using System.Text;

namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>A column of an export: its header by language, empty where the label is not known, and its cells.</summary>
internal sealed record ShapeColumn(string En, Func<ShapeDeal, string> Cell, string De = "", string Fr = "", string It = "", string Es = "", string Sl = "")
{
    public string Header(string language) => language switch { "de" => De, "fr" => Fr, "it" => It, "es" => Es, "sl" => Sl, _ => En };
}

/// <summary>One file of an export as a table, the header first, from which a csv file or a sheet can be written.</summary>
internal sealed record ShapeTable(string File, IReadOnlyList<string[]> Rows)
{
    /// <summary>Lines that the product puts under the table.</summary>
    public IReadOnlyList<string> Footer { get; init; } = [];
    public Encoding Encoding { get; init; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    /// <summary>True where the product quotes only the cells that need it.</summary>
    public bool IsQuotedOnNeed { get; init; }

    /// <summary>The columns whose header is known in a language, one row for each deal.</summary>
    public static ShapeTable Of(string file, string language, IReadOnlyList<ShapeDeal> deals, IReadOnlyList<ShapeColumn> columns)
    {
        var known = columns.Where(c => c.Header(language).Length > 0).ToList();
        return new ShapeTable(file, [[.. known.Select(c => c.Header(language))], .. deals.Select(d => known.Select(c => c.Cell(d)).ToArray())]);
    }

    public void WriteCsv(string folder)
    {
        var text = new StringBuilder();
        foreach (var row in Rows) text.AppendJoin(',', row.Select(Quoted)).Append("\r\n");
        foreach (var line in Footer) text.Append(line).Append("\r\n");
        System.IO.File.WriteAllBytes(Path.Combine(folder, File), [.. Encoding.GetPreamble(), .. Encoding.GetBytes(text.ToString())]);
    }

    private string Quoted(string cell) =>
        IsQuotedOnNeed && cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
