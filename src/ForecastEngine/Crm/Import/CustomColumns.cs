using System.Runtime.InteropServices;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// Settles the kinds of the custom columns once all their cells were read, those of the history among them, and brings
/// the cells to one text for one value. In a column of numbers or days a cell that is none is left empty and reported.
/// </summary>
internal sealed class CustomColumns
{
    private readonly ImportRun _run;
    private readonly Dictionary<string, CustomColumn> _known;

    public CustomColumns(ImportRun run, OpportunityRows rows, ChangeRows history, LeadRows leads)
    {
        _run = run;
        _known = run.Options.KnownColumns.Where(c => !c.IsDeclared).ToDictionary(c => c.Name, StringComparer.Ordinal);
        foreach (var (column, c) in rows.CreatedColumns.Select((column, c) => (column, c)))
            OfDeals.Add(Settle(EntityFields.Opportunities, column, visit => OverCreated(rows, c, visit)));
        foreach (var (column, c) in rows.TrackedColumns.Select((column, c) => (column, c)))
            OfDeals.Add(Settle(EntityFields.Opportunities, column, visit => OverTracked(rows, history, c, visit)));
        foreach (var (column, c) in leads.CreatedColumns.Select((column, c) => (column, c)))
            Settle(EntityFields.Leads, column, visit => OverLeads(leads, c, visit));
        foreach (var reading in Readings.Where(r => r.LeftEmpty > 0)) run.Warnings.Add(reading.InWords());
    }

    /// <summary>Those of the deals.</summary>
    public List<CustomColumn> OfDeals { get; } = [];

    public List<ColumnReading> Readings { get; } = [];

    // What stands in a cell that is not empty, and where → what shall stand there.
    private delegate string? Visit(string text, string file, int line);

    private CustomColumn Settle(string entity, string column, Action<Visit> over)
    {
        var kinds = _run.Map.Entities[entity].Select(e => e.Kinds).FirstOrDefault(k => k.ContainsKey(column));
        var (filled, numbers, plain, days) = (0L, 0L, 0L, 0L);
        over((text, _, _) =>
        {
            filled++;
            if (Number(text) is not null) numbers++;
            if (CustomColumn.Number(text) is not null) plain++;
            if (_run.Values.TryDay(text, out _)) days++;
            return text;
        });
        var kind = kinds?[column] ?? KindOf(entity, column, filled, Math.Max(numbers, plain), days);
        var reading = new ColumnReading(entity, column, kind, kinds is not null, filled, 0, null);
        Func<string, string?>? canonical = kind switch
        {
            ValueKind.Date => text => _run.Values.TryDay(text, out var day) ? CanonicalText.Of(day) : null,
            // Numbers of another system than the map's.
            ValueKind.Number when plain > numbers => text => CustomColumn.Number(text) is null ? null : text,
            ValueKind.Number => Number,
            _ => null,
        };
        if (canonical is not null)
            over((text, file, line) =>
            {
                if (canonical(text) is { } value) return _run.Pooled(value);
                reading = LeftEmpty(reading, text, file, line);
                return null;
            });
        Readings.Add(reading);
        return new CustomColumn(column, kind, kinds is not null);
    }

    private ColumnReading LeftEmpty(ColumnReading reading, string found, string file, int line)
    {
        var (reason, expected) = reading.Kind == ValueKind.Date
            ? ("unreadable date", _run.Values.ExpectedTime) : ("unreadable number", _run.Values.ExpectedNumber);
        _run.Tally(reading.Entity).LeftEmpty(reason);
        var row = new RejectedRow(
            file, line, reading.Entity, reading.Column, RejectedRows.Shorten(found), expected, RejectedRow.LeftEmpty);
        _run.Rejected.Add(row);
        return reading with { LeftEmpty = reading.LeftEmpty + 1, First = reading.First ?? row };
    }

    // Few cells decide nothing against the many that came before.
    private ValueKind KindOf(string entity, string column, long filled, long numbers, long days) =>
        filled < CustomColumn.LeastFilled && entity == EntityFields.Opportunities
            && _known.TryGetValue(column, out var known)
            ? known.Kind
            : CustomColumn.KindOf(filled, numbers, days);

    // As the map writes numbers; with a decimal point too, where the point means nothing else there. No number of
    // thousands begins with 0.
    private string? Number(string text)
    {
        var group = _run.Map.GroupSeparator;
        if (group is not null && text.TrimStart('-') is ['0', var second, ..] && second == group) return null;
        return _run.Values.InvariantNumber(text)
            ?? (group != '.' && CustomColumn.Number(text) is not null ? text : null);
    }

    private static void OverCreated(OpportunityRows rows, int slot, Visit visit)
    {
        foreach (var row in rows.Rows)
            if (slot < row.Created.Length && row.Created[slot] is { } text)
                row.Created[slot] = visit(text, row.File, row.Line);
    }

    private static void OverTracked(OpportunityRows rows, ChangeRows history, int slot, Visit visit)
    {
        foreach (var row in rows.Rows)
            if (slot < row.Tracked.Length && row.Tracked[slot] is { } text)
                row.Tracked[slot] = visit(text, row.File, row.Line);
        var changes = CollectionsMarshal.AsSpan(history.Rows);
        foreach (var (index, file, line) in history.OfCustomColumns)
        {
            ref var change = ref changes[index];
            if (change.Field != rows.TrackedColumns[slot]) continue;
            if (change.OldValue is { } before) change.OldValue = visit(before, file, line);
            if (change.NewValue is { } after) change.NewValue = visit(after, file, line);
        }
    }

    private static void OverLeads(LeadRows leads, int slot, Visit visit)
    {
        for (var i = 0; i < leads.Created.Count; i++)
            if (leads.Created[i][slot] is { } text)
                leads.Created[i][slot] = visit(text, leads.Places[i].File, leads.Places[i].Line);
    }
}
