namespace ForecastEngine.Crm;

/// <summary>A product or service on the price list.</summary>
/// <param name="Id">The CRM's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Family">Product family.</param>
/// <param name="ListPrice">Price of one unit, in <paramref name="Currency"/>.</param>
/// <param name="RecordedAt">When the CRM learned of it.</param>
/// <param name="Currency">ISO 4217; null for the history's currency.</param>
public sealed record Product(string Id, string Name, string? Family, decimal? ListPrice, DateTimeOffset RecordedAt, string? Currency = null);

/// <summary>A product on an opportunity.</summary>
/// <param name="Id">The CRM's id, or one derived from the row.</param>
/// <param name="OpportunityId">The opportunity.</param>
/// <param name="ProductId">The product.</param>
/// <param name="Quantity">How many units.</param>
/// <param name="Amount">Total of the line, in <paramref name="Currency"/>; negative for a credit.</param>
/// <param name="RecordedAt">When the CRM learned of it.</param>
/// <param name="Currency">ISO 4217; null for the history's currency.</param>
public sealed record LineItem(string Id, string OpportunityId, string ProductId, decimal Quantity, decimal Amount, DateTimeOffset RecordedAt, string? Currency = null);
