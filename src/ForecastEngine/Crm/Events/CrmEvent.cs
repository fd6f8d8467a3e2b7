namespace ForecastEngine.Crm.Events;

/// <summary>What an event of the CRM tells.</summary>
public enum CrmEventKind
{
    /// <summary><c>opportunity.created</c>: a deal came into being.</summary>
    Created,
    /// <summary><c>opportunity.changed</c>: fields took new values.</summary>
    Changed,
    /// <summary><c>opportunity.closed</c>: won or lost.</summary>
    Closed,
    /// <summary><c>opportunity.deleted</c>: the CRM no longer has it.</summary>
    Deleted,
    /// <summary><c>opportunity.merged</c>: it became part of another deal.</summary>
    Merged,
    /// <summary><c>opportunity.activity</c>: people did something about the deal.</summary>
    Activity,
}

/// <summary>One event of the CRM about one opportunity, read and checked, values in canonical text.</summary>
public sealed record CrmEvent
{
    /// <summary>Who says so; with <see cref="Id"/> it names the event, and the same event twice changes nothing.</summary>
    public required string Source { get; init; }
    /// <summary>The event's id, unique within its source.</summary>
    public required string Id { get; init; }
    /// <summary>What it tells.</summary>
    public required CrmEventKind Kind { get; init; }
    /// <summary>The deal.</summary>
    public required string OpportunityId { get; init; }
    /// <summary>When it became true.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>When the CRM learned of it: the event's own time.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
    /// <summary>Who entered it.</summary>
    public string? ChangedBy { get; init; }
    /// <summary>The deal as it was born, of a <see cref="CrmEventKind.Created"/> event.</summary>
    public Opportunity? Born { get; init; }
    /// <summary>New values by <see cref="OpportunityField"/> or custom column, canonical text; null empties the field.</summary>
    public IReadOnlyDictionary<string, string?> Fields { get; init; } = new Dictionary<string, string?>();
    /// <summary>What people call the deal from now on; null leaves the name.</summary>
    public string? Name { get; init; }
    /// <summary>True for won, false for lost, of a <see cref="CrmEventKind.Closed"/> event.</summary>
    public bool? Won { get; init; }
    /// <summary>The deal that it was merged into, of a <see cref="CrmEventKind.Merged"/> event.</summary>
    public string? MergedInto { get; init; }
    /// <summary>The activity, of an <see cref="CrmEventKind.Activity"/> event.</summary>
    public Activity? Activity { get; init; }
}

/// <summary>Why an event was not taken.</summary>
/// <param name="Code">Stable, for programs: <c>invalid-event</c>, <c>unknown-type</c>, <c>unknown-opportunity</c>, <c>unknown-stage</c> …</param>
/// <param name="Message">For people.</param>
public sealed record EventFault(string Code, string Message);

/// <summary>An event cannot be taken.</summary>
public sealed class EventException(string code, string message) : Exception(message)
{
    /// <summary>Stable, for programs.</summary>
    public string Code { get; } = code;
}
