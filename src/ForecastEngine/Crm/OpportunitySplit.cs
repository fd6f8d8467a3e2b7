namespace ForecastEngine.Crm;

/// <summary>What a split is for.</summary>
public enum SplitKind
{
    /// <summary>Divides the deal's revenue between owners.</summary>
    Revenue,
    /// <summary>Credits somebody beside them: kept apart, in no sum.</summary>
    Overlay,
}

/// <summary>A person's share in an opportunity.</summary>
/// <param name="Id">The CRM's id, or one derived from opportunity, owner and kind.</param>
/// <param name="OpportunityId">The opportunity.</param>
/// <param name="OwnerId">The person.</param>
/// <param name="Share">The share, at least 0; up to 1 for revenue, up to 10 for overlay.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="RecordedAt">When the CRM learned of it.</param>
public sealed record OpportunitySplit(
    string Id, string OpportunityId, string OwnerId, decimal Share, SplitKind Kind, DateTimeOffset RecordedAt);
