namespace ForecastEngine.Crm;

/// <summary>
/// Dated exchange rates into one currency. The rate of a day is the newest one whose first day is not after it, among
/// those known at the as-of date; of two versions of one rate the later learned counts. Before the first known day the
/// earliest rate counts. Immutable.
/// </summary>
public sealed class ExchangeRates
{
    private readonly Dictionary<string, ExchangeRate[]> _byCurrency;

    /// <summary>Arranges <paramref name="rates"/>, which may come in any order.</summary>
    public ExchangeRates(IEnumerable<ExchangeRate> rates) => _byCurrency = rates
        .GroupBy(r => r.Currency, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.OrderBy(r => r.From ?? DateOnly.MinValue).ThenBy(r => r.KnownFrom).ToArray(),
            StringComparer.Ordinal);

    /// <summary>No rates.</summary>
    public static ExchangeRates None { get; } = new([]);

    /// <summary>All rates, by currency, first day and the time they were learned.</summary>
    public IEnumerable<ExchangeRate> All =>
        _byCurrency.OrderBy(c => c.Key, StringComparer.Ordinal).SelectMany(c => c.Value);

    /// <summary>The rate of a currency on a day as known at a date; null when none was known.</summary>
    /// <param name="currency">The currency (ISO 4217).</param>
    /// <param name="day">The day that the money belongs to.</param>
    /// <param name="asOf">Last instant whose rates may be known.</param>
    public ExchangeRate? Find(string currency, DateOnly day, AsOf asOf)
    {
        if (!_byCurrency.TryGetValue(currency, out var rates)) return null;
        var after = CountUntil(rates, day);
        for (var i = after - 1; i >= 0; i--)
            if (asOf.Knows(rates[i].KnownFrom)) return rates[i];
        ExchangeRate? earliest = null;
        for (var i = after; i < rates.Length && (earliest is null || rates[i].From == earliest.From); i++)
            if (asOf.Knows(rates[i].KnownFrom)) earliest = rates[i];
        return earliest;
    }

    /// <summary>The newest rate of a currency that is known; null when there is none.</summary>
    public ExchangeRate? Newest(string currency) => Find(currency, DateOnly.MaxValue, AsOf.At(DateTimeOffset.MaxValue));

    /// <summary>The rates that were known then.</summary>
    public ExchangeRates KnownAt(AsOf asOf) =>
        _byCurrency.Count == 0 ? this : new(All.Where(r => asOf.Knows(r.KnownFrom)));

    // How many of the rates begin on or before the day.
    private static int CountUntil(ExchangeRate[] rates, DateOnly day)
    {
        var (low, high) = (0, rates.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if ((rates[middle].From ?? DateOnly.MinValue) <= day) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
