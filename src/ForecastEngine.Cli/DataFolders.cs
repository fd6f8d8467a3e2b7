using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli;

/// <summary>Where the ready-made import maps and the sample are.</summary>
internal static class DataFolders
{
    /// <summary>The folder with ForecastEngine.sln, above the current folder or above the program; null outside of a checkout.</summary>
    public static string? Repository => Above(Directory.GetCurrentDirectory()) ?? Above(AppContext.BaseDirectory);

    /// <summary>The sample export.</summary>
    public static string Sample()
    {
        if (Repository is { } root && Directory.Exists(Path.Combine(root, "data", "sample"))) return Path.Combine(root, "data", "sample");
        throw new OperationException($"Demo: found no folder data/sample beside a ForecastEngine.sln above {Directory.GetCurrentDirectory()}; expected the checkout of ForecastEngine. "
            + "Run it there, or make the sample: forecast simulate --sample --out <folder>, then forecast import <folder> --map forecastengine.");
    }

    /// <summary>True when the folder is that of the sample.</summary>
    public static bool IsSample(string folder) => Repository is { } root && Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) == Path.Combine(root, "data", "sample");

    /// <summary>A ready-made map by name, or one of one's own by path.</summary>
    public static ImportMap Map(string nameOrPath)
    {
        if (File.Exists(nameOrPath)) return ImportMap.Load(nameOrPath);
        var folders = Maps();
        if (nameOrPath == Path.GetFileName(nameOrPath))
            foreach (var folder in folders)
                if (Path.Combine(folder, Path.GetFileNameWithoutExtension(nameOrPath) + ".json") is var path && File.Exists(path)) return ImportMap.Load(path);
        var names = folders.SelectMany(f => Directory.EnumerateFiles(f, "*.json")).Select(Path.GetFileNameWithoutExtension).Distinct().Order(StringComparer.Ordinal);
        throw new OperationException($"Import map {nameOrPath}: found neither a file nor a ready-made map of this name; expected one of {string.Join(", ", names)}, or the path of a map. data/README.md tells how to write one.");
    }

    private static List<string> Maps() =>
        [.. new[] { Repository is { } root ? Path.Combine(root, "data", "maps") : null, Path.Combine(AppContext.BaseDirectory, "maps") }.OfType<string>().Where(Directory.Exists)];

    private static string? Above(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ForecastEngine.sln"))) return folder.FullName;
        return null;
    }
}
