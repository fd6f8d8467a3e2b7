using ForecastEngine.Crm;

namespace ForecastEngine.Forecasting;

/// <summary>Deals whose amount is in a currency without a rate, added up by currency.</summary>
internal sealed class MissingRates
{
    private readonly SortedDictionary<string, decimal> _sums = new(StringComparer.Ordinal);

    /// <summary>How many deals.</summary>
    public int Deals { get; private set; }

    public void Add(Money? amount)
    {
        if (amount is { Currency: { } currency } money) Add(1, currency, money.Amount);
    }

    public void Add(MissingRates other)
    {
        foreach (var (currency, sum) in other._sums) Add(0, currency, sum);
        Deals += other.Deals;
    }

    /// <summary>The sums by currency in words.</summary>
    public override string ToString() => Money.Sums(_sums.Select(s => new Money(s.Value, s.Key)));

    public void Write(BinaryWriter writer)
    {
        writer.Write(Deals);
        writer.Write(_sums.Count);
        foreach (var (currency, sum) in _sums)
        {
            writer.Write(currency);
            writer.Write(sum);
        }
    }

    public static MissingRates Read(BinaryReader reader)
    {
        var missing = new MissingRates { Deals = reader.ReadInt32() };
        for (var left = reader.ReadInt32(); left > 0; left--) missing._sums.Add(reader.ReadString(), reader.ReadDecimal());
        return missing;
    }

    private void Add(int deals, string currency, decimal amount)
    {
        Deals += deals;
        _sums[currency] = _sums.GetValueOrDefault(currency) + amount;
    }
}
