namespace ForecastEngine.Crm.Import;

/// <summary>A deal as its export row shows it: current values, which are not yet values at birth.</summary>
internal sealed class OpportunityRow
{
    public required string Id;
    public string? Name, AccountId, LeadId, OwnerId, ProductId, Source, Region, Segment, Stage, Pipeline, ForecastCategory, LossReason, Currency;
    public string File = "";
    public int Line;
    public DateTimeOffset CreatedAt, RecordedAt;
    public DateTimeOffset? ModifiedAt;
    public bool IsCreatedDayOnly, IsBornAtExport, IsBornAtFirstSign, IsCloseDayOnly;
    public string? Gone;
    public decimal? Amount;
    public Money? Actual;
    public DateTimeOffset? ActualAt;
    public DateOnly? PlannedCloseOn;
    public double? CrmProbability;
    public DateTimeOffset? ClosedAt;
    public DateOnly? CloseOn;
    public string?[] Created = [], Tracked = [], Unknown = [];
    public StageTime[] StageTimes = [];
}

/// <summary>Reads the opportunities, and remembers which were set aside so that their history can be explained.</summary>
internal sealed class OpportunityRows
{
    private const int SampledForSuspicion = 50_000;
    private readonly Dictionary<string, (int Index, long Content)> _known = new(StringComparer.Ordinal);
    private readonly StageBook _book;
    private readonly IReadOnlyDictionary<string, Stage> _stages;

    public OpportunityRows(ImportRun run)
    {
        (_book, _stages) = (run.Stages, run.Stages.ByName);
        var columns = run.Map.Entities[EntityFields.Opportunities].SelectMany(e => e.Columns).ToList();
        CreatedColumns = [.. columns.Where(c => c.Value == ColumnKind.Created).Select(c => c.Key).Distinct(StringComparer.Ordinal)];
        TrackedColumns = [.. columns.Where(c => c.Value == ColumnKind.Tracked).Select(c => c.Key).Distinct(StringComparer.Ordinal)];
        foreach (var rows in run.Open(EntityFields.Opportunities)) Read(run, rows);
        if (Gone.Keys.Any(_known.ContainsKey)) LeaveOutGone();
    }

    public List<OpportunityRow> Rows { get; } = [];
    public HashSet<string> SetAside { get; } = new(StringComparer.Ordinal);

    /// <summary>Deals that the export says are gone, and why: a value of <see cref="OpportunityField.Gone"/>.</summary>
    public Dictionary<string, string> Gone { get; } = new(StringComparer.Ordinal);

    /// <summary>Deals that the map leaves out, and why. They are there, but nothing is said of them.</summary>
    public Dictionary<string, string> LeftOut { get; } = new(StringComparer.Ordinal);
    public string[] CreatedColumns { get; }
    public string[] TrackedColumns { get; }
    public List<string> UnknownColumns { get; } = [];
    public IReadOnlyDictionary<string, Stage> Stages => _stages;

    /// <summary>Fields that the map reads from a column, in any of the files.</summary>
    public HashSet<string> Mapped { get; } = new(StringComparer.Ordinal);

    /// <summary>Why rows of a deal are left out with it; null where they are not.</summary>
    public string? WhyLeftOut(string? id) =>
        id is not null && IndexOf(id) < 0 && LeftOut.TryGetValue(id, out var reason) ? "of a deal left out: " + reason : null;

    public int IndexOf(string id) => _known.TryGetValue(id, out var known) ? known.Index : -1;

    public bool IsClosed(string? stage) => stage is not null && _stages.TryGetValue(stage, out var found) && found.Kind != StageKind.Open;

    public bool IsWon(string? stage) => stage is not null && _stages.TryGetValue(stage, out var found) && found.Kind == StageKind.Won;

    // A deal that a later row says was merged away.
    private void LeaveOutGone()
    {
        Rows.RemoveAll(r => Gone.ContainsKey(r.Id));
        foreach (var id in Gone.Keys) _known.Remove(id);
        for (var i = 0; i < Rows.Count; i++) _known[Rows[i].Id] = (i, _known[Rows[i].Id].Content);
    }

    private void Read(ImportRun run, RowReader rows)
    {
        var fields = EntityFields.Of(EntityFields.Opportunities).ToDictionary(f => f, rows.Field, StringComparer.Ordinal);
        if (fields["pipeline"] is { } process && !_book.Pipelines.Any())
        {
            run.Warnings.Add($"The stages are of no pipelines, so the column \"{process.Column}\" of {rows.File} tells nothing; it was not used.");
            fields["pipeline"] = null;
        }
        foreach (var (name, bound) in fields) if (bound is not null) Mapped.Add(name);
        if (run.Map.Outcome is not null) Mapped.Add("stage");
        if (fields["amount"]?.Sources.Any(s => s.Currency is not null) == true) Mapped.Add("currency");
        var outcome = run.Map.Outcome is { } o ? rows.FirstOf(o.Columns) : -1;
        if (run.Map.Outcome is { } missing && outcome < 0)
            throw new ImportException($"{rows.File} line {rows.HeaderLine}", "no such column", $"a column {string.Join(" or ", missing.Columns.Select(c => $"\"{c}\""))} that tells the outcome", "Export it, or correct outcome in the import map.");
        var created = Positions(rows, CreatedColumns);
        var tracked = Positions(rows, TrackedColumns);
        var unknown = rows.Unknown.Select(u => (u.Index, Slot: Slot(u.Name))).ToArray();
        var stageTimes = new StageTimes(rows, _book, fields["stageSince"], run);
        var newest = run.Map.RepeatedIds == RepeatedId.Newest;
        rows.LeftOut = reason => LeaveOut(run, rows, fields, reason);
        while (rows.Next())
        {
            if (IsGone(run, rows, fields)) continue;
            var pipeline = PipelineOf(rows, fields);
            if (pipeline is { IsRevenue: false })
            {
                var reason = $"the pipeline {pipeline.Name} is no revenue";
                rows.Skip(reason);
                LeaveOut(run, rows, fields, reason);
                rows.Accept();
                continue;
            }
            var row = ReadRow(run, rows, fields, outcome, pipeline?.Name);
            (row.File, row.Line) = (rows.File, rows.Line);
            if (rows.IsFaulty) { if (row.Id.Length > 0) SetAside.Add(row.Id); rows.Accept(); continue; }
            row.StageTimes = stageTimes.Read(row.Stage, pipeline?.Name);
            row.Created = Values(rows, created, run);
            row.Tracked = Values(rows, tracked, run);
            if (unknown.Length > 0 && Rows.Count < SampledForSuspicion)
            {
                row.Unknown = new string?[UnknownColumns.Count];
                foreach (var (index, slot) in unknown) row.Unknown[slot] = run.Pooled(rows.Raw(index));
            }
            if (rows.IsFaulty) { SetAside.Add(row.Id); rows.Accept(); continue; }
            var content = ContentOf(row);
            if (_known.TryGetValue(row.Id, out var known))
            {
                if (known.Content == content) rows.Repeats("repeated row", row.Id, "each row once");
                else if (newest)
                {
                    rows.Skip("repeated id: the newest row counts");
                    rows.Accept();
                    if (row.ModifiedAt < Rows[known.Index].ModifiedAt) continue;
                    Saw(run, row);
                    Rows[known.Index] = row;
                    _known[row.Id] = (known.Index, content);
                }
                else { rows.Reject("duplicate id", fields["id"]!.Column, row.Id, "an id that no other row has; the first row was kept"); rows.Accept(); }
                continue;
            }
            rows.Accept();
            Saw(run, row);
            _known.Add(row.Id, (Rows.Count, content));
            Rows.Add(row);
        }
        if (fields["createdAt"]?.Map.ElseExportedAt == true && Rows.Count(r => r.IsBornAtExport) is > 0 and var unborn)
            run.Warnings.Add($"{unborn} opportunities have no creation time; as the map declares, they are born at the time of the export.");
    }

    // Of a deal that is gone its id is enough: a row of the recycle bin need not be sound. One that others were merged
    // into names them.
    private bool IsGone(ImportRun run, RowReader rows, Dictionary<string, BoundField?> f)
    {
        if (rows.Text(f["id"]) is not { } id) return false;
        // Of two that name each other the first that does stays.
        foreach (var merged in (Gone.ContainsKey(id) ? "" : rows.Text(f["mergedIds"]) ?? "").Split(MergeSeparators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (merged != id) Gone[run.Pooled(merged)!] = OpportunityField.MergedInto + id;
        var into = rows.Text(f["mergedInto"]);
        if (into is null && !rows.Flag(f["deleted"])) return false;
        Gone[id] = into is null ? OpportunityField.Deleted : OpportunityField.MergedInto + into;
        Date(run, rows, f);
        rows.Skip(into is null ? "deleted in the CRM" : "merged into another");
        rows.Accept();
        return true;
    }

    // Of a deal that the map leaves out it is known that it is there.
    private void LeaveOut(ImportRun run, RowReader rows, Dictionary<string, BoundField?> f, string reason)
    {
        if (rows.Text(f["id"]) is { } id) LeftOut[id] = reason;
        Date(run, rows, f);
    }

    // What is not read further still tells when the export was made.
    private static void Date(ImportRun run, RowReader rows, Dictionary<string, BoundField?> f)
    {
        foreach (var (name, isStamp) in ((string, bool)[])[("createdAt", false), ("modifiedAt", true)])
        {
            if (rows.Text(f[name]) is not { } text || !run.Values.TryTime(text, DayEdge.Start, out var moment)) continue;
            if (isStamp) run.ExportTime.Stamped(moment.At);
            else run.ExportTime.Created(moment.At);
        }
    }

    private static readonly char[] MergeSeparators = [';', ',', ' ', '|'];

    // As the row says, else as its stage does.
    private SalesPipeline? PipelineOf(RowReader rows, Dictionary<string, BoundField?> f)
    {
        // A map without pipelines has one process, whatever the column says.
        if (!_book.Pipelines.Any()) return null;
        if (f["pipeline"] is { } field && rows.Text(field) is not null) return rows.Pipeline(field, _book);
        return rows.Text(f["stage"]) is { } text && _book.Find(text, null) is { Pipeline: { } name } ? _book.Pipeline(name) : null;
    }

    private OpportunityRow ReadRow(ImportRun run, RowReader rows, Dictionary<string, BoundField?> f, int outcome, string? pipeline)
    {
        var currency = rows.Currency(f["currency"]);
        var amount = rows.Amount(f["amount"], currency);
        var row = new OpportunityRow
        {
            Id = rows.Needed(f["id"]), Name = rows.Text(f["name"]), Currency = amount is { } money ? money.Currency : currency,
            AccountId = rows.Pooled(f["accountId"]), LeadId = rows.Text(f["leadId"]), OwnerId = rows.Pooled(f["ownerId"]), ProductId = rows.Pooled(f["productId"]),
            Source = rows.Pooled(f["source"]), Region = rows.Pooled(f["region"]), Segment = rows.Pooled(f["segment"]),
            Stage = rows.Stage(f["stage"], pipeline, _book)?.Name, Pipeline = pipeline, Amount = amount?.Amount, Actual = rows.Amount(f["actualAmount"], currency), PlannedCloseOn = rows.Day(f["plannedCloseOn"]),
            CrmProbability = rows.Probability(f["crmProbability"]), ForecastCategory = rows.Pooled(f["forecastCategory"]), LossReason = rows.Pooled(f["lossReason"]),
        };
        if (outcome >= 0) row.Stage = Decide(run, rows, outcome, row);
        if (rows.Time(f["createdAt"], DayEdge.Start) is { } born) (row.CreatedAt, row.IsCreatedDayOnly) = (born.At, born.IsDayOnly);
        else if (f["createdAt"] is not { } creation || creation.Map.ElseFirstSign) row.IsBornAtFirstSign = true;
        else if (creation.Map.ElseExportedAt) row.IsBornAtExport = true;
        else if (!rows.IsFaulty) rows.Reject("no createdAt", creation.Column, "", "the time of creation; where the CRM has none, set ifEmpty of createdAt to firstSign in the import map");
        if (row.IsBornAtExport && IsClosed(row.Stage)) rows.Reject("no createdAt", f["createdAt"]!.Column, "", "the time of creation: the deal is closed already");
        row.RecordedAt = rows.Time(f["recordedAt"], DayEdge.End)?.At ?? row.CreatedAt;
        row.ModifiedAt = rows.Time(f["modifiedAt"], DayEdge.Start)?.At;
        if (IsClosed(row.Stage) && rows.Time(f["closedAt"], DayEdge.End) is { } closed)
            (row.ClosedAt, row.IsCloseDayOnly, row.CloseOn) = (closed.At, closed.IsDayOnly, run.Values.DayOf(closed.At));
        return row;
    }

    // The outcome column speaks last: a deal lost in the stage Negotiation stands in a lost stage now.
    private string? Decide(ImportRun run, RowReader rows, int column, OpportunityRow row)
    {
        var (stage, pipeline) = (row.Stage, row.Pipeline);
        var value = rows.Raw(column) ?? "";
        if (!run.Map.Outcome!.Values.TryGetValue(value, out var meant))
        {
            if (value.Length == 0) return stage;
            rows.Reject("unknown outcome", rows.ColumnAt(column), value, "one of " + string.Join(", ", run.Map.Outcome.Values.Keys));
            return stage;
        }
        if (meant is null || IsClosed(stage)) return stage;
        if (_book.Find(meant, pipeline) is { } closed) return closed.Name;
        rows.Reject("unknown stage", rows.ColumnAt(column), meant, "one of " + string.Join(", ", _book.LabelsIn(pipeline)));
        return stage;
    }

    private void Saw(ImportRun run, OpportunityRow row)
    {
        if (!row.IsBornAtExport && !row.IsBornAtFirstSign)
        {
            run.Saw(row.CreatedAt);
            run.ExportTime.Created(row.CreatedAt);
            run.ExportTime.Created(row.RecordedAt);
        }
        if (row.ModifiedAt is { } modified)
        {
            run.ExportTime.Stamped(modified);
            run.ExportTime.TellsAll();
        }
        if (row.ClosedAt is { } closed && _stages[row.Stage!].Kind == StageKind.Won) run.ExportTime.Sold(closed);
    }

    private static (int Index, int Slot)[] Positions(RowReader rows, string[] columns) =>
        [.. columns.Select((c, slot) => (Index: rows.IndexOf(c), slot)).Where(p => p.Index >= 0)];

    private static string?[] Values(RowReader rows, (int Index, int Slot)[] positions, ImportRun run)
    {
        if (positions.Length == 0) return [];
        var values = new string?[positions.Max(p => p.Slot) + 1];
        foreach (var (index, slot) in positions) values[slot] = run.Pooled(rows.Raw(index));
        return values;
    }

    private int Slot(string column)
    {
        if (UnknownColumns.IndexOf(column) is >= 0 and var slot) return slot;
        UnknownColumns.Add(column);
        return UnknownColumns.Count - 1;
    }

    private static long ContentOf(OpportunityRow r) => Statistics.CounterRandom.HashOf(string.Join('\u001F',
        (IEnumerable<object?>)[r.Name, r.CreatedAt.UtcTicks, r.RecordedAt.UtcTicks, r.AccountId, r.LeadId, r.OwnerId, r.ProductId, r.Source, r.Region, r.Segment, r.Stage,
            r.Amount, r.Actual, r.Currency, r.PlannedCloseOn?.DayNumber, r.CrmProbability, r.ForecastCategory, r.ClosedAt?.UtcTicks, r.LossReason, r.ModifiedAt?.UtcTicks, .. r.Created, .. r.Tracked, .. r.StageTimes]));
}
