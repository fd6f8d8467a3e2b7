using System.Text.Json.Nodes;

namespace ForecastEngine.Tests.Notebooks;

/// <summary>Writes and reads notebooks as plain JSON, without the program's own code.</summary>
internal static class NotebookText
{
    /// <summary>Writes a notebook of code cells.</summary>
    public static string Write(string path, params string[] cells)
    {
        File.WriteAllText(path, new JsonObject
        {
            ["cells"] = new JsonArray([.. cells.Select((source, i) => (JsonNode)new JsonObject
            {
                ["cell_type"] = "code", ["execution_count"] = null, ["id"] = $"cell-{i + 1}", ["metadata"] = new JsonObject(), ["outputs"] = new JsonArray(), ["source"] = source,
            })]),
            ["metadata"] = new JsonObject(), ["nbformat"] = 4, ["nbformat_minor"] = 5,
        }.ToJsonString());
        return path;
    }

    /// <summary>The outputs of the cell of a number, from 1.</summary>
    public static JsonArray Outputs(string path, int cell) => JsonNode.Parse(File.ReadAllText(path))!["cells"]![cell - 1]!["outputs"]!.AsArray();

    /// <summary>The plain text of a cell's only output.</summary>
    public static string Plain(string path, int cell) => Text(Assert.Single(Outputs(path, cell))!["data"]!["text/plain"]!);

    /// <summary>A text, whole or in lines.</summary>
    public static string Text(JsonNode node) => node is JsonArray lines ? string.Concat(lines.Select(l => l!.GetValue<string>())) : node.GetValue<string>();
}
