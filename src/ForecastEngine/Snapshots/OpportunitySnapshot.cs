using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>The immutable state of one opportunity as of a date: what was known then, and nothing later.</summary>
public sealed record OpportunitySnapshot
{
    /// <summary>The opportunity.</summary>
    public required string OpportunityId { get; init; }
    /// <summary>What people call it.</summary>
    public string? Name { get; init; }
    /// <summary>The date.</summary>
    public required AsOf AsOf { get; init; }
    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Stage; null when the export does not tell.</summary>
    public string? Stage { get; init; }
    /// <summary>Order of the stage, −1 when unknown.</summary>
    public int StageOrder { get; init; } = -1;
    /// <summary>Current amount in the history's currency.</summary>
    public decimal? Amount { get; init; }
    /// <summary>Planned close date.</summary>
    public DateOnly? PlannedCloseOn { get; init; }
    /// <summary>Owner.</summary>
    public string? OwnerId { get; init; }
    /// <summary>The owner's team.</summary>
    public string? TeamId { get; init; }
    /// <summary>Main product.</summary>
    public string? ProductId { get; init; }
    /// <summary>Region.</summary>
    public string? Region { get; init; }
    /// <summary>The CRM's own win probability, 0–1: the deal's figure, else its stage's default.</summary>
    public double? CrmProbability { get; init; }
    /// <summary>The rep's category.</summary>
    public string? ForecastCategory { get; init; }
    /// <summary>Features in the order of the <see cref="FeatureSet"/>.</summary>
    public required float[] Features { get; init; }
}
