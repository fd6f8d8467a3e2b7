using System.Text.RegularExpressions;

namespace ForecastEngine.Tests;

/// <summary>The engine's folders are listed in reading order, which is the data flow: a folder uses only folders above it.</summary>
public sealed class FolderOrderTests
{
    private static readonly string[] Order =
        ["Statistics", "Crm", "Simulation", "Snapshots", "WinProbability", "DealSize", "LeadConversion", "ProductFit",
         "Registry", "Scoring", "Forecasting", "Backtesting", "Reviews", "Storage", "Operations", "Exploration"];

    private static readonly string[] Siblings = ["WinProbability", "DealSize", "LeadConversion", "ProductFit"];

    [Fact]
    public void A_folder_uses_only_folders_above_it()
    {
        var engine = Path.Combine(Repository.Root, "src", "ForecastEngine");
        var faults = new List<string>();
        foreach (var file in Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(engine, file).Replace('\\', '/');
            if (path.StartsWith("obj/", StringComparison.Ordinal) || path.StartsWith("bin/", StringComparison.Ordinal)) continue;
            var folder = path.Split('/')[0];
            if (!Order.Contains(folder)) { faults.Add($"{path}: the folder {folder} is not in the reading order"); continue; }
            foreach (Match use in Regex.Matches(File.ReadAllText(file), @"\bForecastEngine\.([A-Z]\w+)"))
            {
                var used = use.Groups[1].Value;
                if (!Order.Contains(used)) continue;
                if (Array.IndexOf(Order, used) > Array.IndexOf(Order, folder)) faults.Add($"{path} uses {used}, which stands below {folder}");
                if (used != folder && Siblings.Contains(used) && Siblings.Contains(folder)) faults.Add($"{path} uses its sibling {used}");
            }
        }
        Assert.Empty(faults);
    }

    [Fact]
    public void Every_file_is_in_the_namespace_of_its_folder()
    {
        var engine = Path.Combine(Repository.Root, "src", "ForecastEngine");
        foreach (var file in Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories))
        {
            var folder = Path.GetRelativePath(engine, Path.GetDirectoryName(file)!).Replace('\\', '/');
            if (folder is "." || folder.StartsWith("obj", StringComparison.Ordinal) || folder.StartsWith("bin", StringComparison.Ordinal)) continue;
            Assert.Contains($"namespace ForecastEngine.{folder.Replace('/', '.')};", File.ReadAllText(file), StringComparison.Ordinal);
        }
    }
}
