namespace ForecastEngine.Crm.Import;

/// <summary>
/// Reads an amount that is written for people: with its currency, in brackets where negative, with separators of
/// thousands. Only texts that carry such a mark are read so; a bare number is read as the map writes numbers.
/// </summary>
internal static class MoneyText
{
    private static readonly HashSet<string> Codes = new("""
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
        CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF
        GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP
        LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB
        PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
        THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
        """.Split((char[])[' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    // A sign that several currencies share tells none.
    private static readonly (string Sign, string? Code)[] Signs =
        [("€", "EUR"), ("£", "GBP"), ("kr.", null), ("kr", null), ("$", null), ("¥", null)];

    /// <summary>Reads an amount with a mark.</summary>
    /// <param name="text">As written, trimmed.</param>
    /// <param name="map">Whose separators decide where the text alone leaves two readings.</param>
    /// <param name="amount">The amount.</param>
    /// <param name="currency">The currency that the text itself states (ISO 4217); null for none.</param>
    /// <param name="sharedSign">A sign in it that several currencies share; null for none.</param>
    /// <returns>False for a text without a mark, or that is no amount.</returns>
    public static bool TryRead(
        string text, ImportMap map, out decimal amount, out string? currency, out string? sharedSign)
    {
        (amount, currency, sharedSign) = (0, null, null);
        var rest = text.AsSpan().Trim();
        var isNegative = TakeBrackets(ref rest);
        var isMarked = isNegative;
        isNegative |= TakeMinus(ref rest);
        if (rest.Length > 3 && Codes.Contains(rest[..3].ToString()))
        {
            currency = rest[..3].ToString();
            rest = rest[3..].Trim();
        }
        else if (rest.Length > 3 && Codes.Contains(rest[^3..].ToString()))
        {
            currency = rest[^3..].ToString();
            rest = rest[..^3].Trim();
        }
        foreach (var (sign, code) in Signs)
        {
            if (rest.StartsWith(sign, StringComparison.OrdinalIgnoreCase)) rest = rest[sign.Length..].Trim();
            else if (rest.EndsWith(sign, StringComparison.OrdinalIgnoreCase)) rest = rest[..^sign.Length].Trim();
            else continue;
            isMarked = true;
            currency ??= code;
            if (currency is null) sharedSign = sign;
            break;
        }
        if (!isMarked && currency is null) return false;
        isNegative |= TakeBrackets(ref rest) | TakeMinus(ref rest);
        if (!TryNumber(rest, map, out amount)) return false;
        if (isNegative) amount = -amount;
        return true;
    }

    private static bool TakeBrackets(ref ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || text[0] != '(' || text[^1] != ')') return false;
        text = text[1..^1].Trim();
        return true;
    }

    private static bool TakeMinus(ref ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] is not ('-' or '\u2212') && text[^1] is not ('-' or '\u2212')) return false;
        text = (text[0] is '-' or '\u2212' ? text[1..] : text[..^1]).Trim();
        return true;
    }

    // Of two separators the last is the decimal one; one that comes twice parts thousands; one alone is decimal
    // unless three digits follow: then the map says which it is.
    private static bool TryNumber(ReadOnlySpan<char> text, ImportMap map, out decimal number)
    {
        number = 0;
        var (points, commas) = (text.Count('.'), text.Count(','));
        char? point = (points, commas) switch
        {
            (0, 0) => null,
            (1, 0) => IsThousands(text, '.', map) ? null : '.',
            (0, 1) => IsThousands(text, ',', map) ? null : ',',
            (1, > 0) when text.LastIndexOf('.') > text.LastIndexOf(',') => '.',
            (> 0, 1) when text.LastIndexOf(',') > text.LastIndexOf('.') => ',',
            (> 1, 0) or (0, > 1) => null,
            _ => '\0',
        };
        if (point == '\0') return false;
        var at = point is { } p ? text.LastIndexOf(p) : text.Length;
        return TryWhole(text[..at], out var whole)
            && TryFraction(text[Math.Min(at + 1, text.Length)..], out var fraction)
            && (number = whole + fraction) >= 0;
    }

    private static bool IsThousands(ReadOnlySpan<char> text, char separator, ImportMap map) =>
        text.Length - text.IndexOf(separator) - 1 == 3 && map.DecimalSeparator != separator;

    // Digits, alone or in groups of three after the first; groups may also be parted by spaces or apostrophes.
    private static bool TryWhole(ReadOnlySpan<char> text, out decimal whole)
    {
        whole = 0;
        var (inGroup, groups) = (0, 0);
        foreach (var character in text)
        {
            if (char.IsAsciiDigit(character))
            {
                if (++inGroup > 27) return false;
                whole = whole * 10 + (character - '0');
                if (whole > 1e24m) return false;
                continue;
            }
            if (character is not ('.' or ',' or ' ' or '\u00A0' or '\u202F' or '\'' or '\u2019')) return false;
            if (groups == 0 ? inGroup is 0 or > 3 : inGroup != 3) return false;
            (groups, inGroup) = (groups + 1, 0);
        }
        return groups == 0 ? inGroup > 0 : inGroup == 3;
    }

    private static bool TryFraction(ReadOnlySpan<char> text, out decimal fraction)
    {
        fraction = 0;
        var unit = 1m;
        foreach (var character in text)
        {
            if (!char.IsAsciiDigit(character)) return false;
            fraction += (character - '0') * (unit /= 10);
        }
        return text.Length <= 10;
    }
}
