namespace ForecastEngine.Crm;

/// <summary>What a sales pipeline sells.</summary>
public enum PipelineKind
{
    /// <summary>To new customers, or anything new.</summary>
    NewBusiness,
    /// <summary>What a customer has, for a further term.</summary>
    Renewal,
    /// <summary>More to those who are customers.</summary>
    Expansion,
    /// <summary>Nothing: onboarding, delivery, hiring. Its deals are no revenue, won or not.</summary>
    NotRevenue,
}

/// <summary>A sales process with stages of its own. A deal is in that of its stage.</summary>
/// <param name="Name">As the CRM writes it; unique.</param>
/// <param name="Kind">What it sells.</param>
public sealed record SalesPipeline(string Name, PipelineKind Kind)
{
    /// <summary>False where its deals are no revenue.</summary>
    public bool IsRevenue => Kind != PipelineKind.NotRevenue;
}
