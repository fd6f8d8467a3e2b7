using System.Runtime.InteropServices;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// Makes a telling of every row, and of it and the deal's history rows the facts. An export shows current values; a
/// history tells what they were before. What no history tells became known at the export, and not a moment earlier,
/// unless the map says otherwise; owner and product count as known at birth where the files tell no change at all.
/// </summary>
internal sealed class ToldDeals
{
    private readonly ImportRun _run;
    private readonly OpportunityRows _opportunities;
    private readonly ChangeRows _history;
    private readonly DateTimeOffset _exportedAt;
    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _disagreements = new(StringComparer.Ordinal);
    private readonly Dictionary<int, DateTimeOffset> _workedAt = [];
    private readonly ToldFields _fields;
    private readonly IReadOnlyList<string> _keptSince;
    private int _closedOnUnknownDay, _beforeBirth, _closedBeforeBirth, _bornAtFirstSign;

    public ToldDeals(
        ImportRun run, OpportunityRows opportunities, ChangeRows history, IReadOnlyList<Activity> activities,
        DateTimeOffset exportedAt)
    {
        (_run, _opportunities, _history, _exportedAt) = (run, opportunities, history, exportedAt);
        var tellsChanges = run.Map.Entities.ContainsKey(EntityFields.Changes) || history.Rows.Count > 0;
        foreach (var source in run.Map.Entities[EntityFields.Opportunities])
            foreach (var (name, field) in source.Fields)
                _known[EntityFields.HistoryNames.GetValueOrDefault(name, name)] = field.Known
                    ?? (EntityFields.Static.Contains(name) || !tellsChanges && Kept.Contains(name) ? Known.Created
                        : name == "lossReason" ? Known.Close
                        : Known.Tracked);
        _keptSince = tellsChanges ? [] : [.. run.Map.Entities[EntityFields.Opportunities].SelectMany(s => s.Fields)
            .Where(f => f.Value.Known is null && Kept.Contains(f.Key)).Select(f => f.Key == "ownerId" ? "owners" : "products").Distinct()];
        foreach (var activity in activities)
            if (activity.OpportunityId is { } id && opportunities.IndexOf(id) is >= 0 and var index
                && activity.At <= exportedAt
                && !(_workedAt.GetValueOrDefault(index) >= activity.At)) _workedAt[index] = activity.At;
        _fields = Fields();
        Tell();
        Warn();
    }

    // Where no change is ever told, an owner or product as it stands is all that anybody knows, and hardly ever another than at birth.
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal) { "ownerId", "productId" };

    public List<Opportunity> Born { get; } = [];
    public List<OpportunityChange> Changes { get; } = [];
    public List<DealTelling> Tellings { get; private set; } = [];

    /// <summary>For each deal in the order of the rows: won, lost, or null while open.</summary>
    public List<bool?> Outcomes { get; } = [];

    public Known KnownOf(string field) => _known.GetValueOrDefault(field, Known.Tracked);

    /// <summary>Leaves fields out of what is told, because they say what only the outcome could.</summary>
    public void Forget(IReadOnlySet<string> fields)
    {
        int[] kept = [.. Enumerable.Range(0, _fields.Names.Count).Where(f => !fields.Contains(_fields.Names[f]))];
        var fewer = new ToldFields([.. kept.Select(f => _fields.Names[f])], [.. kept.Select(f => _fields.Claims[f])]);
        Tellings = [.. Tellings.Select(t => t with { Fields = fewer, Values = [.. kept.Select(f => t.Values[f])] })];
    }

    // Which fields the rows speak of, and since when their values hold where no history row tells.
    private ToldFields Fields()
    {
        var names = new List<string> { ToldFields.Name };
        var claims = new List<Claim> { Claim.Birth };
        foreach (var (name, field) in EntityFields.HistoryNames)
        {
            if (!_opportunities.Mapped.Contains(name)) continue;
            names.Add(field);
            claims.Add(ClaimOf(field));
        }
        // A column of amounts may state its currency itself.
        if (_opportunities.Mapped.Contains("amount") && !_opportunities.Mapped.Contains("currency"))
        {
            names.Add(OpportunityField.Currency);
            claims.Add(Claim.Birth);
        }
        foreach (var (name, field) in EntityFields.StaticNames)
        {
            if (!_opportunities.Mapped.Contains(name)) continue;
            names.Add(field);
            claims.Add(Claim.Birth);
        }
        foreach (var column in _opportunities.CreatedColumns)
        {
            names.Add(column);
            claims.Add(Claim.Birth);
        }
        foreach (var column in _opportunities.TrackedColumns)
        {
            names.Add(column);
            claims.Add(ClaimOf(column));
        }
        return new ToldFields(names, claims);
    }

    private Claim ClaimOf(string field)
    {
        var known = KnownOf(field);
        var isAtBirth = known == Known.Created || _history.Covered.Contains(field);
        if (field == OpportunityField.ForecastCategory && isAtBirth) return Claim.Recorded;
        if (isAtBirth && field != OpportunityField.LossReason) return Claim.Birth;
        return known == Known.Close ? Claim.Close : Claim.Now;
    }

    private void Tell()
    {
        var (order, starts) = ByDeal();
        var inHand = new List<ChangeRow>();
        Changes.Capacity = _history.Rows.Count + _opportunities.Rows.Count;
        Func<string?, StageKind?> kindOf = name =>
            name is not null && _opportunities.Stages.TryGetValue(name, out var stage) ? stage.Kind : null;
        for (var i = 0; i < _opportunities.Rows.Count; i++)
        {
            inHand.Clear();
            for (var c = starts[i]; c < starts[i + 1]; c++) inHand.Add(_history.Rows[order[c]]);
            var changes = CollectionsMarshal.AsSpan(inHand);
            changes.Sort(static (a, b) =>
                a.RecordedAt.CompareTo(b.RecordedAt) is not 0 and var r ? r
                    : a.At.CompareTo(b.At) is not 0 and var t ? t
                    : a.Sequence.CompareTo(b.Sequence));
            SettleValues(changes);
            var row = _opportunities.Rows[i];
            if (row.IsBornAtFirstSign) SettleBirth(row, changes);
            if (row.IsBornAtExport) (row.CreatedAt, row.RecordedAt) = (_exportedAt, _exportedAt);
            var telling = TellingOf(row, i);
            foreach (var change in changes) if (change.At < row.CreatedAt) { _beforeBirth++; break; }
            if (row.ClosedAt is { } closed && closed < row.CreatedAt
                && row.CreatedAt - closed > TimeSpan.FromDays(1))
                _closedBeforeBirth++;
            var deal = row;
            var told = DealRetelling.Of(
                [telling], HistoryOf(row, changes), kindOf, (field, reason) => Count(deal, field, reason))!;
            Tellings.Add(telling);
            Born.Add(told.Born);
            Changes.AddRange(told.Changes);
            Outcomes.Add(OutcomeOf(told.Changes));
        }
        foreach (var (id, why) in _opportunities.Gone)
            Tellings.Add(new DealTelling
            {
                OpportunityId = id, ToldAt = _exportedAt, Gone = why, Fields = ToldFields.None, Values = []
            });
    }

    // Positions of the history rows by deal, and where each deal's start: the rows themselves are wide, and many.
    private (int[] Order, int[] Starts) ByDeal()
    {
        var starts = new int[_opportunities.Rows.Count + 1];
        foreach (ref readonly var change in CollectionsMarshal.AsSpan(_history.Rows)) starts[change.Opportunity + 1]++;
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        var order = new int[_history.Rows.Count];
        var next = (int[])starts.Clone();
        for (var c = 0; c < order.Length; c++) order[next[_history.Rows[c].Opportunity]++] = c;
        return (order, starts);
    }

    private void Count(OpportunityRow row, string field, string reason)
    {
        _run.Added(reason);
        if (reason == DealRetelling.Disagreement) _disagreements[field] = _disagreements.GetValueOrDefault(field) + 1;
        if (field == OpportunityField.Stage && row.ClosedAt is null && _opportunities.IsClosed(row.Stage)
            && reason != DealRetelling.Disagreement)
            _closedOnUnknownDay++;
    }

    // Where the CRM tells no creation, the first sign of the deal is the best that is known of it.
    private void SettleBirth(OpportunityRow row, ReadOnlySpan<ChangeRow> changes)
    {
        _bornAtFirstSign++;
        var first = row.ClosedAt < _exportedAt ? row.ClosedAt.Value : _exportedAt;
        foreach (var change in changes) if (change.At < first) first = change.At;
        (row.CreatedAt, row.RecordedAt) = (first, first);
    }

    // When a deal was last worked on and changed matters where nobody says when it was closed.
    private DealTelling TellingOf(OpportunityRow row, int index) =>
        _opportunities.IsClosed(row.Stage) && row.ClosedAt is null
            ? Plain(row) with
            {
                ChangedAt = row.ModifiedAt,
                WorkedAt = _workedAt.TryGetValue(index, out var worked) ? worked : null
            }
            : Plain(row);

    private DealTelling Plain(OpportunityRow row) => new()
    {
        OpportunityId = row.Id, ToldAt = _exportedAt, CreatedAt = row.CreatedAt,
        RecordedAt = row.RecordedAt > _exportedAt ? _exportedAt : row.RecordedAt, IsCreatedDayOnly = row.IsCreatedDayOnly,
        ClosedAt = row.ClosedAt, CloseOn = _run.Map.ClosingDay == ClosingDay.Entered ? null : row.CloseOn,
        IsCloseDayOnly = row.IsCloseDayOnly,
        ActualAmount = _opportunities.IsWon(row.Stage) ? CanonicalText.Of(row.Actual?.Amount) : null,
        ActualCurrency = row.Actual?.Currency, ActualAt = row.ActualAt,
        HistoryTellsClosings = _history.TellsClosings, Fields = _fields, Values = ValuesOf(row),
    };

    private string?[] ValuesOf(OpportunityRow row)
    {
        var values = new string?[_fields.Names.Count];
        var custom = 0;
        for (var f = 0; f < values.Length; f++)
            values[f] = _fields.Names[f] switch
            {
                ToldFields.Name => row.Name,
                OpportunityField.Stage => row.Stage,
                OpportunityField.Amount => _run.Pooled(CanonicalText.Of(row.Amount)),
                OpportunityField.Currency => row.Currency,
                OpportunityField.PlannedCloseOn => _run.Pooled(CanonicalText.Of(row.PlannedCloseOn)),
                OpportunityField.OwnerId => row.OwnerId,
                OpportunityField.ProductId => row.ProductId,
                OpportunityField.CrmProbability => _run.Pooled(CanonicalText.Of(row.CrmProbability)),
                OpportunityField.ForecastCategory => row.ForecastCategory,
                OpportunityField.LossReason => row.LossReason,
                OpportunityField.AccountId => row.AccountId,
                OpportunityField.LeadId => row.LeadId,
                OpportunityField.Source => row.Source,
                OpportunityField.Region => row.Region,
                OpportunityField.Segment => row.Segment,
                _ => custom < _opportunities.CreatedColumns.Length
                    ? row.Created.ElementAtOrDefault(custom++)
                    : row.Tracked.ElementAtOrDefault(custom++ - _opportunities.CreatedColumns.Length),
            };
        return values;
    }

    private static List<OpportunityChange> HistoryOf(OpportunityRow row, ReadOnlySpan<ChangeRow> rows)
    {
        var changes = new List<OpportunityChange>(rows.Length);
        foreach (ref readonly var c in rows)
            changes.Add(new OpportunityChange
            {
                OpportunityId = row.Id, Field = c.Field, OldValue = c.OldValue, NewValue = c.NewValue,
                At = c.At, RecordedAt = c.RecordedAt, ChangedBy = c.ChangedBy,
                Origin = (c.IsOldUnknown ? ChangeOrigin.WithoutOldValue : 0) | (c.IsDayOnly ? ChangeOrigin.ByDay : 0),
            });
        return ChangeOrder.Numbered(changes);
    }

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

    private bool? OutcomeOf(IReadOnlyList<OpportunityChange> changes)
    {
        for (var i = changes.Count - 1; i >= 0; i--)
            if (changes[i].Field == OpportunityField.Stage)
                return changes[i].NewValue is { } name
                    && _opportunities.Stages[name] is { Kind: not StageKind.Open } stage
                        ? stage.Kind == StageKind.Won
                        : null;
        return null;
    }

    private void Warn()
    {
        if (_keptSince.Count > 0)
            _run.Warnings.Add(
                $"These files tell no change: {string.Join(" and ", _keptSince.Order(StringComparer.Ordinal))} as the export shows them count as known "
                    + "at creation. Declare them \"known\": \"tracked\" in the map where deals are handed over at their close.");
        foreach (var (field, count) in _disagreements.OrderBy(d => d.Key, StringComparer.Ordinal))
            _run.Warnings.Add(
                $"{count} opportunities show another {field} than the end of their history; "
                    + "the difference was added as a change at the time of the export.");
        if (_closedOnUnknownDay > 0)
            _run.Warnings.Add(
                $"{_closedOnUnknownDay} opportunities are closed on an unknown day: "
                    + "they count as won or lost, somewhere between the last that is known of them and "
                    + "the export, and in no period's revenue.");
        if (_closedBeforeBirth > 0)
            _run.Warnings.Add(
                $"{_closedBeforeBirth} opportunities were closed before the CRM says that they were created, "
                    + "as after a move to a new CRM: their revenue counts on the day of their close date, "
                    + "and nothing is learned from how long they took.");
        if (_bornAtFirstSign > 0)
            _run.Warnings.Add(
                $"{_bornAtFirstSign} opportunities have no creation time; "
                    + "as the map declares, they are born at their first history row, "
                    + "else at their close date, else at the export.");
        if (_beforeBirth > 0)
            _run.Warnings.Add(
                $"{_beforeBirth} opportunities have history rows from before their creation; "
                    + "what those rows tell counts as known at birth.");
        if (!Outcomes.Any(o => o is not null))
            _run.Warnings.Add("No opportunity is closed, so nothing can be learned about winning yet.");
        if (_history.Rows.Count == 0) return;
        var begins = _history.Rows.Min(c => c.At);
        var older = _opportunities.Rows.Count(r => r.CreatedAt < begins - TimeSpan.FromDays(1));
        if (older > 0)
            _run.Warnings.Add(
                $"{older} opportunities are older than the history, which begins on {begins:yyyy-MM-dd}; "
                    + "their values at birth may be later ones.");
    }
}
