using ForecastEngine.Crm.Events;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>What became of one event that was sent.</summary>
public enum EventResultKind
{
    /// <summary>Its facts are in the history.</summary>
    Applied,
    /// <summary>Taken; it says what is known already.</summary>
    Unchanged,
    /// <summary>An event of this source and id had been taken before.</summary>
    Repeated,
    /// <summary>Not taken, for the reason given. Mend it and send it again.</summary>
    Rejected,
}

/// <summary>What became of one event.</summary>
/// <param name="Id">The event's id; null where it has none that can be read.</param>
/// <param name="OpportunityId">The deal; null where it cannot be read.</param>
/// <param name="Kind">Applied, unchanged, repeated or rejected.</param>
/// <param name="Facts">How many facts it added.</param>
/// <param name="Fault">Why it was rejected.</param>
public sealed record EventResult(string? Id, string? OpportunityId, EventResultKind Kind, int Facts, EventFault? Fault);

/// <summary>What became of the events, in the order in which they were sent.</summary>
public sealed record ApplyEventsResult(IReadOnlyList<EventResult> Results)
{
    /// <summary>Deals that are to be scored again.</summary>
    public IReadOnlyList<string> Touched => [.. Results.Where(r => r.Kind == EventResultKind.Applied).Select(r => r.OpportunityId!).Distinct(StringComparer.Ordinal)];
}

/// <summary>Takes events that the CRM pushes into the history. What is in order is taken, what is not is told; doing it twice changes nothing.</summary>
public static class ApplyEvents
{
    /// <summary>Most events in one call.</summary>
    public const int Most = 1000;

    /// <summary>Applies events.</summary>
    /// <param name="workspace">Where to.</param>
    /// <param name="events">For each event how to read it; what it throws as <see cref="EventException"/> becomes its rejection.</param>
    /// <param name="patience">How long it waits for another writer at most; null for as long as it takes.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    /// <exception cref="StorageBusyException">It waited so long.</exception>
    public static ApplyEventsResult Run(Workspace workspace, IReadOnlyList<Func<CloudEvent>> events, TimeSpan? patience = null, CancellationToken cancellation = default)
    {
        if (events.Count > Most) throw new OperationException($"events: found {events.Count}; expected at most {Most} in one call. Send them in several.");
        var now = workspace.Clock.GetUtcNow();
        var results = new EventResult?[events.Count];
        var read = new List<(CrmEvent Event, int Position)>();
        for (var i = 0; i < events.Count; i++)
        {
            CloudEvent? envelope = null;
            try
            {
                envelope = events[i]();
                read.Add((CrmEventReader.Read(envelope, now), i));
            }
            catch (EventException fault)
            {
                results[i] = new EventResult(envelope?.Id, envelope?.Subject, EventResultKind.Rejected, 0, new EventFault(fault.Code, fault.Message));
            }
        }
        if (read.Count > 0) Apply(workspace, read, results, patience, cancellation);
        return new ApplyEventsResult([.. results.Select(r => r!)]);
    }

    private static void Apply(Workspace workspace, List<(CrmEvent Event, int Position)> read, EventResult?[] results, TimeSpan? patience, CancellationToken cancellation)
    {
        var taken = workspace.Events.Take([.. read.Select(r => r.Event)], workspace.Clock, patience, cancellation);
        var outcomes = taken.Outcomes.ToDictionary(o => o.Event, ReferenceEqualityComparer.Instance as IEqualityComparer<CrmEvent>);
        foreach (var (one, position) in read)
        {
            results[position] = outcomes.TryGetValue(one, out var found)
                ? new EventResult(one.Id, one.OpportunityId, found.Fault is not null ? EventResultKind.Rejected : found.Facts > 0 ? EventResultKind.Applied : EventResultKind.Unchanged, found.Facts, found.Fault)
                : new EventResult(one.Id, one.OpportunityId, EventResultKind.Repeated, 0, null);
        }
    }
}
