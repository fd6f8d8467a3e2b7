namespace ForecastEngine.Storage;

/// <summary>An address that is told when something changes.</summary>
public sealed record WebhookEndpoint
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }
    /// <summary>Where messages are posted.</summary>
    public required string Url { get; init; }
    /// <summary>For people.</summary>
    public string? Description { get; init; }
    /// <summary>Types of messages it wants, separated by blanks.</summary>
    public required string Types { get; init; }
    /// <summary>The team whose subtree it hears of; null for everything.</summary>
    public string? TeamId { get; init; }
    /// <summary>The secret that messages are signed with, <c>whsec_…</c>: shown once, never logged.</summary>
    public required string Secret { get; init; }
    /// <summary>The secret before the last rotation.</summary>
    public string? PreviousSecret { get; init; }
    /// <summary>Until when messages are signed with the previous secret as well.</summary>
    public DateTimeOffset? PreviousSecretUntil { get; init; }
    /// <summary>Least change of a win probability that is told, 0–1.</summary>
    public double LeastMove { get; init; } = 0.10;
    /// <summary>Least change of a forecast that is told, as a share of it.</summary>
    public double LeastChange { get; init; } = 0.05;
    /// <summary>False while nothing is sent.</summary>
    public bool IsEnabled { get; init; } = true;
    /// <summary>Why it was switched off; null when somebody chose so or it is on.</summary>
    public string? Fault { get; init; }
    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>True when it wants messages of this type.</summary>
    public bool Wants(string type) => IsEnabled && Types.Split(' ').Contains(type, StringComparer.Ordinal);
}

/// <summary>Where a delivery stands.</summary>
public enum DeliveryStatus
{
    /// <summary>To be sent, or sent again.</summary>
    Pending,
    /// <summary>The endpoint answered with success.</summary>
    Delivered,
    /// <summary>Given up after the last attempt: a dead letter, which stays until somebody sends it again or removes it.</summary>
    Dead,
}

/// <summary>One message to one endpoint.</summary>
public sealed record WebhookDelivery
{
    /// <summary>Number; given by the database.</summary>
    public long Id { get; init; }
    /// <summary>The endpoint.</summary>
    public required string EndpointId { get; init; }
    /// <summary>The message's id, the same at every attempt: the receiver knows a repetition by it.</summary>
    public required string MessageId { get; init; }
    /// <summary>Type of the message.</summary>
    public required string Type { get; init; }
    /// <summary>The JSON that is sent, to the byte.</summary>
    public required string Body { get; init; }
    /// <summary>Pending, delivered or dead.</summary>
    public DeliveryStatus Status { get; init; }
    /// <summary>Attempts so far.</summary>
    public int Attempts { get; init; }
    /// <summary>When the next attempt is due.</summary>
    public required DateTimeOffset DueAt { get; init; }
    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>When it was delivered.</summary>
    public DateTimeOffset? SentAt { get; init; }
    /// <summary>Until when a process holds it for sending.</summary>
    public DateTimeOffset? ClaimedUntil { get; init; }
    /// <summary>HTTP status of the last attempt; null when there was no answer.</summary>
    public int? LastStatus { get; init; }
    /// <summary>What went wrong at the last attempt.</summary>
    public string? LastFault { get; init; }
}

/// <summary>A rescoring run whose changes have been told.</summary>
internal sealed record WebhookAnnouncement(long RunId, DateTimeOffset At);
