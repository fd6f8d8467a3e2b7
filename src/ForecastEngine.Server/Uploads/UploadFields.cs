using System.Globalization;
using System.Text.Json;
using ForecastEngine.Crm.Import;
using ForecastEngine.Server.Api;

namespace ForecastEngine.Server.Uploads;

/// <summary>
/// What an upload's form says beside the map and the files: whether the export is whole, and when it was made. Kept
/// beside the files.
/// </summary>
internal sealed class UploadFields
{
    private const string File = "import-options.json";
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <summary>The fields that a form may have.</summary>
    public static IReadOnlyList<string> Names { get; } = ["whole", "maxRemoved", "exportedAt", "takeBack", "confirm"];

    /// <summary>Takes a field of the form.</summary>
    /// <exception cref="ProblemException">It is none of them, comes twice, or has no value that it may
    /// have.</exception>
    public void Add(string? name, string text)
    {
        if (name is null || !Names.Contains(name) || !_texts.TryAdd(name, text.Trim()))
            throw ProblemException.Invalid(
                $"body: found the field {(name is null ? "without a name" : $"\"{name}\"")}; "
                    + $"expected map and {string.Join(", ", Names)}, each once, and files.");
        _ = Options(_texts);
        _ = IsConfirmed;
    }

    /// <summary>True where what is understood without a map may be imported at once, as long as no question is
    /// open.</summary>
    public bool IsConfirmed => Flag(_texts, "confirm");

    /// <summary>Keeps them with the files.</summary>
    public void Save(string folder)
    {
        if (_texts.ContainsKey("takeBack") && Options(_texts) is { TakesBack: true, ExportedAt: null })
            throw ProblemException.Invalid(
                "takeBack: found no exportedAt; expected the time to take earlier exports back to.");
        if (_texts.Count > 0) System.IO.File.WriteAllText(Path.Combine(folder, File), JsonSerializer.Serialize(_texts));
    }

    /// <summary>As kept with the files.</summary>
    public static ImportOptions Load(string folder) =>
        Path.Combine(folder, File) is var path && System.IO.File.Exists(path)
            ? Options(JsonSerializer.Deserialize<Dictionary<string, string>>(System.IO.File.ReadAllText(path))!)
            : ImportOptions.Default;

    private static ImportOptions Options(Dictionary<string, string> texts) => ImportOptions.Default with
    {
        IsWhole = Flag(texts, "whole"), TakesBack = Flag(texts, "takeBack"),
        MaxRemovedShare = !texts.TryGetValue("maxRemoved", out var share) ? ImportOptions.Default.MaxRemovedShare
            : double.TryParse(share, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var removed)
                && removed is >= 0 and <= 1
                ? removed
                : throw Wrong("maxRemoved", share, "a share from 0 to 1"),
        ExportedAt = !texts.TryGetValue("exportedAt", out var time) ? null
            : time.Contains('T', StringComparison.Ordinal)
                && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
                && (time.EndsWith('Z')
                    || time.LastIndexOfAny(['+', '-']) > time.IndexOf('T', StringComparison.Ordinal))
                ? at.ToUniversalTime()
            : throw Wrong("exportedAt", time, "a time after RFC 3339 with its offset, such as 2026-11-05T18:00:00Z"),
    };

    private static bool Flag(Dictionary<string, string> texts, string name) => texts.GetValueOrDefault(name) switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw Wrong(name, other, "true or false"),
    };

    private static ProblemException Wrong(string name, string found, string expected) =>
        ProblemException.Invalid(
            $"{name}: found \"{(found.Length > 60 ? found[..60] : found)}\"; expected {expected}.");
}
