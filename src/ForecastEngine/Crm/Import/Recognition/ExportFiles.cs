namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>Which files of a folder are tables of an export.</summary>
internal static class ExportFiles
{
    private static readonly string[] Endings = [".csv", ".tsv", ".txt", ".xlsx"];

    /// <summary>The file itself, or the tables of a folder by name.</summary>
    /// <exception cref="ImportException">There is none.</exception>
    public static IReadOnlyList<string> Of(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new ImportException(path, "no such file or folder", "an exported file, or the folder with the exported files", "Mend the path.");
        List<string> files = [.. Directory.EnumerateFiles(path)
            .Where(f => Endings.Any(e => LayoutMatch.Plain(f).EndsWith(e, StringComparison.OrdinalIgnoreCase)))
            .Order(StringComparer.Ordinal)];
        return files.Count > 0 ? files
            : throw new ImportException(path, "no table", $"files that end in {string.Join(", ", Endings)}, each also with .gz", "Give the folder with the exported files.");
    }
}
