namespace ForecastEngine.Crm.Import;

/// <summary>When a deal entered a stage, as a column of its own row tells it.</summary>
internal readonly record struct StageTime(string Stage, Moment At);

/// <summary>
/// The columns of a file of opportunities that hold the times at which a deal entered its stages, as exports from a
/// CRM's screens have them: one column for each stage (HubSpot, Dynamics), or one for the present stage alone
/// (Salesforce, Pipedrive).
/// </summary>
internal sealed class StageTimes
{
    private readonly RowReader _rows;
    private readonly List<(BoundField Field, string Label)> _columns = [];
    private readonly BoundField? _since;
    private readonly StageBook _book;

    public StageTimes(RowReader rows, StageBook book, BoundField? since, ImportRun run)
    {
        (_rows, _book, _since) = (rows, book, since);
        foreach (var (column, label) in rows.Source.Entered)
        {
            var text = run.Map.Aliases.GetValueOrDefault("stage")?.GetValueOrDefault(label) ?? label;
            if (book.FindPast(text, null) is null && book.ByName.Values.All(s => s.Label != text))
                throw new ImportException(
                    $"{rows.File}, entered of the import map", $"the stage \"{label}\" for the column \"{column}\"",
                    "one of " + RejectedRows.Shorten(string.Join(", ", book.ByName.Keys)),
                    "Correct the stage's name in entered, or add the stage.");
            var map = new FieldMap { Columns = [new ColumnSource(column)], EmptyIfUnreadable = true };
            if (rows.Field(column, map) is { } field) _columns.Add((field, text));
        }
    }

    /// <summary>The times that the current row tells; an empty cell says nothing, nor does a pipeline that is no
    /// revenue.</summary>
    /// <param name="present">The stage in which the row shows the deal.</param>
    /// <param name="pipeline">Its pipeline; null where there is none.</param>
    public StageTime[] Read(string? present, string? pipeline)
    {
        var times = new List<StageTime>();
        foreach (var (field, label) in _columns)
            if (_rows.Time(field, DayEdge.End) is { } at && _book.FindPast(label, pipeline) is { } stage && _book.IsRevenue(stage))
                times.Add(new StageTime(stage.Name, at));
        if (present is not null && _rows.Time(_since, DayEdge.End) is { } since
            && !times.Any(t => t.Stage == present && IsAsLate(t.At, since)))
            times.Add(new StageTime(present, since));
        return [.. times];
    }

    private static bool IsAsLate(Moment entered, Moment since) => entered.At >= since.At
        || (entered.IsDayOnly || since.IsDayOnly) && since.At - entered.At < TimeSpan.FromDays(1);
}

/// <summary>
/// Makes history rows of the times at which deals entered their stages. Each stage has one time, that of its last
/// entry, so that of a deal that went back and forth some moves are missing; what is left must not contradict itself.
/// </summary>
internal sealed class StageTimeHistory(ImportRun run, OpportunityRows opportunities)
{
    private static readonly TimeSpan AtCreation = TimeSpan.FromMinutes(1);
    private int _afterClosing;

    /// <summary>True when deals tell when they entered open stages, so that their way can be learned from.</summary>
    public bool TellsStages { get; private set; }

    /// <summary>Adds the rows of all deals.</summary>
    /// <param name="rows">History rows from files of their own, which tell more: of a deal that has any of its stage
    /// only what came before them is added.</param>
    public void AddTo(List<ChangeRow> rows)
    {
        var (begins, tellsClosings) = (new Dictionary<int, DateTimeOffset>(), false);
        if (opportunities.Rows.Any(r => r.StageTimes.Length > 0))
            foreach (var row in rows)
                if (row.Field == OpportunityField.Stage
                    && !(begins.GetValueOrDefault(row.Opportunity, DateTimeOffset.MaxValue) <= row.At))
                    begins[row.Opportunity] = row.At;
        for (var i = 0; i < opportunities.Rows.Count; i++)
        {
            var deal = opportunities.Rows[i];
            if (deal.StageTimes.Length == 0) continue;
            var until = begins.GetValueOrDefault(i, DateTimeOffset.MaxValue);
            foreach (var (stage, at) in InOrder(deal))
            {
                if (at.At >= until) break;
                rows.Add(new ChangeRow
                {
                    Opportunity = i,
                    Field = OpportunityField.Stage,
                    NewValue = stage,
                    At = at.At,
                    RecordedAt = at.At,
                    IsOldUnknown = true,
                    IsDayOnly = at.IsDayOnly,
                    Sequence = rows.Count,
                });
                run.Saw(at.At);
                run.ExportTime.Stamped(at.At);
                if (opportunities.IsClosed(stage)) tellsClosings = true;
                else if (stage != deal.Stage) TellsStages = true;
            }
        }
        if (tellsClosings) run.ExportTime.TellsSales();
        if (_afterClosing > 0)
            run.Warnings.Add(
                $"{_afterClosing} closed opportunities entered other stages after the one in which they are closed, "
                    + "by their stage times; those entries were left out.");
    }

    // In time order; at one moment the earlier stage first, and the present one last. A closing ends it.
    private List<StageTime> InOrder(OpportunityRow deal)
    {
        var times = deal.StageTimes
            .OrderBy(t => t.At.At)
            .ThenBy(t => t.Stage == deal.Stage)
            .ThenBy(t => opportunities.Stages[t.Stage].Order)
            .ToList();
        if (opportunities.IsClosed(deal.Stage)
            && times.FindLastIndex(t => t.Stage == deal.Stage) is >= 0 and var closing && closing < times.Count - 1)
        {
            _afterClosing++;
            times.RemoveRange(closing + 1, times.Count - closing - 1);
        }
        if (Birth(deal, times) is { } birth) times.Insert(0, birth);
        return times;
    }

    // Where all entries are later than the creation, the first was overwritten by a return into its stage: a deal
    // begins in the earliest of the stages that it has been in. Else its unknown stage would tell that it will return.
    private StageTime? Birth(OpportunityRow deal, List<StageTime> times)
    {
        if (deal.IsBornAtExport || deal.IsBornAtFirstSign) return null;
        var (first, after) = (times[0].At, times[0].At.At - deal.CreatedAt);
        if (after <= AtCreation || after < TimeSpan.FromDays(1) && (deal.IsCreatedDayOnly || first.IsDayOnly))
            return null;
        var open = times
            .Select(t => opportunities.Stages[t.Stage])
            .Where(s => s.Kind == StageKind.Open)
            .ToList();
        return open.Exists(s => s.Name != deal.Stage)
            ? new StageTime(open.MinBy(s => s.Order)!.Name, new Moment(deal.CreatedAt, deal.IsCreatedDayOnly))
            : null;
    }
}
