using ForecastEngine.Operations;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Cli.Output;

/// <summary>The columns of the deals as a table; 80 columns wide.</summary>
internal static class ColumnsView
{
    /// <summary>All columns, then why some are left out.</summary>
    public static void Show(Screen screen, ShowColumnsResult result)
    {
        screen.Title($"Columns of {Format.Count(result.Deals)} deals, {Format.Count(result.Closed)} of them closed, "
            + $"as of {Format.Date(result.AsOf)}");
        if (result.Columns.Count == 0)
            screen.Line("No column of the deals has a value: map some as fields, or as columns known at creation.");
        else ShowTable(screen, result.Columns);
        List<string> leftOut =
        [
            .. result.Columns.Select(c => c.Column).Where(c => c.Use != ColumnUse.Used)
                .Select(c => $"{c.Name}: {c.WhyNot()}"),
            .. result.Outside.Select(o => $"{o.Name}: {Words(o.Reason)}"),
        ];
        if (leftOut.Count == 0) return;
        screen.Title("Left out");
        screen.Items(leftOut);
    }

    private static void ShowTable(Screen screen, IReadOnlyList<ColumnAnswer> columns)
    {
        var table = new TextTable(
            "Column", "Read as", ">Missing", ">Levels", ">AUC\nalone", ">Std.\nerror", "Feature");
        foreach (var (column, features, alone) in columns)
            table.Row(Format.Name(column.Name, 18), Kind(column), Format.Percent(column.MissingShare),
                Format.Count(column.Levels), Format.Score(alone?.Auc), Format.Score(alone?.StandardError),
                column.Use == ColumnUse.Used ? Names(features) : "left out");
        screen.Table(table);
        screen.Line("AUC alone: win rates by the value at creation, learnt on the 80 % of the closed deals that were "
            + "closed first, judged on the others; 0.5 is a coin, a dash says that too few are closed to tell. "
            + "Missing: without a value at creation.");
    }

    private static string Kind(DealColumn column) => column.IsText ? "text" : column.Kind.ToString().ToLowerInvariant();

    private static string Names(IReadOnlyList<string> features)
    {
        var shown = string.Join('\n', features.Take(2).Select(f => Format.Name(f, 19)));
        return features.Count > 2 ? $"{shown}\nand {features.Count - 2} more" : shown;
    }

    private static string Words(ColumnOutside reason) => reason switch
    {
        ColumnOutside.Refused => "it tells the outcome almost by itself, so the import refused it",
        ColumnOutside.NotInFile => "the import map names it, and the export lacks it",
        ColumnOutside.Ignored => "the import map ignores it",
        _ => "the import map does not mention it",
    };
}
