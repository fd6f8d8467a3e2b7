namespace ForecastEngine.Crm.Events;

/// <summary>What became of one event.</summary>
/// <param name="Event">The event.</param>
/// <param name="Facts">How many facts it tells that the deal did not have; 0 when it says what is known.</param>
/// <param name="Fault">Why it was not taken; null when it was.</param>
public sealed record EventOutcome(CrmEvent Event, int Facts, EventFault? Fault);

/// <summary>
/// Turns events into the facts that an import would have told. Each event is held against its deal as known at the event's
/// own time, those before it in the list included; a value that the deal has already is no change.
/// </summary>
public sealed class EventFacts
{
    private readonly Dictionary<string, Opportunity> _deals;
    private readonly Dictionary<string, List<OpportunityChange>> _changes = new(StringComparer.Ordinal);
    private readonly CrmHistory _known;
    private readonly List<OpportunityChange> _newChanges = [];
    private readonly Dictionary<string, Opportunity> _newDeals = new(StringComparer.Ordinal);
    private readonly List<Activity> _activities = [];
    private readonly List<EventOutcome> _outcomes = [];

    private EventFacts(CrmHistory known)
    {
        _known = known;
        _deals = known.Opportunities.ToDictionary(o => o.Id, StringComparer.Ordinal);
        for (var i = 0; i < known.Opportunities.Length; i++) _changes[known.Opportunities[i].Id] = [.. known.ToldOf(i)];
    }

    /// <summary>The facts of <paramref name="events"/>, in their order.</summary>
    /// <param name="known">The deals that the events name, as far as they are known, and all stages.</param>
    /// <param name="events">The events.</param>
    /// <returns>New facts alone, and what became of each event.</returns>
    public static (CrmFacts Facts, IReadOnlyList<EventOutcome> Outcomes) From(CrmHistory known, IReadOnlyList<CrmEvent> events)
    {
        var all = new EventFacts(known);
        foreach (var one in events) all._outcomes.Add(all.Take(one));
        return (new CrmFacts
        {
            Currency = known.Currency, IsDegraded = known.IsDegraded, Stages = [], Opportunities = [.. all._newDeals.Values], Changes = all._newChanges, Activities = all._activities,
            ExportedAt = events.Count == 0 ? known.ExportedAt : events.Max(e => e.RecordedAt),
        }, all._outcomes);
    }

    private EventOutcome Take(CrmEvent one)
    {
        var isKnown = _deals.TryGetValue(one.OpportunityId, out var deal);
        if (one.Kind == CrmEventKind.Created) return isKnown ? new EventOutcome(one, 0, null) : Bear(one);
        if (!isKnown) return Refused(one, "unknown-opportunity", $"opportunity {one.OpportunityId}: found none with this id; expected one that was imported or created. Send opportunity.created first.");
        if (one.Kind == CrmEventKind.Activity)
        {
            _activities.Add(one.Activity!);
            return new EventOutcome(one, 1, null);
        }
        var fields = new Dictionary<string, string?>(one.Fields, StringComparer.Ordinal);
        if (one.Won is { } won && Close(one, won, fields) is { } fault) return fault;
        if (fields.TryGetValue(OpportunityField.Stage, out var stage) && _known.FindStage(stage) is null) return UnknownStage(one, stage);
        var facts = 0;
        if (one.Name is not null && one.Name != deal!.Name)
        {
            _deals[deal.Id] = _newDeals[deal.Id] = deal with { Name = one.Name };
            facts++;
        }
        foreach (var (field, value) in fields.OrderBy(f => f.Key, StringComparer.Ordinal))
            if (Change(one, deal!, field, value)) facts++;
        return new EventOutcome(one, facts, null);
    }

    private EventOutcome Bear(CrmEvent one)
    {
        if (one.Born!.Stage is { } stage && _known.FindStage(stage) is null) return UnknownStage(one, stage);
        // A closing is a change: a deal that is told only when it is won or lost is born without a stage and closed at its birth.
        var closed = _known.FindStage(one.Born.Stage) is { Kind: not StageKind.Open };
        var born = closed ? one.Born with { Stage = null } : one.Born;
        _deals.Add(born.Id, born);
        _newDeals.Add(born.Id, born);
        _changes.Add(born.Id, []);
        return new EventOutcome(one, closed && Change(one, born, OpportunityField.Stage, one.Born.Stage) ? 2 : 1, null);
    }

    // The stage may be named; otherwise it is the first one that means this outcome.
    private EventOutcome? Close(CrmEvent one, bool won, Dictionary<string, string?> fields)
    {
        var kind = won ? StageKind.Won : StageKind.Lost;
        if (fields.TryGetValue(OpportunityField.Stage, out var named))
            return _known.FindStage(named) is { } stage && stage.Kind != kind
                ? Refused(one, "contradiction", $"event, data.stage: found {named}, which means {stage.Kind}; expected a stage that means {kind}, or no stage.") : null;
        var closed = _known.Stages.FirstOrDefault(s => s.Kind == kind);
        if (closed is null) return Refused(one, "unknown-stage", $"event, data.outcome: found {kind}, for which no stage stands; expected data.stage. Import the stages first.");
        fields[OpportunityField.Stage] = closed.Name;
        return null;
    }

    private bool Change(CrmEvent one, Opportunity deal, string field, string? value)
    {
        var changes = _changes[deal.Id];
        OpportunityChange? last = null;
        foreach (var change in changes)
            if (change.Field == field && change.RecordedAt <= one.RecordedAt && (last is null || change.RecordedAt >= last.RecordedAt)) last = change;
        var before = last is null ? AtBirth(deal, field) : last.NewValue;
        if (before == value) return false;
        var made = new OpportunityChange { OpportunityId = deal.Id, Field = field, OldValue = before, NewValue = value, At = one.At, RecordedAt = one.RecordedAt, ChangedBy = one.ChangedBy };
        changes.Add(made);
        _newChanges.Add(made);
        return true;
    }

    private static string? AtBirth(Opportunity deal, string field) => field switch
    {
        OpportunityField.Stage => deal.Stage,
        OpportunityField.Amount => EventValues.Canonical(deal.Amount),
        OpportunityField.PlannedCloseOn => EventValues.Canonical(deal.PlannedCloseOn),
        OpportunityField.OwnerId => deal.OwnerId,
        OpportunityField.ProductId => deal.ProductId,
        OpportunityField.CrmProbability => EventValues.Canonical(deal.CrmProbability),
        OpportunityField.ForecastCategory or OpportunityField.LossReason => null,
        _ => deal.Attributes.GetValueOrDefault(field),
    };

    private EventOutcome UnknownStage(CrmEvent one, string? stage) =>
        Refused(one, "unknown-stage", $"event, data.stage: found \"{stage}\"; expected one of {string.Join(", ", _known.Stages.Select(s => s.Name).Take(20))}.");

    private static EventOutcome Refused(CrmEvent one, string code, string message) => new(one, 0, new EventFault(code, message));
}
