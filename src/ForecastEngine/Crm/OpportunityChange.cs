namespace ForecastEngine.Crm;

/// <summary>Names of the fields whose changes the engine understands; any other name is a custom tracked column.</summary>
public static class OpportunityField
{
    /// <summary>Stage name. A change into a won or lost stage is the outcome.</summary>
    public const string Stage = "Stage";
    /// <summary>Amount as typed, in the deal's own currency at that time, invariant decimal text.</summary>
    public const string Amount = "Amount";
    /// <summary>The deal's own currency (ISO 4217); null for the history's currency.</summary>
    public const string Currency = "Currency";
    /// <summary>Planned close date, <c>yyyy-MM-dd</c>.</summary>
    public const string PlannedCloseOn = "PlannedCloseOn";
    /// <summary>Sales rep id.</summary>
    public const string OwnerId = "OwnerId";
    /// <summary>Main product id.</summary>
    public const string ProductId = "ProductId";
    /// <summary>The CRM's own win probability, 0–1, invariant text.</summary>
    public const string CrmProbability = "CrmProbability";
    /// <summary>The rep's category: commit, best case, pipeline, omitted.</summary>
    public const string ForecastCategory = "ForecastCategory";
    /// <summary>Why it was lost; known at the close only.</summary>
    public const string LossReason = "LossReason";

    /// <summary>True for the name of a custom tracked column.</summary>
    public static bool IsCustom(string field) => field is not (Stage or Amount or Currency or PlannedCloseOn or OwnerId or ProductId or CrmProbability or ForecastCategory or LossReason);
}

/// <summary>One field of one opportunity took a new value.</summary>
public sealed record OpportunityChange
{
    /// <summary>The opportunity that changed.</summary>
    public required string OpportunityId { get; init; }

    /// <summary>One of <see cref="OpportunityField"/>, or the name of a custom tracked column.</summary>
    public required string Field { get; init; }

    /// <summary>The value before, canonical text (see <see cref="OpportunityField"/>); null for none or unknown.</summary>
    public string? OldValue { get; init; }

    /// <summary>The value after, canonical text; null when the field was emptied.</summary>
    public string? NewValue { get; init; }

    /// <summary>When it became true.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the CRM learned of it: the only time that decides whether a snapshot may see it.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Who entered it.</summary>
    public string? ChangedBy { get; init; }

    /// <summary>Of a closing: the day that the CRM's close date says, to which revenue belongs; null where the day of <see cref="At"/> counts.</summary>
    public DateOnly? CloseOn { get; init; }

    /// <summary>
    /// Of a closing whose day nobody told: it happened after this moment and by <see cref="At"/>, no one knows when. Null for every other change.
    /// </summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>
    /// 0, 1, 2 … among changes of one opportunity that are alike in every other respect; keeps a real repetition
    /// apart from a second import of the same row.
    /// </summary>
    public int Occurrence { get; init; }
}
