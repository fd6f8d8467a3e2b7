using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>An amount in a currency (ISO 4217). Sums are allowed within one currency only.</summary>
public readonly record struct Money(decimal Amount, string Currency)
{
    /// <summary>Adds two amounts. Throws when the currencies differ: convert at import, through the map's rates.</summary>
    public static Money operator +(Money left, Money right) => left.Currency == right.Currency
        ? left with { Amount = left.Amount + right.Amount }
        : throw new InvalidOperationException($"Money: found {left.Currency} + {right.Currency}; expected one currency. Convert at import through the rates of the import map.");

    /// <summary>For instance <c>1250.00 EUR</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount:0.00} {Currency}");
}
