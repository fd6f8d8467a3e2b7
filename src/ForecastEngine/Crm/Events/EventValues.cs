using System.Globalization;
using System.Text.Json;

namespace ForecastEngine.Crm.Events;

/// <summary>Reads the values of an event into canonical text; whatever is no such value is refused with its place.</summary>
internal static class EventValues
{
    private const int MostLetters = 2000;
    private const decimal MostAmount = 1_000_000_000_000_000m;

    /// <summary>The properties of an object by name; of those with the same name the last counts.</summary>
    public static Dictionary<string, JsonElement> Properties(JsonElement element, string where)
    {
        var found = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        try
        {
            foreach (var property in element.EnumerateObject()) found[property.Name] = property.Value;
        }
        catch (InvalidOperationException)
        {
            throw Fault(where, "a name with half of a surrogate pair", "valid Unicode");
        }
        return found;
    }

    /// <summary>A text, or null for null and empty.</summary>
    public static string? Text(JsonElement value, string where, int most = MostLetters)
    {
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return null;
        if (value.ValueKind != JsonValueKind.String) throw Fault(where, value.ValueKind.ToString(), "a text");
        try
        {
            return value.GetString() is { Length: > 0 } text ? Checked(text, where, most) : null;
        }
        catch (InvalidOperationException)
        {
            throw Fault(where, "half of a surrogate pair", "valid Unicode");
        }
    }

    /// <summary>The text, which must be short enough and free of control characters.</summary>
    public static string Checked(string text, string where, int most)
    {
        if (text.Length > most) throw Fault(where, string.Create(CultureInfo.InvariantCulture, $"{text.Length} letters"), string.Create(CultureInfo.InvariantCulture, $"at most {most}"));
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] is not ('\n' or '\r' or '\t')) throw Fault(where, "a control character", "text without one");
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) throw Fault(where, "half of a surrogate pair", "valid Unicode");
            i++;
        }
        return text;
    }

    /// <summary>An amount; negative for a credit.</summary>
    public static decimal? Amount(JsonElement value, string where)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out var amount) || amount is < -MostAmount or > MostAmount)
            throw Fault(where, Short(value), "a number from -1e15 to 1e15, in the currency of the deal");
        return amount;
    }

    /// <summary>A currency (ISO 4217); null for the history's.</summary>
    public static string? Currency(JsonElement value, string where) => Text(value, where, 40) is not { } text ? null
        : text.Length == 3 && text.All(char.IsAsciiLetterUpper) ? text : throw Fault(where, $"\"{text}\"", "three capital letters such as EUR");

    /// <summary>A probability, 0–1.</summary>
    public static double? Probability(JsonElement value, string where)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var probability) || !(probability is >= 0 and <= 1))
            throw Fault(where, Short(value), "a probability from 0 to 1");
        return probability;
    }

    /// <summary>A day, <c>yyyy-MM-dd</c>.</summary>
    public static DateOnly? Day(JsonElement value, string where)
    {
        if (Text(value, where, 40) is not { } text) return null;
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 1970 and <= 2200
            ? day : throw Fault(where, $"\"{text}\"", "a day such as 2026-01-31");
    }

    /// <summary>A time after RFC 3339.</summary>
    public static DateTimeOffset? Time(JsonElement value, string where) => Text(value, where, 40) is { } text ? CloudEvent.Instant(text, where) : null;

    public static string? Canonical(decimal? amount) => amount?.ToString("0.############", CultureInfo.InvariantCulture);

    public static string? Canonical(double? probability) => probability?.ToString("R", CultureInfo.InvariantCulture);

    public static string? Canonical(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static EventException Fault(string where, string found, string expected) => new("invalid-value", $"event, {where}: found {found}; expected {expected}.");

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 60 } raw ? raw[..60] + "…" : value.GetRawText();
}
