using System.Globalization;
using System.Text.Json;

namespace ForecastEngine.Crm.Events;

/// <summary>The envelope of an event after CloudEvents 1.0, whichever way it came: structured, binary or in a batch.</summary>
/// <param name="Id">Unique within the source.</param>
/// <param name="Source">Who says so, a URI reference.</param>
/// <param name="Type">What happened.</param>
/// <param name="Time">When; required here, because it decides what a past date may know.</param>
/// <param name="Subject">The opportunity's id; null when the data tell it.</param>
/// <param name="Data">The event's own content.</param>
/// <remarks>Reference: CloudEvents specification 1.0.2, and its JSON event format.</remarks>
public sealed record CloudEvent(string Id, string Source, string Type, DateTimeOffset Time, string? Subject, JsonElement Data)
{
    /// <summary>Longest id, source and type.</summary>
    public const int MostLetters = 200;

    /// <summary>Reads the JSON form of one event.</summary>
    /// <exception cref="EventException">It is not one.</exception>
    public static CloudEvent FromJson(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new EventException("invalid-event", $"event: found {json.ValueKind}; expected a JSON object after CloudEvents 1.0.");
        var properties = EventValues.Properties(json, "event");
        if (properties.ContainsKey("data_base64")) throw new EventException("invalid-event", "event, data_base64: found binary data; expected data as JSON. Send them as data.");
        if (Attribute("datacontenttype") is { } type && !IsJson(type))
            throw new EventException("invalid-event", $"event, datacontenttype: found {type}; expected application/json.");
        return From(Attribute("specversion"), Attribute("id"), Attribute("source"), Attribute("type"), Attribute("time"), Attribute("subject"), properties.GetValueOrDefault("data"));

        string? Attribute(string name) => properties.TryGetValue(name, out var value) ? EventValues.Text(value, name, MostLetters) : null;
    }

    /// <summary>An event from its attributes, such as the <c>ce-</c> headers of the binary mode.</summary>
    /// <exception cref="EventException">An attribute is missing or cannot be read.</exception>
    public static CloudEvent From(string? specVersion, string? id, string? source, string? type, string? time, string? subject, JsonElement data)
    {
        if (specVersion != "1.0") throw new EventException("invalid-event", $"event, specversion: found {specVersion ?? "none"}; expected 1.0.");
        if (data.ValueKind != JsonValueKind.Object) throw new EventException("invalid-event", $"event, data: found {(data.ValueKind == JsonValueKind.Undefined ? "none" : data.ValueKind.ToString())}; expected a JSON object.");
        return new CloudEvent(Needed(id, "id"), Needed(source, "source"), Needed(type, "type"), Instant(Needed(time, "time"), "time"), Checked(subject, "subject"), data);
    }

    /// <summary>Reads an RFC 3339 time.</summary>
    internal static DateTimeOffset Instant(string text, string where) =>
        text.Length <= 40 && text.Contains('T', StringComparison.OrdinalIgnoreCase) && HasOffset(text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && time.UtcDateTime.Year is >= 1970 and <= 2200
            ? time.ToUniversalTime()
            : throw new EventException("invalid-time", $"event, {where}: found \"{text}\"; expected a time after RFC 3339 with its offset, such as 2026-01-31T09:30:00Z.");

    private static bool HasOffset(string text) => text.EndsWith('Z') || text.EndsWith('z') || (text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-');

    private static bool IsJson(string type) => type.Split(';')[0].Trim() is var media
        && (media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    private static string Needed(string? text, string name) => Checked(text, name) is { Length: > 0 } found ? found
        : throw new EventException("invalid-event", $"event, {name}: found none; expected it in every event.");

    private static string? Checked(string? text, string name) => text is null ? null : EventValues.Checked(text, name, MostLetters);
}
