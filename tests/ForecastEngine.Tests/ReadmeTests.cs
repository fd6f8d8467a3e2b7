using System.Text.RegularExpressions;
using ForecastEngine.Tests.Cli;

namespace ForecastEngine.Tests;

/// <summary>What README.md tells people to type works, and what it shows is what the engine prints.</summary>
public sealed partial class ReadmeTests
{
    private const string Prefix = "dotnet run --project src/ForecastEngine.Cli -- ";
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
    private static readonly string[] Blocks = [.. Fence().Matches(Readme).Select(m => m.Groups[1].Value)];
    private static readonly string[] Commands = [.. Blocks.SelectMany(b => b.Split('\n')).Select(l => l.Split("  #")[0].Trim())
        .Select(l => l.StartsWith(Prefix, StringComparison.Ordinal) ? "forecast " + l[Prefix.Length..] : l).Where(l => l.StartsWith("forecast ", StringComparison.Ordinal))];

    [Fact]
    public void The_demo_works_in_an_empty_place_and_prints_what_the_readme_shows()
    {
        // The first command, the server, is held to the README by the server's own tests.
        Assert.Equal(["dotnet run --project src/ForecastEngine.Server", "dotnet run --project src/ForecastEngine.Cli -- demo"],
            Blocks.Select(b => b.Trim()).Where(b => b.StartsWith("dotnet run ", StringComparison.Ordinal)).Take(2));
        var folder = Directory.CreateTempSubdirectory("forecast-readme-").FullName;
        try
        {
            var run = ForecastProgram.Run(folder, "demo").Expect(0);
            run.ExpectPlain();
            Assert.True(File.Exists(Path.Combine(folder, "demo", "forecast.db")));
            // Figures may move with the model; headlines, headers and names may not.
            var printed = run.Output.Split('\n').Select(Shape).ToHashSet(StringComparer.Ordinal);
            var shown = Blocks.Single(b => b.Contains("Revenue by quarter", StringComparison.Ordinal)).Split('\n').Where(l => l.Trim() is not ("" or "...")).ToList();
            Assert.All(shown, line => Assert.Contains(Shape(line), printed));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_test_command_exists_and_is_what_the_pipeline_calls()
    {
        Assert.Contains(Blocks, b => b.Contains("bash tests/run.sh", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(Repository.Root, "tests", "run.sh")));
        Assert.Contains("exec bash tests/run.sh", File.ReadAllText(Path.Combine(Repository.Root, ".ci", "run")), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_and_option_that_it_names_exists()
    {
        Assert.True(Commands.Length >= 8);
        var helps = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var command in Commands)
        {
            var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
            string[] path = words[0] is "models" or "notebook" or "export" ? words[..2] : words[..1];
            var key = string.Join(' ', path);
            if (!helps.TryGetValue(key, out var help)) helps[key] = help = ForecastProgram.Run(Path.GetTempPath(), [.. path, "--help"]).Expect(0).Output;
            Assert.Contains($"forecast {key}", help, StringComparison.Ordinal);
            foreach (var option in words.Where(w => w.StartsWith("--", StringComparison.Ordinal))) Assert.True(help.Contains(option + " ", StringComparison.Ordinal), $"{command}: {option}");
        }
    }

    [Fact]
    public void Every_file_and_folder_that_it_links_to_exists() =>
        Assert.All(Link().Matches(Readme), m => Assert.True(Path.Exists(Path.Combine(Repository.Root, m.Groups[1].Value)), m.Groups[1].Value));

    private static string Shape(string line) => Spaces().Replace(Figure().Replace(line.Trim(), "#"), " ");

    [GeneratedRegex(@"^```\w*\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\(([^)#:]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[-+]?[A-Z]?\d[\w.,:-]*( [kM]\b)?|\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|--+|\b[A-D]\b")]
    private static partial Regex Figure();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
