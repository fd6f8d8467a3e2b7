namespace ForecastEngine.Crm;

/// <summary>A deal's facts, made of all that was told of it.</summary>
/// <param name="Born">The deal as it was born.</param>
/// <param name="Changes">What happened to it, in the order in which it became known.</param>
public sealed record RetoldDeal(Opportunity Born, IReadOnlyList<OpportunityChange> Changes);

/// <summary>
/// Makes the facts of one deal of everything that was told of it: rows of exports, events, rows of the CRM's history. A
/// pure function of what was told and when, so that the order in which exports and events arrive changes nothing.
/// </summary>
/// <remarks>
/// The first telling says what the deal was born with, as far as its map claims so and no history row tells otherwise.
/// What a later telling says otherwise is a change learned at that telling: a corrected amount, another outcome, a deal
/// that is open again. A closing without a history row is known from its close date on, unless the deal was told
/// otherwise since; then it is from the telling on.
/// </remarks>
public sealed class DealRetelling
{
    // A field filled within this time of the creation was filled by the creation itself.
    private static readonly TimeSpan AtCreation = TimeSpan.FromMinutes(1);
    /// <summary>
    /// Reason of a change that is made because a row shows another value than the end of its history.
    /// </summary>
    internal const string Disagreement = "current value differs from the history";

    private static readonly TimeSpan OneDay = TimeSpan.FromDays(1);
    private readonly Func<string?, StageKind?> _kindOf;
    private readonly Action<string, string>? _added;
    private readonly List<OpportunityChange> _changes;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private BirthRecord? _born;
    private DealTelling? _last, _goneBefore;
    private DateTimeOffset? _stageShownAt, _dayToldOf;
    private bool _isClosedByThis;

    private DealRetelling(
        List<OpportunityChange> changes, Func<string?, StageKind?> kindOf, Action<string, string>? added) =>
        (_changes, _kindOf, _added) = (changes, kindOf, added);

    /// <summary>Makes the facts.</summary>
    /// <param name="tellings">What exports and events said, in any order.</param>
    /// <param name="history">Rows of the CRM's history, in the order of their recording; corrected ones say so.</param>
    /// <param name="kindOf">What a stage means; null for a stage that is not known.</param>
    /// <param name="added">Told of every change that no history row tells: its field, and the reason; null to tell
    /// nobody.</param>
    /// <returns>Null while nobody has said that the deal exists, or the first that was said of it is that it is
    /// gone.</returns>
    public static RetoldDeal? Of(
        IReadOnlyList<DealTelling> tellings, IEnumerable<OpportunityChange> history,
        Func<string?, StageKind?> kindOf, Action<string, string>? added = null)
    {
        var retelling = new DealRetelling([.. history], kindOf, added);
        var inOrder = InOrder(tellings);
        retelling.BearForEvents(inOrder);
        foreach (var telling in inOrder) retelling.Tell(telling);
        return retelling.Finish();
    }

    /// <summary>Tellings by the time at which they were said; those of one moment by arrival.</summary>
    internal static IReadOnlyList<DealTelling> InOrder(IReadOnlyList<DealTelling> tellings) =>
        tellings.Count < 2 ? tellings : [.. tellings.OrderBy(t => t.ToldAt).ThenBy(t => t.Arrival)];

    // An event may be older than the first row that says what the deal was born with.
    private void BearForEvents(IReadOnlyList<DealTelling> tellings)
    {
        if (tellings.Count < 2 || tellings[0] is not { CreatedAt: null, Gone: null }) return;
        if (tellings.FirstOrDefault(t => t is { CreatedAt: not null, Gone: null }) is not { } birth) return;
        var created = birth.CreatedAt!.Value;
        if (tellings[0].ToldAt < created) return;
        _born = new BirthRecord(birth.OpportunityId, created, birth.RecordedAt ?? created, birth.Fields.Custom);
        for (var f = 0; f < birth.Fields.Names.Count; f++)
        {
            var (field, claim) = (birth.Fields.Names[f], birth.Fields.Claims[f]);
            if (field == ToldFields.Name || claim is not (Claim.Birth or Claim.Given)) continue;
            if (field == OpportunityField.Stage && IsClosed(birth.Values[f])) continue;
            _born[field] = claim == Claim.Birth && Birth(birth, field, out var born) ? born : birth.Values[f];
            _told.Add(field);
        }
    }

    private void Tell(DealTelling telling)
    {
        // What is said again without anything between tells nothing, and need not be kept: whether it was must not
        // matter.
        if (_last is not null && _last.SaysTheSame(telling)) return;
        _last = telling;
        if (telling.Gone is { } gone)
        {
            // What was gone when it was first heard of is known as such until somebody says that it is there.
            if (_born is null) _goneBefore ??= telling;
            // One that is gone already is missing from every export.
            else if (InForce(OpportunityField.Gone, telling.ToldAt) is var stands
                && stands != gone && (stands is null || gone != OpportunityField.Missing))
                Add(telling, OpportunityField.Gone, gone, telling.ToldAt, "gone");
            return;
        }
        if (_born is not null) Correct(telling);
        else if (telling.CreatedAt is not { } created) return;
        else _born = new BirthRecord(
            telling.OpportunityId, created, telling.RecordedAt ?? created, telling.Fields.Custom);
        if (_goneBefore is { } before)
        {
            _goneBefore = null;
            Add(before, OpportunityField.Gone, before.Gone, before.ToldAt, "gone");
            Add(telling, OpportunityField.Gone, null, telling.ToldAt, "there again");
        }
        _isClosedByThis = false;
        var (fields, values) = (telling.Fields, telling.Values);
        var stage = fields.Stage;
        var closing = stage < 0 ? LastClosing(telling) : TellStage(telling, values[stage], fields.Claims[stage]);
        for (var f = 0; f < fields.Names.Count; f++)
            if (f != stage) TellField(telling, fields.Names[f], values[f], fields.Claims[f], closing);
        if (stage >= 0 && fields.Claims[stage] != Claim.Given) _stageShownAt = telling.ToldAt;
        foreach (var change in _changes)
            if (!_told.Contains(change.Field) && Birth(telling, change.Field, out var born)) _born[change.Field] = born;
    }

    // The deal is there, and was perhaps created at another time than was said before.
    private void Correct(DealTelling telling)
    {
        if (InForce(OpportunityField.Gone, telling.ToldAt) is not null)
            Add(telling, OpportunityField.Gone, null, telling.ToldAt, "there again");
        if (telling.CreatedAt is not { } createdAt
            || telling.Fields.Stage >= 0 && telling.Fields.Claims[telling.Fields.Stage] == Claim.Given)
            return;
        var created = CanonicalText.Of(createdAt);
        if ((InForce(OpportunityField.CreatedAt, telling.ToldAt) ?? CanonicalText.Of(_born!.CreatedAt)) != created)
            Add(telling, OpportunityField.CreatedAt, created, telling.ToldAt, "other time of creation than before");
    }

    private void TellField(DealTelling telling, string field, string? value, Claim claim, DateTimeOffset? closing)
    {
        if (field == ToldFields.Name)
        {
            _born!.Name = value ?? _born.Name;
            return;
        }
        if (claim == Claim.Given)
        {
            if (_told.Add(field)) _born![field] = value;
            return;
        }
        if (telling.ActualAmount is not null && closing is { } closed
            && field is OpportunityField.Amount or OpportunityField.Currency)
        {
            TellActual(telling, field, value, claim, closed);
            return;
        }
        if (_told.Add(field))
        {
            if (Birth(telling, field, out var born))
            {
                _born![field] = born;
                if (InForce(field, telling.ToldAt) != value) Add(telling, field, value, telling.ToldAt, Disagreement);
            }
            else if (value is null) return;
            else if (claim == Claim.Birth) _born![field] = value;
            else if (claim == Claim.Recorded)
                Add(telling, field, value, _born!.RecordedAt, "value at birth of a field that only changes can hold");
            else if (claim == Claim.Close && closing is { } at)
                Add(telling, field, value, at, "value at the close, without history");
            else Add(telling, field, value, telling.ToldAt, "value known from the export only");
            return;
        }
        if (InForce(field, telling.ToldAt) == value) return;
        if (claim == Claim.Close && _isClosedByThis)
            Add(telling, field, value, closing!.Value, "value at the close, without history");
        else Add(telling, field, value, telling.ToldAt, "other value than before");
    }

    // What a won deal really brought stands from its close on; the estimate stays the amount before.
    private void TellActual(DealTelling telling, string field, string? estimate, Claim claim, DateTimeOffset closing)
    {
        var isFirst = _told.Add(field);
        if (isFirst && Birth(telling, field, out var born)) _born![field] = born;
        else if (isFirst && claim == Claim.Birth) _born![field] = estimate;
        var actual = field == OpportunityField.Amount ? telling.ActualAmount : telling.ActualCurrency;
        if (InForce(field, telling.ToldAt) == actual) return;
        var at = isFirst || _isClosedByThis
            ? Max(telling.ActualAt ?? closing, LastOf(field, telling.ToldAt)?.RecordedAt)
            : telling.ToldAt;
        Add(telling, field, actual, at, "what a won deal really brought");
    }

    /// <summary>
    /// As <see cref="TellField"/> for the stage. Returns when the closing in force became known, or null while open.
    /// </summary>
    private DateTimeOffset? TellStage(DealTelling telling, string? value, Claim claim)
    {
        if (claim == Claim.Given)
        {
            if (_told.Add(OpportunityField.Stage)) _born![OpportunityField.Stage] = value;
            return LastClosing(telling);
        }
        var isClosed = IsClosed(value);
        var isFirst = _told.Add(OpportunityField.Stage);
        var isKnown = !isFirst;
        if (isFirst && Birth(telling, OpportunityField.Stage, out var born))
            (_born![OpportunityField.Stage], isKnown) = (born, true);
        if (value is null) return isKnown ? LastClosing(telling) : null;
        if (!isKnown)
        {
            if (isClosed)
                return Close(telling, value, telling.ClosedAt is null
                    ? "closed on an unknown day"
                    : "closed by its close date, without history");
            if (claim == Claim.Birth) _born![OpportunityField.Stage] = value;
            else Add(telling, OpportunityField.Stage, value, telling.ToldAt, "value known from the export only");
            return null;
        }
        var last = LastOf(OpportunityField.Stage, telling.ToldAt);
        if (value == (last is null ? _born![OpportunityField.Stage] : last.NewValue))
        {
            if (isClosed && last is not null) CheckDay(telling, last);
            return LastClosing(telling);
        }
        if (isClosed && !telling.HistoryTellsClosings
            && (telling.ClosedAt is null || !(telling.ClosedAt < last?.RecordedAt)))
            return Close(telling, value, "closed by its close date, which the history does not tell");
        Add(telling, OpportunityField.Stage, value, telling.ToldAt, isFirst ? Disagreement : "other value than before",
            _kindOf(value) == StageKind.Won ? telling.CloseOn : null);
        if (isClosed) _dayToldOf = telling.ToldAt;
        return isClosed ? telling.ToldAt : null;
    }

    // A closing that no history row tells. Its close date says since when it was known, unless a telling after it
    // showed the deal open.
    private DateTimeOffset Close(DealTelling telling, string value, string reason)
    {
        _isClosedByThis = true;
        if (telling.At is { } said) return Closed(said, telling.ToldAt, null, null);
        var isWon = _kindOf(value) == StageKind.Won;
        // The close date of a lost deal that lies ahead is the one that was planned for its sale.
        if (telling.ClosedAt > telling.ToldAt && !isWon) return Closed(telling.ToldAt, telling.ToldAt, null, null);
        if (telling.ClosedAt is { } closed)
        {
            var known = closed > telling.ToldAt || closed <= _stageShownAt ? telling.ToldAt : closed;
            _dayToldOf = known < _born!.RecordedAt ? _born.RecordedAt : known;
            return Closed(closed, _dayToldOf.Value, telling.IsCloseDayOnly ? telling.CloseOn : null, null);
        }
        var until = telling.ChangedAt < telling.ToldAt ? telling.ChangedAt.Value : telling.ToldAt;
        var after = Max(Max(_born!.CreatedAt, _stageShownAt), LastOf(null, telling.ToldAt)?.RecordedAt);
        if (after >= until) until = telling.ToldAt;
        if (telling.WorkedAt < until) after = Max(after, telling.WorkedAt);
        return Closed(until, until, null, after < until ? after : null);

        DateTimeOffset Closed(DateTimeOffset at, DateTimeOffset recordedAt, DateOnly? on, DateTimeOffset? notBefore)
        {
            Insert(new OpportunityChange
            {
                OpportunityId = _born!.Id, Field = OpportunityField.Stage, NewValue = value,
                At = at, RecordedAt = recordedAt, ChangedBy = telling.ToldBy,
                CloseOn = on, NotBefore = notBefore, Origin = ChangeOrigin.Told,
            }, reason);
            return recordedAt;
        }
    }

    // The day of a won deal is what the CRM's close date says: the first telling of the closing tells its day, a later
    // one corrects it.
    private void CheckDay(DealTelling telling, OpportunityChange closing)
    {
        if (_kindOf(closing.NewValue) != StageKind.Won || telling.CloseOn is not { } on
            || telling.ClosedAt is not { } at)
            return;
        var isTold = _dayToldOf == closing.RecordedAt;
        _dayToldOf = closing.RecordedAt;
        if (closing.CloseOn == on) return;
        if (closing.CloseOn is null && !telling.IsCloseDayOnly && (at - closing.At).Duration() < OneDay) return;
        if (!isTold && closing.NotBefore is null)
        {
            _changes[_changes.IndexOf(closing)] = closing with { CloseOn = on };
            return;
        }
        Add(telling, OpportunityField.Stage, closing.NewValue, telling.ToldAt, "other close date than before", on);
        _dayToldOf = telling.ToldAt;
    }

    // What the CRM's history says of a field at birth; false where it says nothing, which a history of new values does
    // of a time before its first row.
    private bool Birth(DealTelling telling, string field, out string? born)
    {
        born = null;
        var (isFound, isSettled) = (false, false);
        foreach (var change in _changes)
        {
            if (change.Field != field || change.Origin.HasFlag(ChangeOrigin.Told) || change.LearnedAt is not null)
                continue;
            var old = change.Origin.HasFlag(ChangeOrigin.WithoutOldValue) ? null : change.OldValue;
            if (change.At < _born!.CreatedAt) born = change.NewValue;
            else if (!isSettled)
            {
                if (!isFound && change.Origin.HasFlag(ChangeOrigin.WithoutOldValue)
                    && change.RecordedAt > telling.ToldAt)
                    return false;
                if (!isFound || old is not null) born = old ?? (IsAtCreation(telling, change) ? change.NewValue : null);
                isSettled = true;
            }
            isFound = true;
        }
        return isFound;
    }

    private bool IsAtCreation(DealTelling telling, OpportunityChange change)
    {
        var after = change.At - _born!.CreatedAt;
        return after <= AtCreation
            || after < OneDay && (telling.IsCreatedDayOnly || change.Origin.HasFlag(ChangeOrigin.ByDay));
    }

    private DateTimeOffset? LastClosing(DealTelling telling) =>
        LastOf(OpportunityField.Stage, telling.ToldAt) is { } last && IsClosed(last.NewValue) ? last.RecordedAt : null;

    private bool IsClosed(string? stage) => _kindOf(stage) is StageKind.Won or StageKind.Lost;

    private string? InForce(string field, DateTimeOffset at) =>
        LastOf(field, at) is { } last ? last.NewValue : _born![field];

    private OpportunityChange? LastOf(string? field, DateTimeOffset at)
    {
        for (var i = _changes.Count - 1; i >= 0; i--)
            if ((field is null || _changes[i].Field == field) && _changes[i].IsKnownAt(at)) return _changes[i];
        return null;
    }

    private void Add(
        DealTelling telling, string field, string? value, DateTimeOffset at, string reason,
        DateOnly? closeOn = null) => Insert(new OpportunityChange
    {
        OpportunityId = _born!.Id, Field = field, NewValue = value, At = at == telling.ToldAt ? telling.At ?? at : at,
        RecordedAt = at, ChangedBy = telling.ToldBy,
        CloseOn = closeOn, Origin = ChangeOrigin.Told,
    }, reason);

    private void Insert(OpportunityChange change, string reason)
    {
        var at = _changes.Count;
        while (at > 0 && _changes[at - 1].RecordedAt > change.RecordedAt) at--;
        _changes.Insert(at, change);
        _added?.Invoke(change.Field, reason);
    }

    private RetoldDeal? Finish()
    {
        if (_born is null) return null;
        for (var i = 0; i < _changes.Count; i++)
        {
            var change = _changes[i];
            if ((change.Origin & (ChangeOrigin.Told | ChangeOrigin.WithoutOldValue)) == 0) continue;
            var (before, sequence, isFound) = (_born[change.Field], change.Sequence, false);
            var isTold = change.Origin.HasFlag(ChangeOrigin.Told);
            if (isTold) sequence = 0;
            // A history of new values alone begins with the value at birth itself.
            else if (before == change.NewValue) before = null;
            for (var j = i - 1; j >= 0; j--)
            {
                var other = _changes[j];
                if (other.Field != change.Field) continue;
                if (!isFound) (before, isFound) = (other.NewValue, true);
                if (!isTold || other.RecordedAt != change.RecordedAt) break;
                if (other.At == change.At) sequence++;
            }
            if (before != change.OldValue || sequence != change.Sequence)
                _changes[i] = change with { OldValue = before, Sequence = sequence };
        }
        return new RetoldDeal(_born.ToOpportunity(), _changes);
    }

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;
}
