using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Cli;

/// <summary>Options that every command understands, and the ones that several share.</summary>
internal static class GlobalOptions
{
    /// <summary>Environment variable with the workspace's folder.</summary>
    public const string WorkspaceVariable = "FORECASTENGINE_WORKSPACE";
    /// <summary>Environment variable with the storage setting.</summary>
    public const string DatabaseVariable = "FORECASTENGINE_DATABASE";
    /// <summary>The workspace where nothing else is said.</summary>
    public const string DefaultWorkspace = ".forecast";

    public static Option<string?> Workspace { get; } = new("--workspace")
    {
        Description = $"Folder with the team's database and models. Default: ${WorkspaceVariable}, else {DefaultWorkspace}", HelpName = "folder", Recursive = true,
    };

    public static Option<string?> Database { get; } = new("--database")
    {
        Description = $"sqlite:<file> or postgresql://... Default: ${DatabaseVariable}, else SQLite in the workspace", HelpName = "setting", Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON on stdout and nothing else there", Recursive = true };

    public static Option<int?> Threads { get; } = Checked(new Option<int?>("--threads") { Description = "How many threads may work; changes no figure. Default: all", HelpName = "n", Recursive = true },
        n => n is null or >= 1 and <= 1024, "1 to 1024");

    public static Option<bool> Quiet { get; } = new("--quiet") { Description = "No progress on stderr", Recursive = true };
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Print the stack trace of an unexpected fault", Recursive = true };

    public static IReadOnlyList<Option> All { get; } = [Workspace, Database, Json, Threads, Quiet, Verbose];

    /// <summary>--as-of, of the commands that look at history.</summary>
    public static Option<DateOnly?> AsOf() => new("--as-of")
    {
        Description = "Last day whose events may be known. Default: the day of the newest export", HelpName = "yyyy-MM-dd",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
            result.AddError($"--as-of: found \"{text}\"; expected a date such as 2026-11-06.");
            return null;
        },
    };

    /// <summary>--seed, of the commands that train.</summary>
    public static Option<long> Seed() => new("--seed") { Description = "Seed of every draw; the same data and seed give the same model", HelpName = "n", DefaultValueFactory = _ => 1 };

    /// <summary>--feature, of the commands that train.</summary>
    public static Option<string[]> Features() => new("--feature") { Description = "Custom features: C# source (.cs) or an assembly (.dll); repeat for more. Default: those of the champion", HelpName = "file" };

    /// <summary>The custom features that were asked for; null for those of the champion, empty for none.</summary>
    public static IReadOnlyList<CustomFeature>? FeaturesOf(string[]? files, bool none = false) =>
        files is { Length: > 0 } ? [.. files.SelectMany(CustomFeature.FromFile)] : none ? [] : null;

    /// <summary>An option whose value must hold; told as a wrong argument otherwise.</summary>
    public static Option<T> Checked<T>(Option<T> option, Func<T?, bool> holds, string expected)
    {
        option.Validators.Add(result => Check(result, option, holds, expected));
        return option;
    }

    private static void Check<T>(OptionResult result, Option<T> option, Func<T?, bool> holds, string expected)
    {
        T? value;
        try
        {
            value = result.GetValueOrDefault<T>();
        }
        catch (InvalidOperationException)
        {
            return; // Not a value of this type: the parser tells that itself.
        }
        if (!holds(value))
            result.AddError($"{option.Name}: found {string.Join(' ', result.Tokens.Select(t => t.Value))}; expected {expected}.");
    }
}
