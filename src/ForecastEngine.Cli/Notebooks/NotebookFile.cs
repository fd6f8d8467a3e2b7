using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>
/// A notebook's file, nbformat 4.5. What this program does not know stays as it is, and everything is written as Jupyter
/// writes it (keys in order, one space of indentation), so that running a notebook again changes no line but those of changed outputs.
/// </summary>
internal sealed class NotebookFile
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonObject _root;

    private NotebookFile(JsonObject root, IReadOnlyList<NotebookCell> cells) => (_root, Cells) = (root, cells);

    /// <summary>All cells, in order; texts too.</summary>
    public IReadOnlyList<NotebookCell> Cells { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="OperationException">It is no notebook of nbformat 4.</exception>
    public static NotebookFile Read(string path)
    {
        if (!File.Exists(path)) throw new OperationException($"{path}: found no such file; expected a notebook (.ipynb). Mend the path.");
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What faults call it.</param>
    public static NotebookFile Parse(string json, string name)
    {
        JsonObject? root;
        try
        {
            root = JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException fault)
        {
            throw new OperationException($"{name}: found no readable JSON ({fault.Message}); expected a notebook of nbformat 4. Open and save it in Jupyter, or restore it.");
        }
        if (root?["nbformat"]?.GetValue<int>() != 4 || root["cells"] is not JsonArray cells)
            throw new OperationException($"{name}: found no notebook of nbformat 4; expected its cells under \"cells\". Save it in Jupyter as format 4.");
        var numbered = new List<NotebookCell>();
        var number = 0;
        foreach (var (index, cell) in cells.Select((c, i) => (i, c as JsonObject ?? throw new OperationException($"{name} cell {i + 1}: found no object; expected a cell. Restore the file."))))
        {
            if (cell["id"] is null) cell["id"] = IdOf(index, Lines.Joined(cell["source"]));
            var isCode = cell["cell_type"]?.GetValue<string>() == "code";
            numbered.Add(new NotebookCell(cell, isCode ? ++number : 0));
        }
        return new NotebookFile(root, numbered);
    }

    /// <summary>Names the kernel that ran it.</summary>
    public void NameKernel()
    {
        root("metadata")["kernelspec"] = new JsonObject { ["display_name"] = KernelNames.Display, ["language"] = KernelNames.Language, ["name"] = KernelNames.Name };
        root("metadata")["language_info"] = KernelNames.LanguageInfo();
        if ((_root["nbformat_minor"]?.GetValue<int>() ?? 0) < 5) _root["nbformat_minor"] = 5;

        JsonObject root(string name) => (JsonObject)(_root[name] ??= new JsonObject());
    }

    /// <summary>The file's text.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Format)) Sorted(_root)!.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static string IdOf(int index, string source) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(index.ToString(CultureInfo.InvariantCulture) + source)))[..8];
}

/// <summary>A cell of a notebook.</summary>
/// <param name="json">Its part of the file.</param>
/// <param name="number">Its number among the code cells, from 1; 0 for a text.</param>
internal sealed class NotebookCell(JsonObject json, int number)
{
    /// <summary>True when it can be run.</summary>
    public bool IsCode => Number > 0;

    /// <summary>Its number among the code cells, from 1; 0 for a text.</summary>
    public int Number { get; } = number;

    /// <summary>What stands in it.</summary>
    public string Source => Lines.Joined(json["source"]);

    /// <summary>What its last run brought forth.</summary>
    public IReadOnlyList<JsonObject> Outputs => json["outputs"] is JsonArray outputs ? [.. outputs.OfType<JsonObject>()] : [];

    /// <summary>Puts outputs in the place of the earlier ones.</summary>
    public void Replace(IReadOnlyList<CellOutput> outputs)
    {
        json["execution_count"] = Number;
        json["outputs"] = new JsonArray([.. outputs.Select(o => (JsonNode)JsonOf(o))]);
    }

    /// <summary>An output as the file keeps it.</summary>
    public JsonObject JsonOf(CellOutput output) => output switch
    {
        StreamOutput s => new JsonObject { ["output_type"] = "stream", ["name"] = s.Name, ["text"] = Lines.Of(s.Text) },
        DisplayOutput { IsResult: true } d => new JsonObject { ["output_type"] = "execute_result", ["execution_count"] = Number, ["data"] = d.Bundle(asLines: true), ["metadata"] = new JsonObject() },
        DisplayOutput d => new JsonObject { ["output_type"] = "display_data", ["data"] = d.Bundle(asLines: true), ["metadata"] = new JsonObject() },
        ErrorOutput e => new JsonObject { ["output_type"] = "error", ["ename"] = e.Name, ["evalue"] = e.Value, ["traceback"] = new JsonArray([.. e.Trace.Select(t => (JsonNode)t)]) },
        _ => throw new ArgumentException($"Output: found {output.GetType().Name}; expected a known kind."),
    };
}
