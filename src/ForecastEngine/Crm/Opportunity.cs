namespace ForecastEngine.Crm;

/// <summary>
/// A deal as it was born: only what was known at its creation. Everything that happened to it afterwards, its
/// outcome included, is an <see cref="OpportunityChange"/> with two times of its own, so that a past state can be
/// rebuilt without looking at the future.
/// </summary>
public sealed record Opportunity
{
    /// <summary>The CRM's id, as text.</summary>
    public required string Id { get; init; }

    /// <summary>What people call the deal; never a feature.</summary>
    public string? Name { get; init; }

    /// <summary>When the deal came into being.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the CRM learned of it; at or after <see cref="CreatedAt"/> unless the deal was entered ahead.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The customer, where known at birth.</summary>
    public string? AccountId { get; init; }

    /// <summary>The lead it grew from.</summary>
    public string? LeadId { get; init; }

    /// <summary>The sales rep who held it at birth.</summary>
    public string? OwnerId { get; init; }

    /// <summary>The main product at birth.</summary>
    public string? ProductId { get; init; }

    /// <summary>Where it came from: web, referral, campaign …</summary>
    public string? Source { get; init; }

    /// <summary>Sales region.</summary>
    public string? Region { get; init; }

    /// <summary>Customer segment, size class.</summary>
    public string? Segment { get; init; }

    /// <summary>Stage at birth; null when the export has no stage history to tell.</summary>
    public string? Stage { get; init; }

    /// <summary>Amount at birth as typed, in the deal's own currency; negative for a credit.</summary>
    public decimal? Amount { get; init; }

    /// <summary>The deal's own currency at birth (ISO 4217); null for the history's currency.</summary>
    public string? Currency { get; init; }

    /// <summary>Planned close date at birth.</summary>
    public DateOnly? PlannedCloseOn { get; init; }

    /// <summary>The CRM's or rep's own win probability at birth, 0–1; a baseline, never a feature.</summary>
    public double? CrmProbability { get; init; }

    /// <summary>Custom columns that the import map declares known at birth (<c>created</c>), by column name.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = NoAttributes;

    /// <summary>The shared empty dictionary.</summary>
    public static IReadOnlyDictionary<string, string> NoAttributes { get; } = new Dictionary<string, string>();
}
