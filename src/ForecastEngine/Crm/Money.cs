using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>An amount in its own currency, as typed in the CRM.</summary>
/// <param name="Amount">How much; negative for a credit.</param>
/// <param name="Currency">ISO 4217; null for the history's currency.</param>
public readonly record struct Money(decimal Amount, string? Currency)
{
    /// <summary>
    /// The amount in the history's currency: amount × rate, rounded to cents; null where no rate of that day was known.
    /// Money in the history's own currency stays as it is.
    /// </summary>
    /// <param name="history">Where it belongs.</param>
    /// <param name="day">The day whose rate counts: of what is closed that of the close, of what is open the as-of
    /// date.</param>
    /// <param name="asOf">Last instant whose rates may be known.</param>
    public decimal? ToHistoryCurrency(CrmHistory history, DateOnly day, AsOf asOf)
    {
        if (Currency is null || Currency == history.Currency) return Amount;
        return history.Rates.Find(Currency, day, asOf) is { } found
            ? decimal.Round(Amount * found.Rate, 2, MidpointRounding.AwayFromZero)
            : null;
    }

    /// <summary>Sums by currency in words, such as <c>50,000,000 JPY and 300 CHF</c>.</summary>
    public static string Sums(IEnumerable<Money> amounts) => string.Join(" and ", amounts
        .GroupBy(m => m.Currency, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Sum(m => m.Amount):#,0.##} {g.Key}")));
}
