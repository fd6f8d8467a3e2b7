namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>How numbers are written, told from all values.</summary>
internal sealed class NumberShape
{
    private const int ThousandsFrom = 4;

    /// <summary>Values looked at.</summary>
    public long All { get; private set; }

    /// <summary>Values that are numbers, however written, with a currency or a percent sign or without.</summary>
    public long Read { get; private set; }

    /// <summary>Numbers whose decimal sign can only be a point.</summary>
    public long Point { get; private set; }

    /// <summary>Numbers whose decimal sign can only be a comma.</summary>
    public long Comma { get; private set; }

    /// <summary>Numbers such as 1.234, in which the point may stand for thousands or for decimals.</summary>
    public long EitherPoint { get; private set; }

    /// <summary>Numbers such as 1,234.</summary>
    public long EitherComma { get; private set; }

    /// <summary>Whole numbers of four digits or more without any separator: then nobody writes thousands.</summary>
    public long Ungrouped { get; private set; }

    /// <summary>Numbers with a percent sign.</summary>
    public long Percent { get; private set; }

    /// <summary>Largest number without regard to its sign, as far as it could be read.</summary>
    public double Largest { get; private set; }

    /// <summary>Separator of thousands that was seen: a point, comma, apostrophe or space; null for none.</summary>
    public char? Group { get; private set; }

    /// <summary>A value whose decimal sign is a point, and one with a comma.</summary>
    public (string? Point, string? Comma) Examples { get; private set; }

    /// <summary>Counts a value.</summary>
    public void Add(string text)
    {
        All++;
        if (text.Length > 40) return;
        Span<char> digits = stackalloc char[text.Length];
        if (!Strip(text, digits, out var length, out var isPercent)) return;
        var number = digits[..length];
        var (points, commas) = (number.Count('.'), number.Count(','));
        var tail = length - 1 - Math.Max(number.LastIndexOf('.'), number.LastIndexOf(','));
        Read++;
        if (isPercent) Percent++;
        if (points > 0 && commas > 0)
        {
            if (number.LastIndexOf('.') > number.LastIndexOf(',')) IsPoint(text, ',');
            else IsComma(text, '.');
        }
        else if (points > 1) IsComma(text, '.', isOnlyGrouped: true);
        else if (commas > 1) IsPoint(text, ',', isOnlyGrouped: true);
        else if (points + commas == 0) { if (length >= ThousandsFrom) Ungrouped++; }
        else if (tail == 3 && length - tail - 1 is >= 1 and <= 3 && number[0] != '0') { if (points == 1) EitherPoint++; else EitherComma++; }
        else if (points == 1) IsPoint(text, null);
        else IsComma(text, null);
        var value = 0.0;
        foreach (var c in number) if (char.IsAsciiDigit(c)) value = value * 10 + (c - '0');
        if (points + commas == 1) value /= Math.Pow(10, tail);
        Largest = Math.Max(Largest, value);
    }

    private void IsPoint(string text, char? group, bool isOnlyGrouped = false)
    {
        Group = group ?? Group;
        Point++;
        if (!isOnlyGrouped || Examples.Point is null) Examples = (Examples.Point ?? text, Examples.Comma);
    }

    private void IsComma(string text, char? group, bool isOnlyGrouped = false)
    {
        Group = group ?? Group;
        Comma++;
        if (!isOnlyGrouped || Examples.Comma is null) Examples = (Examples.Point, Examples.Comma ?? text);
    }

    // What is left of a number without sign, currency, percent, spaces and apostrophes; false where there is more.
    private bool Strip(string text, Span<char> digits, out int length, out bool isPercent)
    {
        (length, isPercent) = (0, false);
        var (letters, any, group) = (0, false, default(char?));
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsAsciiDigit(c)) { digits[length++] = c; any = true; }
            else if (c is '.' or ',' && any) digits[length++] = c;
            else if (c is ' ' or '\u00A0' or '\u202F') group = any ? group ?? ' ' : group;
            else if (c is '\'' or '’' && any) group = '\'';
            else if (c is '-' or '+' or '−' && !any || c == '(' && !any || c == ')' && i == text.Length - 1) { }
            else if (c == '%') isPercent = true;
            else if (char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.CurrencySymbol) { }
            else if (char.IsAsciiLetterUpper(c) && ++letters <= 3) { }
            else return false;
        }
        if (!any || letters is 1 or 2 || digits[length - 1] is '.' or ',') return false;
        if (group == '\'' || group == ' ' && HasInnerSpace(text)) Group ??= group;
        return true;
    }

    private static bool HasInnerSpace(string text)
    {
        for (var i = 1; i + 1 < text.Length; i++)
            if (text[i] is ' ' or '\u00A0' or '\u202F' && char.IsAsciiDigit(text[i - 1]) && char.IsAsciiDigit(text[i + 1])) return true;
        return false;
    }
}
