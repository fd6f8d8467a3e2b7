using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ForecastEngine.Cli.Notebooks.Kernel;

/// <summary>The file by which Jupyter and VS Code find a kernel and start it.</summary>
internal static class KernelSpec
{
    /// <summary>Writes it, and returns its folder.</summary>
    /// <param name="prefix">Where to, such as a virtual environment; null for the user's own place.</param>
    public static string Install(string? prefix)
    {
        var folder = Path.GetFullPath(Path.Combine(prefix is null ? UserFolder() : Path.Combine(prefix, "share", "jupyter"), "kernels", KernelNames.Name));
        var spec = new JsonObject
        {
            ["argv"] = new JsonArray([.. Program().Concat(["notebook", "kernel", "{connection_file}"]).Select(a => (JsonNode)a)]),
            ["display_name"] = KernelNames.Display, ["language"] = KernelNames.Language, ["interrupt_mode"] = "message",
        };
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "kernel.json"), spec.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n", new UTF8Encoding(false));
        return folder;
    }

    // As Jupyter's own paths, https://docs.jupyter.org/en/stable/use/jupyter-directories.html.
    private static string UserFolder()
    {
        if (Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR") is { Length: > 0 } stated) return stated;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS()) return Path.Combine(home, "Library", "Jupyter");
        if (OperatingSystem.IsWindows()) return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "jupyter");
        return Path.Combine(Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data ? data : Path.Combine(home, ".local", "share"), "jupyter");
    }

    private static IEnumerable<string> Program()
    {
        var process = Environment.ProcessPath ?? throw new InvalidOperationException("Program: found no path of its own; expected one.");
        return Path.GetFileNameWithoutExtension(process).Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? [process, Path.Combine(AppContext.BaseDirectory, "forecast.dll")] : [process];
    }
}
