namespace ForecastEngine.Crm;

/// <summary>What one unit of a currency is worth, from a day on until the next rate of that currency.</summary>
/// <param name="Currency">The currency (ISO 4217).</param>
/// <param name="From">First day it counts for; null for a constant, which counts for every day before the first dated
/// rate.</param>
/// <param name="Rate">History's currency per unit of <paramref name="Currency"/>, above 0.</param>
/// <param name="Source">Who says so, such as a file or an import map.</param>
/// <param name="LearnedAt">
/// Of a correction: when it replaced the rate before it. Null for a rate that anyone could know on its own day, a
/// constant always.
/// </param>
public sealed record ExchangeRate(string Currency, DateOnly? From, decimal Rate, string Source, DateTimeOffset? LearnedAt = null)
{
    /// <summary>Since when a snapshot may use it.</summary>
    public DateTimeOffset KnownFrom =>
        LearnedAt ?? new DateTimeOffset((From ?? DateOnly.MinValue).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
