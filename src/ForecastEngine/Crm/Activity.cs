namespace ForecastEngine.Crm;

/// <summary>Something people did about an opportunity, a lead or an account: a call, a mail, a meeting, a task.</summary>
public sealed record Activity
{
    /// <summary>The CRM's id, or one derived from the row's content where the export has none.</summary>
    public required string Id { get; init; }

    /// <summary>The opportunity it concerns; null when it concerns a lead or an account only.</summary>
    public string? OpportunityId { get; init; }

    /// <summary>The lead it concerns.</summary>
    public string? LeadId { get; init; }

    /// <summary>The account it concerns.</summary>
    public string? AccountId { get; init; }

    /// <summary>Call, Email, Meeting, or whatever the CRM calls it.</summary>
    public required string Kind { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the CRM learned of it.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Who did it.</summary>
    public string? OwnerId { get; init; }
}
