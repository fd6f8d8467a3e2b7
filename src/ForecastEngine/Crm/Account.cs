namespace ForecastEngine.Crm;

/// <summary>A customer, or one who may become it.</summary>
/// <param name="Id">The CRM's id.</param>
/// <param name="Name">Its name; never a feature.</param>
/// <param name="Industry">Line of business.</param>
/// <param name="Region">Sales region.</param>
/// <param name="Segment">Size class.</param>
/// <param name="RecordedAt">When the CRM learned of it.</param>
public sealed record Account(string Id, string? Name, string? Industry, string? Region, string? Segment, DateTimeOffset RecordedAt);
