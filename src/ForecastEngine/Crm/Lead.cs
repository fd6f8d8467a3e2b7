namespace ForecastEngine.Crm;

/// <summary>Interest that may become an opportunity.</summary>
public sealed record Lead
{
    /// <summary>The CRM's id.</summary>
    public required string Id { get; init; }
    /// <summary>When it came in.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>When the CRM learned of it.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
    /// <summary>Where it came from.</summary>
    public string? Source { get; init; }
    /// <summary>Sales region.</summary>
    public string? Region { get; init; }
    /// <summary>Customer segment.</summary>
    public string? Segment { get; init; }
    /// <summary>The account it belongs to.</summary>
    public string? AccountId { get; init; }
    /// <summary>Who handles it.</summary>
    public string? OwnerId { get; init; }
    /// <summary>When it became an opportunity; null while it has not.</summary>
    public DateTimeOffset? ConvertedAt { get; init; }
    /// <summary>The opportunity it became.</summary>
    public string? OpportunityId { get; init; }
    /// <summary>When it was given up; null while it has not been.</summary>
    public DateTimeOffset? DisqualifiedAt { get; init; }
    /// <summary>Custom columns known at birth.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = Opportunity.NoAttributes;
}
