using System.Globalization;

namespace ForecastEngine.Backtesting.Report;

/// <summary>How a language writes numbers and dates, the same on every machine: nothing is asked of its cultures.</summary>
public sealed class Notation
{
    private const string None = "–", Space = "\u00A0";
    private readonly NumberFormatInfo _numbers;
    private readonly string _date, _thousand, _million, _billion;

    private Notation(string decimalMark, string group, string date, string thousand, string million, string billion)
    {
        _numbers = new NumberFormatInfo { NumberDecimalSeparator = decimalMark, NumberGroupSeparator = group, NegativeSign = "−" };
        (_date, _thousand, _million, _billion) = (date, thousand, million, billion);
    }

    /// <summary>1,234.5; 80 %; 24 Nov 2026; 1.23 M.</summary>
    public static Notation English { get; } = new(".", ",", "d MMM yyyy", "k", "M", "bn");
    /// <summary>1.234,5; 80 %; 24. 11. 2026; 1,23 mio.</summary>
    public static Notation Slovene { get; } = new(",", ".", "d. M. yyyy", "tis.", "mio.", "mrd.");

    /// <summary>A number with groups and so many decimals; a dash where there is none.</summary>
    public string Number(double? value, int decimals = 0)
    {
        if (value is not { } v || !double.IsFinite(v)) return None;
        var rounded = Math.Round(v, decimals, MidpointRounding.AwayFromZero);
        return (rounded == 0 ? 0 : rounded).ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), _numbers);
    }

    /// <summary>A fraction as per cent.</summary>
    public string Percent(double? fraction, int decimals = 0) => fraction is { } f && double.IsFinite(f) ? Number(100 * f, decimals) + Space + "%" : None;

    /// <summary>A difference as per cent with its sign.</summary>
    public string Signed(double? fraction, int decimals = 0)
    {
        var text = Percent(fraction, decimals);
        return fraction is > 0 && text != Percent(0, decimals) ? "+" + text : text;
    }

    /// <summary>A level's number without the sign, such as 80 or 97.5.</summary>
    public string LevelNumber(double level) => Number(100 * level, Math.Abs(100 * level - Math.Round(100 * level)) < 1e-6 ? 0 : 1);

    /// <summary>A level, such as 80 %.</summary>
    public string Level(double level) => LevelNumber(level) + Space + "%";

    /// <summary>A p-value; never 0.</summary>
    public string PValue(double? value) => value is < 0.001 ? "<" + Number(0.001, 3) : Number(value, 3);

    /// <summary>An amount to three digits, such as 1.23 M.</summary>
    public string Money(double? amount) => amount is { } a && double.IsFinite(a) ? Money(a, value => Math.Abs(value) >= 99.95 ? 0 : Math.Abs(value) >= 9.995 ? 1 : 2) : None;

    /// <summary>A round amount, as beside an axis: no more decimals than it has, two at most.</summary>
    public string RoundMoney(double amount) => Money(amount, value => Math.Abs(Math.Round(value) - value) < 1e-9 ? 0 : Math.Abs(Math.Round(value, 1) - value) < 1e-9 ? 1 : 2);

    private string Money(double amount, Func<double, int> decimals)
    {
        return Math.Abs(amount) switch
        {
            >= 999_500_000 => Scaled(amount / 1e9, _billion),
            >= 999_500 => Scaled(amount / 1e6, _million),
            >= 9_995 => Scaled(amount / 1e3, _thousand),
            _ => Number(amount),
        };

        string Scaled(double value, string unit) => Number(value, decimals(value)) + Space + unit;
    }

    /// <summary>A day.</summary>
    public string Date(DateOnly date) => date.ToString(_date, CultureInfo.InvariantCulture).Replace(" ", Space, StringComparison.Ordinal);

    /// <summary>An instant in UTC to the minute.</summary>
    public string Instant(DateTimeOffset at) => Date(DateOnly.FromDateTime(at.UtcDateTime)) + at.UtcDateTime.ToString(" HH:mm", CultureInfo.InvariantCulture) + Space + "UTC";
}
