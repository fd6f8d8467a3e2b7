namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>What becomes of each column of the files that are read.</summary>
internal sealed class ColumnVerdicts(LayoutMatch match, DealRows rows, StageReading stages)
{
    private const double SuspiciousStrength = 0.95, MostlyRead = 0.95, FilledLater = 0.1, Unique = 0.5;
    private const int LongestLevel = 60, FewRows = 20;

    /// <summary>All columns in the order of the files.</summary>
    public List<ColumnUnderstood> Read()
    {
        var ended = rows.All().Select(r => (r.Table, r.Cells, Kind: stages.KindOf(r))).ToList();
        var columns = new List<ColumnUnderstood>();
        foreach (var (table, source) in match.Files)
        {
            var isDeals = source.Entity == EntityFields.Opportunities;
            var fields = FieldsOf(source, table);
            for (var i = 0; i < table.Columns.Length; i++)
            {
                var column = table.Columns[i];
                var field = fields.GetValueOrDefault(column.Name);
                var use = field is not null ? ColumnUse.Field
                    : isDeals && EnteredStage(source, column.Name) is not null && column.Filled > 0 ? ColumnUse.Entered
                    : column.Filled == 0 ? ColumnUse.Empty
                    : IsDeclared(source, column.Name) is { } declared ? declared
                    : !isDeals ? ColumnUse.NotRead
                    : Judge(column, i, [.. ended.Where(e => e.Table == table).Select(e => (e.Cells, e.Kind))]);
                columns.Add(new ColumnUnderstood(table.File, column.Name, use, field, KindOf(column), column.FilledShare, column.Levels.Count));
            }
        }
        return columns;
    }

    /// <summary>How the values of a column read.</summary>
    public static string KindOf(ColumnProfile column) => column.Filled == 0 ? "empty"
        : column.Numbers.Read >= MostlyRead * column.Filled ? "number"
        : column.Dates.Read >= MostlyRead * column.Filled ? "date"
        : column.HasMore || column.Levels.Count > Unique * column.Filled && column.Filled >= FewRows || column.Levels.Keys.Any(v => v.Length > LongestLevel) ? "text"
        : "category";

    /// <summary>The stage that a column tells the entry into; null where it tells none.</summary>
    public static string? EnteredStage(MapSource source, string column)
    {
        foreach (var pattern in MapLayout.TextsOf(source.Json["enteredPattern"]))
            if (System.Text.RegularExpressions.Regex.Match(column, pattern) is { Success: true } found) return found.Groups["stage"].Value;
        return source.Json["entered"]?[column]?.GetValue<string>();
    }

    // The columns that the fields really take: of alternatives all that the file has.
    private Dictionary<string, string> FieldsOf(MapSource source, TableProfile table)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (field, columns) in source.Fields)
            foreach (var column in columns)
                if (table.Find(column) is not null) fields.TryAdd(column, field);
        if (source.Entity == EntityFields.Opportunities && match.OutcomeOf(table) is { } outcome) fields.TryAdd(outcome, "outcome");
        return fields;
    }

    private static ColumnUse? IsDeclared(MapSource source, string column)
    {
        foreach (var (name, kind) in source.Json["columns"] as System.Text.Json.Nodes.JsonObject ?? [])
            if (string.Equals(name, column, StringComparison.OrdinalIgnoreCase))
                return (kind as System.Text.Json.Nodes.JsonObject)?["known"]?.GetValue<string>() is "created" or "tracked"
                    || kind is System.Text.Json.Nodes.JsonValue value && value.GetValue<string>() is "created" or "tracked" ? ColumnUse.Created : ColumnUse.NotNeeded;
        return null;
    }

    // A column that no map knows may tell about winning if it was there when the deal was created. Whether it was nobody
    // says: what closed deals have more often than open ones was not, nor was what tells the outcome by itself.
    private static ColumnUse Judge(ColumnProfile column, int index, IReadOnlyList<(string[] Cells, StageKind? Kind)> deals)
    {
        var blanksCount = column.Filled < column.Rows;
        if (column.Levels.Count == 1 && !column.HasMore && !blanksCount) return ColumnUse.OneValue;
        switch (KindOf(column))
        {
            case "date": return ColumnUse.UnknownDate;
            case "text": return ColumnUse.NearlyUnique;
        }
        var closed = deals.Where(d => d.Kind is StageKind.Won or StageKind.Lost)
            .Select(d => ((string?)(d.Cells[index].Length == 0 ? null : d.Cells[index]), d.Kind == StageKind.Won)).ToList();
        if (LeakageTest.Test(closed) is { } test && test.Strength >= SuspiciousStrength) return ColumnUse.LooksLikeALeak;
        var open = deals.Where(d => d.Kind == StageKind.Open).Select(d => d.Cells[index].Length > 0).ToList();
        var filled = closed.Count == 0 ? 0 : closed.Average(c => c.Item1 is null ? 0.0 : 1);
        return open.Count >= FewRows && closed.Count >= FewRows && filled - open.Average(o => o ? 1.0 : 0) > FilledLater
            ? ColumnUse.FilledInLater : ColumnUse.Created;
    }
}
