using System.Text.Json.Nodes;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>How the kernel calls itself in notebooks, in Jupyter and in VS Code.</summary>
internal static class KernelNames
{
    /// <summary>Name of the kernelspec and of its folder.</summary>
    public const string Name = "forecast";
    /// <summary>What people choose in a list.</summary>
    public const string Display = "ForecastEngine (C#)";
    /// <summary>Language of a cell without a marker.</summary>
    public const string Language = "C#";

    /// <summary>What editors need to colour cells.</summary>
    public static JsonObject LanguageInfo() => new()
    {
        ["file_extension"] = ".cs", ["mimetype"] = "text/x-csharp", ["name"] = Language, ["pygments_lexer"] = "csharp",
    };
}
