using System.Globalization;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// Parts what a deal was born with from what happened to it. An export shows current values; a history tells what they
/// were before. What no history tells became known at the export, and not a moment earlier.
/// </summary>
internal sealed class BirthValues
{
    // A field filled within this time of the creation was filled by the creation itself.
    private static readonly TimeSpan AtCreation = TimeSpan.FromMinutes(1);
    private readonly ImportRun _run;
    private readonly OpportunityRows _opportunities;
    private readonly ChangeRows _history;
    private readonly DateTimeOffset _exportedAt;
    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _disagreements = new(StringComparer.Ordinal);
    private int _closedOnUnknownDay, _beforeBirth;

    public BirthValues(ImportRun run, OpportunityRows opportunities, ChangeRows history, DateTimeOffset exportedAt)
    {
        (_run, _opportunities, _history, _exportedAt) = (run, opportunities, history, exportedAt);
        foreach (var source in run.Map.Entities[EntityFields.Opportunities])
            foreach (var (name, field) in source.Fields)
                _known[EntityFields.HistoryNames.GetValueOrDefault(name, name)] = field.Known ?? (EntityFields.Static.Contains(name) ? Known.Created : name == "lossReason" ? Known.Close : Known.Tracked);
        Split();
        Warn();
    }

    public List<Opportunity> Born { get; } = [];
    public List<OpportunityChange> Changes { get; } = [];

    /// <summary>For each deal in the order of the rows: won, lost, or null while open.</summary>
    public List<bool?> Outcomes { get; } = [];

    public Known KnownOf(string field) => _known.GetValueOrDefault(field, Known.Tracked);

    private void Split()
    {
        var starts = new int[_opportunities.Rows.Count + 1];
        foreach (var change in _history.Rows) starts[change.Opportunity + 1]++;
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        var arranged = new ChangeRow[_history.Rows.Count];
        var next = (int[])starts.Clone();
        foreach (var change in _history.Rows) arranged[next[change.Opportunity]++] = change;
        for (var i = 0; i < _opportunities.Rows.Count; i++)
        {
            var changes = arranged.AsSpan(starts[i]..starts[i + 1]);
            changes.Sort(static (a, b) => a.RecordedAt.CompareTo(b.RecordedAt) is not 0 and var r ? r : a.At.CompareTo(b.At) is not 0 and var t ? t : a.Sequence.CompareTo(b.Sequence));
            SettleValues(changes);
            Split(_opportunities.Rows[i], changes);
        }
    }

    private void Split(OpportunityRow row, ReadOnlySpan<ChangeRow> changes)
    {
        if (row.IsBornAtExport) (row.CreatedAt, row.RecordedAt) = (_exportedAt, _exportedAt);
        var first = Changes.Count;
        for (var i = 0; i < changes.Length; i++) Changes.Add(ToChange(row, changes, i));
        foreach (var change in changes) if (change.At < row.CreatedAt) { _beforeBirth++; break; }
        var closing = SplitStage(row, changes, out var stage);
        var amount = SplitAmount(row, changes, closing);
        var currency = SplitField(row, changes, OpportunityField.Currency, row.Currency, _opportunities.Mapped.Contains("currency"), closing);
        var planned = SplitField(row, changes, OpportunityField.PlannedCloseOn, ChangeRows.Text(row.PlannedCloseOn), _opportunities.Mapped.Contains("plannedCloseOn"), closing);
        var owner = SplitField(row, changes, OpportunityField.OwnerId, row.OwnerId, _opportunities.Mapped.Contains("ownerId"), closing);
        var product = SplitField(row, changes, OpportunityField.ProductId, row.ProductId, _opportunities.Mapped.Contains("productId"), closing);
        var probability = SplitField(row, changes, OpportunityField.CrmProbability, ChangeRows.Text(row.CrmProbability), _opportunities.Mapped.Contains("crmProbability"), closing);
        SplitField(row, changes, OpportunityField.ForecastCategory, row.ForecastCategory, _opportunities.Mapped.Contains("forecastCategory"), closing, isKeptAtBirth: false);
        SplitField(row, changes, OpportunityField.LossReason, row.LossReason, _opportunities.Mapped.Contains("lossReason"), closing, isKeptAtBirth: false);
        var attributes = RowAttributes.Of(_opportunities.CreatedColumns, row.Created);
        for (var i = 0; i < _opportunities.TrackedColumns.Length; i++)
            if (SplitField(row, changes, _opportunities.TrackedColumns[i], row.Tracked.ElementAtOrDefault(i), true, closing) is { } born)
                attributes = attributes.With(_opportunities.TrackedColumns[i], born);
        Born.Add(new Opportunity
        {
            Id = row.Id, Name = row.Name, CreatedAt = row.CreatedAt, RecordedAt = row.RecordedAt, AccountId = row.AccountId, LeadId = row.LeadId, OwnerId = owner, ProductId = product,
            Source = row.Source, Region = row.Region, Segment = row.Segment, Stage = stage,
            Amount = amount is null ? null : decimal.Parse(amount, CultureInfo.InvariantCulture), Currency = currency,
            PlannedCloseOn = planned is null ? null : DateOnly.ParseExact(planned, "yyyy-MM-dd", CultureInfo.InvariantCulture),
            CrmProbability = probability is null ? null : double.Parse(probability, CultureInfo.InvariantCulture),
            Attributes = attributes.Count == 0 ? Opportunity.NoAttributes : attributes,
        });
        Outcomes.Add(OutcomeOf(first));
    }

    /// <summary>The birth value of a field; adds the change that the current value makes necessary.</summary>
    private string? SplitField(OpportunityRow row, ReadOnlySpan<ChangeRow> changes, string field, string? current, bool isMapped, DateTimeOffset? closing, bool isKeptAtBirth = true)
    {
        if (TryHistory(row, changes, field, out var born, out var last))
        {
            if (!isMapped || current == last) return born;
            _disagreements[field] = _disagreements.GetValueOrDefault(field) + 1;
            Add(row, field, last, current, _exportedAt, "current value differs from the history");
            return born;
        }
        if (current is null) return null;
        var known = KnownOf(field);
        if (isKeptAtBirth && (known == Known.Created || _history.Covered.Contains(field))) return current;
        if (field == OpportunityField.ForecastCategory && (known == Known.Created || _history.Covered.Contains(field)))
        {
            Add(row, field, null, current, row.RecordedAt, "value at birth of a field that only changes can hold");
            return null;
        }
        var atClose = known == Known.Close && closing is not null;
        Add(row, field, null, current, atClose ? closing!.Value : _exportedAt, atClose ? "value at the close, without history" : "value known from the export only");
        return null;
    }

    // What a won deal really brought stands from its close on; the estimate stays the amount before.
    private string? SplitAmount(OpportunityRow row, ReadOnlySpan<ChangeRow> changes, DateTimeOffset? closing)
    {
        var estimate = ChangeRows.Text(row.Amount);
        if (row.Actual is not { } actual || closing is not { } closedAt || !_opportunities.IsWon(row.Stage)) return SplitField(row, changes, OpportunityField.Amount, estimate, _opportunities.Mapped.Contains("amount"), closing);
        var isTold = TryHistory(row, changes, OpportunityField.Amount, out var born, out var last);
        if (!isTold && (KnownOf(OpportunityField.Amount) == Known.Created || _history.Covered.Contains(OpportunityField.Amount))) born = last = estimate;
        var at = row.ActualAt ?? closedAt;
        if (isTold && LastOf(changes, OpportunityField.Amount).RecordedAt is var told && told > at) at = told;
        if (last != ChangeRows.Text(actual.Amount)) Add(row, OpportunityField.Amount, last, ChangeRows.Text(actual.Amount), at, "what a won deal really brought");
        if (actual.Currency != row.Currency) Add(row, OpportunityField.Currency, row.Currency, actual.Currency, at, "what a won deal really brought");
        return born;
    }

    /// <summary>As <see cref="SplitField"/> for the stage; also settles the outcome. Returns the time of the close, or null while open.</summary>
    private DateTimeOffset? SplitStage(OpportunityRow row, ReadOnlySpan<ChangeRow> changes, out string? born)
    {
        var isClosed = _opportunities.IsClosed(row.Stage);
        if (TryHistory(row, changes, OpportunityField.Stage, out born, out var last))
        {
            if (row.Stage is null || row.Stage == last) return LastClosing(changes);
            var lastAt = LastOf(changes, OpportunityField.Stage).RecordedAt;
            var byCloseDate = isClosed && !_history.TellsClosings && row.ClosedAt >= lastAt;
            if (!byCloseDate) _disagreements[OpportunityField.Stage] = _disagreements.GetValueOrDefault(OpportunityField.Stage) + 1;
            var at = byCloseDate ? row.ClosedAt!.Value : _exportedAt;
            Add(row, OpportunityField.Stage, last, row.Stage, at, byCloseDate ? "closed by its close date, which the history does not tell" : "current value differs from the history");
            return isClosed ? at : null;
        }
        if (row.Stage is null) return null;
        if (!isClosed)
        {
            if (KnownOf(OpportunityField.Stage) == Known.Created || _history.Covered.Contains(OpportunityField.Stage)) born = row.Stage;
            else Add(row, OpportunityField.Stage, null, row.Stage, _exportedAt, "value known from the export only");
            return null;
        }
        if (row.ClosedAt is null) _closedOnUnknownDay++;
        Add(row, OpportunityField.Stage, null, row.Stage, row.ClosedAt ?? _exportedAt, row.ClosedAt is null ? "closed on an unknown day" : "closed by its close date, without history");
        return row.ClosedAt ?? _exportedAt;
    }

    private bool TryHistory(OpportunityRow row, ReadOnlySpan<ChangeRow> changes, string field, out string? born, out string? last)
    {
        (born, last) = (null, null);
        var isFound = false;
        var isBirthSettled = false;
        foreach (var change in changes)
        {
            if (change.Field != field) continue;
            if (change.At < row.CreatedAt) born = change.NewValue;
            else if (!isBirthSettled)
            {
                if (!isFound || change.OldValue is not null) born = change.OldValue ?? (IsAtCreation(row, change) ? change.NewValue : null);
                isBirthSettled = true;
            }
            (isFound, last) = (true, change.NewValue);
        }
        return isFound;
    }

    private bool IsAtCreation(OpportunityRow row, in ChangeRow change) =>
        change.At - row.CreatedAt <= AtCreation || ((row.IsCreatedDayOnly || change.IsDayOnly) && _run.Values.DayOf(change.At) == _run.Values.DayOf(row.CreatedAt));

    // Exports without old values, and status fields that only say "open again": each row follows the one before it.
    private void SettleValues(Span<ChangeRow> changes)
    {
        for (var i = 0; i < changes.Length; i++)
        {
            ref var change = ref changes[i];
            if (!change.IsOldUnknown && !change.IsNewAsBefore) continue;
            string? before = null, lastOpen = null;
            for (var j = 0; j < i; j++)
            {
                if (changes[j].Field != change.Field) continue;
                before = changes[j].NewValue;
                if (!_opportunities.IsClosed(before)) lastOpen = before;
            }
            if (change.IsOldUnknown) change.OldValue = before;
            if (change.IsNewAsBefore) change.NewValue = lastOpen;
        }
    }

    private static OpportunityChange ToChange(OpportunityRow row, ReadOnlySpan<ChangeRow> changes, int index)
    {
        ref readonly var c = ref changes[index];
        var occurrence = 0;
        for (var j = index - 1; j >= 0 && changes[j].RecordedAt == c.RecordedAt; j--)
            if (changes[j].At == c.At && changes[j].Field == c.Field && changes[j].OldValue == c.OldValue && changes[j].NewValue == c.NewValue && changes[j].ChangedBy == c.ChangedBy) occurrence++;
        return new OpportunityChange { OpportunityId = row.Id, Field = c.Field, OldValue = c.OldValue, NewValue = c.NewValue, At = c.At, RecordedAt = c.RecordedAt, ChangedBy = c.ChangedBy, Occurrence = occurrence };
    }

    private void Add(OpportunityRow row, string field, string? from, string? to, DateTimeOffset at, string reason)
    {
        Changes.Add(new OpportunityChange { OpportunityId = row.Id, Field = field, OldValue = from, NewValue = to, At = at, RecordedAt = at });
        _run.Added(reason);
    }

    private DateTimeOffset? LastClosing(ReadOnlySpan<ChangeRow> changes)
    {
        var last = LastOf(changes, OpportunityField.Stage);
        return _opportunities.IsClosed(last.NewValue) ? last.RecordedAt : null;
    }

    private static ChangeRow LastOf(ReadOnlySpan<ChangeRow> changes, string field)
    {
        for (var i = changes.Length - 1; i >= 0; i--) if (changes[i].Field == field) return changes[i];
        return default;
    }

    private bool? OutcomeOf(int first)
    {
        for (var i = Changes.Count - 1; i >= first; i--)
            if (Changes[i].Field == OpportunityField.Stage)
                return Changes[i].NewValue is { } name && _opportunities.Stages[name] is { Kind: not StageKind.Open } stage ? stage.Kind == StageKind.Won : null;
        return null;
    }

    private void Warn()
    {
        foreach (var (field, count) in _disagreements.OrderBy(d => d.Key, StringComparer.Ordinal))
            _run.Warnings.Add($"{count} opportunities show another {field} than the end of their history; the difference was added as a change at the time of the export.");
        if (_closedOnUnknownDay > 0) _run.Warnings.Add($"{_closedOnUnknownDay} opportunities are closed on an unknown day; they count as closed at the time of the export.");
        if (_beforeBirth > 0) _run.Warnings.Add($"{_beforeBirth} opportunities have history rows from before their creation; what those rows tell counts as known at birth.");
        if (!Outcomes.Any(o => o is not null)) _run.Warnings.Add("No opportunity is closed, so nothing can be learned about winning yet.");
        if (_history.Rows.Count == 0) return;
        var begins = _history.Rows.Min(c => c.At);
        var older = _opportunities.Rows.Count(r => r.CreatedAt < begins - TimeSpan.FromDays(1));
        if (older > 0) _run.Warnings.Add($"{older} opportunities are older than the history, which begins on {begins:yyyy-MM-dd}; their values at birth may be later ones.");
    }
}
