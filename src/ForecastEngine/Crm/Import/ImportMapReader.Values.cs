using System.Text.Json;

namespace ForecastEngine.Crm.Import;

// Reads single values of a map's JSON, and notes what is wrong with them.
internal sealed partial class ImportMapReader
{
    private T? Choice<T>(string? text, string at)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
                return value;
        return Faulty<T?>(
            at,
            text ?? "nothing",
            "one of " + string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant())),
            null
        );
    }

    private bool OneOf(Dictionary<string, JsonElement> p, string name, string only, string at)
    {
        if (Text(p, name) is not { } text)
            return false;
        return text == only || Faulty($"{at}.{name}", text, only, false);
    }

    private bool Flag(Dictionary<string, JsonElement> p, string name, string at)
    {
        if (!p.TryGetValue(name, out var value))
            return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : Faulty($"{at}.{name}", value.GetRawText(), "true or false", false);
    }

    private decimal Number(JsonElement value, string at, Func<decimal, bool> isFine, string expected) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var n) && isFine(n)
            ? n
            : Faulty(at, value.GetRawText(), expected, 1m);

    private List<string> Strings(JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.String)
            return [value.GetString()!];
        if (
            value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
        )
            return [.. value.EnumerateArray().Select(v => v.GetString()!)];
        return Faulty<List<string>>(at, value.GetRawText(), "a text or a list of texts", []);
    }

    private Dictionary<string, string?> Texts(JsonElement value, string at)
    {
        var texts = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (value.ValueKind != JsonValueKind.Object)
            return Faulty(at, value.GetRawText(), "an object of texts", texts);
        foreach (var property in value.EnumerateObject())
            if (property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null)
                texts[property.Name] = property.Value.GetString();
            else
                Fault($"{at}.{property.Name}", property.Value.GetRawText(), "a text");
        return texts;
    }

    private Dictionary<string, T> Each<T>(
        Dictionary<string, JsonElement> p,
        string name,
        Func<JsonElement, string, T> read,
        string prefix = ""
    )
    {
        var result = new Dictionary<string, T>(StringComparer.Ordinal);
        if (!p.TryGetValue(name, out var element))
            return result;
        if (element.ValueKind != JsonValueKind.Object)
            return Faulty(prefix + name, element.GetRawText(), "an object", result);
        foreach (var property in element.EnumerateObject())
            result[property.Name] = read(property.Value, $"{prefix}{name}.{property.Name}");
        return result;
    }

    private IEnumerable<JsonElement> Items(JsonElement element, string at) =>
        element.ValueKind == JsonValueKind.Array
            ? element.EnumerateArray()
            : Faulty<IEnumerable<JsonElement>>(at, element.GetRawText(), "a list", []);

    private Dictionary<string, JsonElement> Properties(JsonElement element, string at, params string[] allowed)
    {
        var properties = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (element.ValueKind != JsonValueKind.Object)
            return Faulty(at, element.GetRawText(), "an object", properties);
        foreach (var property in element.EnumerateObject())
        {
            var path = at.Length == 0 ? property.Name : $"{at}.{property.Name}";
            if (!allowed.Contains(property.Name))
                Fault(path, "an unknown property", "one of " + string.Join(", ", allowed));
            else if (!properties.TryAdd(property.Name, property.Value))
                Fault(path, "the same property twice", "it once");
        }
        foreach (var name in properties.Keys.ToArray())
            if (properties[name].ValueKind == JsonValueKind.Null && name != "history")
                properties.Remove(name);
        return properties;
    }

    private string? Text(Dictionary<string, JsonElement> p, string name)
    {
        if (!p.TryGetValue(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : Faulty<string?>(name, value.GetRawText(), "a text", null);
    }

    private static string Shown(Dictionary<string, JsonElement> p, string name) =>
        p.TryGetValue(name, out var value) ? value.GetRawText() : "nothing";

    private T Faulty<T>(string at, string found, string expected, T instead)
    {
        Fault(at, found, expected);
        return instead;
    }

    private void Fault(string at, string found, string expected) =>
        _faults.Add(
            $"{_where}, {(at.Length == 0 ? "top level" : at)}: found {RejectedRows.Shorten(found)}; expected {expected}. Correct the import map."
        );
}
