namespace ForecastEngine.Tests;

/// <summary>Where the checkout stands, found by walking up from the test binaries to the solution file.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>A folder of real exports that may stand beside the checkout; null where it is absent.</summary>
    public static string? RealExport(string name)
    {
        var path = Path.Combine(Root, "..", "shared", "data", name);
        return Directory.Exists(path) ? Path.GetFullPath(path) : null;
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ForecastEngine.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Tests: no ForecastEngine.sln above the test binaries; run them inside the checkout.");
    }
}
