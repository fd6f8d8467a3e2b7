namespace ForecastEngine.Tests;

/// <summary>Copies of what a fixture made once and tests change.</summary>
internal static class FolderCopy
{
    /// <summary>Copies every file of a folder, those of its folders too, and answers where to.</summary>
    public static string Make(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return to;
    }
}
