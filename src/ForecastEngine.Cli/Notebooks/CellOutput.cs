using System.Text.Json.Nodes;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>Something that a cell brought forth, as nbformat 4.5 and Jupyter's messages know it.</summary>
internal abstract record CellOutput;

/// <summary>Text written to a console stream.</summary>
/// <param name="Name">stdout or stderr.</param>
/// <param name="Text">The text.</param>
internal sealed record StreamOutput(string Name, string Text) : CellOutput;

/// <summary>Something to look at, in one or several forms of which the reader shows the richest.</summary>
/// <param name="Forms">Content by MIME type.</param>
/// <param name="IsResult">True for the value of the cell's last expression.</param>
internal sealed record DisplayOutput(IReadOnlyDictionary<string, string> Forms, bool IsResult) : CellOutput
{
    /// <summary>The forms as a MIME bundle.</summary>
    /// <param name="asLines">True for texts as arrays of lines, as files keep them.</param>
    public JsonObject Bundle(bool asLines)
    {
        var bundle = new JsonObject();
        foreach (var (type, content) in Forms.OrderBy(f => f.Key, StringComparer.Ordinal)) bundle[type] = asLines && type != "image/png" ? Lines.Of(content) : content;
        return bundle;
    }
}

/// <summary>What ended a cell early.</summary>
/// <param name="Name">Kind of fault.</param>
/// <param name="Value">What happened, in words.</param>
/// <param name="Trace">Where, a line each.</param>
internal sealed record ErrorOutput(string Name, string Value, IReadOnlyList<string> Trace) : CellOutput;

/// <summary>Texts as nbformat keeps them: an array of lines, each with its line feed.</summary>
internal static class Lines
{
    /// <summary>The lines of a text.</summary>
    public static JsonArray Of(string text)
    {
        var lines = new JsonArray();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = text.IndexOf('\n', start) is >= 0 and var at ? at + 1 : text.Length;
            lines.Add((JsonNode)text[start..end]);
        }
        return lines;
    }

    /// <summary>The text of a string or an array of lines; empty where there is none.</summary>
    public static string Joined(JsonNode? node) => node switch
    {
        JsonArray lines => string.Concat(lines.Select(l => l?.GetValue<string>())),
        JsonValue value => value.GetValue<string>(),
        _ => "",
    };
}
