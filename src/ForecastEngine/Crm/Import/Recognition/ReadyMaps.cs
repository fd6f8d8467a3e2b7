using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>The import maps that come with the engine, by name.</summary>
public static class ReadyMaps
{
    private const string Prefix = "maps/", Suffix = ".json";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(ReadyMaps).Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(n => n[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The text of one; null where there is none of that name.</summary>
    public static string? Find(string name) => Names.Contains(name) ? Text(Prefix + name + Suffix) : null;

    internal static string Text(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>A map as JSON, of which only what the columns are called matters.</summary>
internal sealed class MapLayout
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <param name="name">Its name.</param>
    /// <param name="json">Its text.</param>
    /// <param name="isOwn">True for the map that the team used before.</param>
    public MapLayout(string name, string json, bool isOwn = false)
    {
        (Name, IsOwn) = (name, isOwn);
        Root = JsonNode.Parse(json, documentOptions: Lenient)!.AsObject();
        Sources = [.. SourcesOf(Root)];
    }

    /// <summary>Its name among the ready maps, or that of the file.</summary>
    public string Name { get; }

    /// <summary>True for the map that the team used before: it says what they meant.</summary>
    public bool IsOwn { get; }

    /// <summary>What it is for, in words.</summary>
    public string Title => Root["name"]?.GetValue<string>() ?? Name;

    /// <summary>True for the map of any spreadsheet, which counts only where no product's does.</summary>
    public bool IsGeneral => Name == "spreadsheet";

    /// <summary>The map.</summary>
    public JsonObject Root { get; }

    /// <summary>Where each kind of record comes from.</summary>
    public IReadOnlyList<MapSource> Sources { get; }

    /// <summary>Columns of which the first that a file has tells won, lost and open.</summary>
    public IEnumerable<string> OutcomeColumns => TextsOf(Root["outcome"]?["column"]);

    internal static IEnumerable<string> TextsOf(JsonNode? node) => node switch
    {
        JsonArray all => all.Select(t => t!.GetValue<string>()),
        JsonValue one => [one.GetValue<string>()],
        _ => [],
    };

    private static IEnumerable<MapSource> SourcesOf(JsonObject root)
    {
        foreach (var (entity, node) in root["entities"] as JsonObject ?? [])
            foreach (var source in node is JsonArray several ? several.OfType<JsonObject>() : node is JsonObject one ? [one] : [])
                yield return new MapSource(entity, source);
    }
}

/// <summary>One source of one kind of record in a map.</summary>
internal sealed class MapSource(string entity, JsonObject json)
{
    /// <summary>What it holds.</summary>
    public string Entity => entity;

    /// <summary>As the map has it.</summary>
    public JsonObject Json => json;

    /// <summary>File name patterns.</summary>
    public IEnumerable<string> Files => MapLayout.TextsOf(json["files"]);

    /// <summary>The engine's fields with their columns, in the order in which they count.</summary>
    public IReadOnlyDictionary<string, string[]> Fields { get; } =
        (json["fields"] as JsonObject ?? []).ToDictionary(f => f.Key, f => ColumnsOf(f.Value).ToArray(), StringComparer.Ordinal);

    /// <summary>Columns with ids whose names stand in another file.</summary>
    public IEnumerable<string> Named => NamedIn(json["fields"]?["pipeline"]);

    private static IEnumerable<string> NamedIn(JsonNode? field) => field switch
    {
        JsonArray several => several.SelectMany(NamedIn),
        JsonObject one when one["columns"] is { } columns => NamedIn(columns),
        JsonObject one when one["named"]?.GetValue<bool>() == true => ColumnsOf(one),
        _ => [],
    };

    /// <summary>Further columns and how they are known.</summary>
    public IEnumerable<string> Further => (json["columns"] as JsonObject ?? []).Select(c => c.Key);

    /// <summary>All columns that it knows.</summary>
    public HashSet<string> Known { get; } = new(
        [.. (json["fields"] as JsonObject ?? []).SelectMany(f => ColumnsOf(f.Value)), .. (json["columns"] as JsonObject ?? []).Select(c => c.Key)],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Columns of a field in any of its spellings.</summary>
    public static IEnumerable<string> ColumnsOf(JsonNode? field) => field switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        JsonArray several => several.SelectMany(ColumnsOf),
        JsonObject one when one["columns"] is { } columns => ColumnsOf(columns),
        JsonObject one when one["column"] is { } column => ColumnsOf(column),
        _ => [],
    };

    /// <summary>The field as far as a file has its columns; null where it has none of them and there is no constant.</summary>
    public static JsonNode? Pruned(JsonNode? field, TableProfile table)
    {
        switch (field)
        {
            case JsonValue value:
                return table.Find(value.GetValue<string>()) is null ? null : value.DeepClone();
            case JsonArray several:
                JsonNode[] kept = [.. several.Select(s => Pruned(s, table)).OfType<JsonNode>()];
                return kept.Length == 0 ? null : kept is [JsonValue only] ? only : new JsonArray(kept);
            case JsonObject one:
                if (one["when"]?["column"] is { } when && table.Find(when.GetValue<string>()) is null) return null;
                var copy = one.DeepClone().AsObject();
                if (one["columns"] is { } columns) { if (Pruned(columns, table) is { } left) copy["columns"] = left is JsonArray ? left : new JsonArray(left); else copy.Remove("columns"); }
                else if (one["column"] is { } column && table.Find(column.GetValue<string>()) is null) copy.Remove("column");
                return copy.ContainsKey("columns") || copy.ContainsKey("column") || copy.ContainsKey("constant") ? copy : null;
            default: return null;
        }
    }
}
