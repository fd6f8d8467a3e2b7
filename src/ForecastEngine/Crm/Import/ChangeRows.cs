using System.Globalization;
using System.Text.RegularExpressions;

namespace ForecastEngine.Crm.Import;

/// <summary>A history row before its old value is settled. There are many of them, so times are held as ticks.</summary>
internal struct ChangeRow
{
    private long _at, _recordedAt;
    public int Opportunity, Sequence;
    public string Field;
    public string? OldValue, NewValue, ChangedBy;
    public bool IsOldUnknown, IsNewAsBefore, IsDayOnly, IsCurrencyStated;
    public string? Currency;
    public DateTimeOffset At { readonly get => new(_at, TimeSpan.Zero); set => _at = value.UtcTicks; }
    public DateTimeOffset RecordedAt { readonly get => new(_recordedAt, TimeSpan.Zero); set => _recordedAt = value.UtcTicks; }
}

/// <summary>Reads the history of the opportunities' fields into canonical values.</summary>
internal sealed class ChangeRows
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Meaning> _meanings = new(StringComparer.Ordinal);
    private readonly OpportunityRows _opportunities;
    private readonly ImportRun _run;
    private readonly HashSet<string> _unknownFields = new(StringComparer.Ordinal);
    private readonly bool _isPercent;
    private readonly List<ChangeRow> _moves = [];
    private long _orphansOfSetAside;

    private sealed record Meaning(string? Field, Regex? Pattern, IReadOnlyDictionary<string, string?>? Values, IReadOnlyDictionary<string, string>? Aliases, bool IsUnknown = false, string? Currency = null);

    public ChangeRows(ImportRun run, OpportunityRows opportunities)
    {
        (_run, _opportunities) = (run, opportunities);
        _isPercent = run.Map.Entities[EntityFields.Opportunities].Any(e => e.Fields.TryGetValue("crmProbability", out var f) && f.IsPercent);
        foreach (var rows in run.Open(EntityFields.Changes)) Read(rows);
        var before = Rows.Count;
        PastPipelines.Settle(Rows, _moves, run);
        if (Rows.Count < before) Renumber();
        TellsClosings = Rows.Any(r => r.Field == OpportunityField.Stage && opportunities.IsClosed(r.NewValue));
        if (TellsClosings) run.ExportTime.TellsSales();
        TellCurrencies();
        var stageTimes = new StageTimeHistory(run, opportunities);
        stageTimes.AddTo(Rows);
        TellsStages = Covered.Contains(OpportunityField.Stage) || stageTimes.TellsStages;
        if (_orphansOfSetAside > 0) run.Warnings.Add($"{_orphansOfSetAside} history rows were set aside because their opportunity had been set aside.");
        if (_unknownFields.Count > 0) run.Warnings.Add($"The history speaks of fields that the map does not mention: {string.Join(", ", _unknownFields.Order(StringComparer.Ordinal).Take(20))}. Their rows were left out.");
    }

    public List<ChangeRow> Rows { get; } = [];

    /// <summary>Rows of custom columns, by their position, and where each stood.</summary>
    public List<(int Row, string File, int Line)> OfCustomColumns { get; } = [];

    /// <summary>Fields with at least one history row.</summary>
    public HashSet<string> Covered { get; } = new(StringComparer.Ordinal);

    /// <summary>True when the way of deals through the stages is told, by history rows or by stage times.</summary>
    public bool TellsStages { get; }

    /// <summary>True when the history itself tells closings.</summary>
    public bool TellsClosings { get; private set; }

    private void Read(RowReader rows)
    {
        _meanings.Clear();
        var (id, opportunityId, field, oldValue, newValue) = (rows.Field("id"), rows.Field("opportunityId")!, rows.Field("field")!, rows.Field("oldValue"), rows.Field("newValue")!);
        var (at, recordedAt, changedBy, currency) = (rows.Field("at")!, rows.Field("recordedAt"), rows.Field("changedBy"), rows.Field("currency"));
        var deleted = rows.Field("deleted");
        while (rows.Next())
        {
            var name = rows.Needed(field);
            var deal = rows.Needed(opportunityId);
            if (!rows.IsFaulty && (_opportunities.Gone.ContainsKey(deal) || rows.Flag(deleted))) { rows.Skip("of a deal that is gone"); rows.Accept(); continue; }
            if (!rows.IsFaulty && _opportunities.WhyLeftOut(deal) is { } reason) { rows.Skip(reason); rows.Accept(); continue; }
            var index = rows.IsFaulty ? -1 : Find(rows, opportunityId, deal);
            if (rows.IsFaulty) { rows.Accept(); continue; }
            var meaning = MeaningOf(rows, name);
            if (meaning.Field is null)
            {
                if (meaning.IsUnknown) _unknownFields.Add(name);
                rows.Skip(meaning.IsUnknown ? "field not in the map" : "field that the map leaves out");
                rows.Accept();
                continue;
            }
            var row = new ChangeRow { Opportunity = index, Field = meaning.Field, Sequence = Rows.Count, IsOldUnknown = oldValue is null };
            var (foundOld, foundNew) = (rows.Text(oldValue), rows.Text(newValue));
            if (meaning.Pattern is not null && !meaning.Pattern.IsMatch(foundNew ?? foundOld ?? "")) { rows.Skip("value that the map leaves out"); rows.Accept(); continue; }
            var stated = meaning.Currency ?? rows.Text(currency) ?? (meaning.Field is OpportunityField.Amount or EntityFields.ActualAmount ? rows.StatedIn(foundNew ?? foundOld) : null);
            var money = stated is null ? _opportunities.Rows[index].Currency : rows.Foreign(stated);
            (row.Currency, row.IsCurrencyStated) = (money, stated is not null);
            row.OldValue = Canonical(rows, oldValue ?? newValue, meaning, foundOld, index, money, ref row.IsOldUnknown);
            row.NewValue = Canonical(rows, newValue, meaning, foundNew, index, money, ref row.IsNewAsBefore);
            if (rows.Time(at, DayEdge.End) is { } time) (row.At, row.IsDayOnly) = (time.At, time.IsDayOnly);
            else rows.Reject("no at", at.Column, "", "the time of the change");
            row.RecordedAt = rows.Time(recordedAt, DayEdge.End)?.At ?? row.At;
            row.ChangedBy = rows.Pooled(changedBy);
            if (id is not null && !rows.IsFaulty && rows.Text(id) is { } own && !_ids.Add(own)) { rows.Repeats("repeated row", own, "each history row once"); continue; }
            if (!rows.Accept()) continue;
            rows.Saw(row.At);
            _run.ExportTime.Stamped(row.RecordedAt);
            if (row.Field == EntityFields.ActualAmount) { TellActual(row); continue; }
            if (row.Field == EntityFields.Pipeline) { _moves.Add(row); continue; }
            if (OpportunityField.IsCustom(row.Field)) OfCustomColumns.Add((Rows.Count, rows.File, rows.Line));
            Rows.Add(row);
            Covered.Add(row.Field);
        }
    }

    // Rows were left out: those of custom columns stand elsewhere now. A row keeps its sequence.
    private void Renumber()
    {
        var at = new Dictionary<int, int>();
        for (var i = 0; i < Rows.Count; i++) at[Rows[i].Sequence] = i;
        for (var i = 0; i < OfCustomColumns.Count; i++)
            OfCustomColumns[i] = OfCustomColumns[i] with { Row = at[OfCustomColumns[i].Row] };
    }

    private int Find(RowReader rows, BoundField field, string id)
    {
        if (_opportunities.IndexOf(id) is >= 0 and var index) return index;
        var wasSetAside = _opportunities.SetAside.Contains(id);
        if (wasSetAside) _orphansOfSetAside++;
        rows.Reject("orphan", field.Column, id, wasSetAside ? "an opportunity that was not set aside itself" : "the id of an opportunity of this export");
        return -1;
    }

    private Meaning MeaningOf(RowReader rows, string name)
    {
        if (_meanings.TryGetValue(name, out var known)) return known;
        Meaning meaning;
        if (rows.Source.History.TryGetValue(name, out var mapped))
            meaning = new Meaning(mapped.Field, mapped.Pattern is null ? null : new Regex(mapped.Pattern, RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(200)), mapped.Values, AliasesOf(mapped.Field), Currency: mapped.Currency);
        else if (EntityFields.HistoryNames.Values.Contains(name) || _opportunities.TrackedColumns.Contains(name)) meaning = new Meaning(name, null, null, AliasesOf(name));
        else meaning = new Meaning(null, null, null, null, IsUnknown: true);
        _meanings.Add(name, meaning);
        return meaning;
    }

    private IReadOnlyDictionary<string, string>? AliasesOf(string? field) =>
        (field == EntityFields.Pipeline ? "pipeline" : EntityFields.HistoryNames.FirstOrDefault(h => h.Value == field).Key) is { } key ? _run.Map.Aliases.GetValueOrDefault(key) : null;

    // The latest word on what a won deal really brought; an emptied cell says nothing.
    private void TellActual(in ChangeRow row)
    {
        var deal = _opportunities.Rows[row.Opportunity];
        if (row.NewValue is null || deal.ActualAt > row.RecordedAt) return;
        (deal.Actual, deal.ActualAt) = (new Money(decimal.Parse(row.NewValue, CultureInfo.InvariantCulture), row.Currency), row.RecordedAt);
    }

    // Amounts told in another currency than the deal is in now: then it was in that currency when they were typed.
    private void TellCurrencies()
    {
        var amounts = Rows.Where(r => r.Field == OpportunityField.Amount).ToLookup(r => r.Opportunity);
        foreach (var deal in amounts.Where(d => d.Any(r => r.IsCurrencyStated && r.Currency != _opportunities.Rows[d.Key].Currency)))
        {
            string? before = null;
            foreach (var (row, i) in deal.OrderBy(r => r.RecordedAt).ThenBy(r => r.At).ThenBy(r => r.Sequence).Select((r, i) => (r, i)))
            {
                if (i == 0) before = row.Currency;
                Rows.Add(row with { Field = OpportunityField.Currency, OldValue = before, NewValue = row.Currency, IsOldUnknown = false, IsNewAsBefore = false, Sequence = Rows.Count });
                before = row.Currency;
            }
            Covered.Add(OpportunityField.Currency);
        }
    }

    // Canonical text: invariant numbers as typed, currencies but the map's own, days as yyyy-MM-dd, stages by name.
    private string? Canonical(RowReader rows, BoundField column, Meaning meaning, string? found, int deal, string? currency, ref bool isUnknown)
    {
        if (found is null) return null;
        if (meaning.Values is not null && meaning.Values.TryGetValue(found, out var value))
        {
            isUnknown |= value is null;
            if (value is null) return null;
            found = value;
        }
        if (meaning.Aliases is not null && meaning.Aliases.TryGetValue(found, out var alias)) found = alias;
        switch (meaning.Field)
        {
            case OpportunityField.Stage:
                var pipeline = _opportunities.Rows[deal].Pipeline;
                if (_run.Stages.FindPast(found, pipeline) is { } stage) return stage.Name;
                rows.UnknownStage(column, found, null, _run.Stages);
                return null;
            case EntityFields.Pipeline:
                if (_run.Stages.Pipeline(found) is { } process) return process.Name;
                rows.Unreadable(column, found, "unknown pipeline", "one of " + RejectedRows.Shorten(string.Join(", ", _run.Stages.Pipelines)));
                return null;
            case OpportunityField.Amount or EntityFields.ActualAmount: return _run.Pooled(CanonicalText.Of(rows.Amount(column, found, currency)?.Amount));
            case OpportunityField.Currency: return rows.Foreign(found);
            case OpportunityField.CrmProbability: return _run.Pooled(CanonicalText.Of(rows.Probability(column, found, _isPercent)));
            case OpportunityField.PlannedCloseOn:
                if (_run.Values.TryDay(found, out var day)) return _run.Pooled(CanonicalText.Of(day));
                rows.Unreadable(column, found, "unreadable date", _run.Values.ExpectedTime);
                return null;
            default: return _run.Pooled(found);
        }
    }
}
