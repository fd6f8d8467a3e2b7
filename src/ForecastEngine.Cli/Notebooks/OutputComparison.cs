using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ForecastEngine.Cli.Notebooks.Display;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>A cell whose outputs are not the saved ones.</summary>
/// <param name="Cell">Its number.</param>
/// <param name="Difference">The first difference, in words.</param>
internal sealed record CellChange(int Cell, string Difference);

/// <summary>
/// Whether two runs of a cell brought forth the same. Texts must be alike but for blanks; a number may differ by the tolerance,
/// relative to its size, or by one in its last shown decimal, since rounding may turn either way. Of pictures the kind and the size
/// in pixels count, since letters are drawn with the machine's own fonts; what a picture shows is compared in its words.
/// </summary>
internal static partial class OutputComparison
{
    /// <summary>The first difference in words; null when they are alike.</summary>
    public static string? FirstDifference(IReadOnlyList<JsonObject> saved, IReadOnlyList<JsonObject> now, double tolerance)
    {
        for (var i = 0; i < Math.Min(saved.Count, now.Count); i++)
            if (Difference(saved[i], now[i], tolerance) is { } difference) return saved.Count > 1 || now.Count > 1 ? $"output {i + 1}, {difference}" : difference;
        return saved.Count == now.Count ? null : string.Create(CultureInfo.InvariantCulture, $"{saved.Count} saved outputs, now {now.Count}");
    }

    private static string? Difference(JsonObject saved, JsonObject now, double tolerance)
    {
        var (before, after) = (Text(saved["output_type"]), Text(now["output_type"]));
        if (before != after) return $"kind: saved {before}, now {after}";
        if (before == "stream") return TextDifference(Text(saved["name"]), Lines.Joined(saved["text"]), Lines.Joined(now["text"]), tolerance);
        if (before == "error") return TextDifference("error", Text(saved["evalue"]), Text(now["evalue"]), tolerance);
        var (a, b) = (saved["data"] as JsonObject ?? [], now["data"] as JsonObject ?? []);
        if (a.Select(p => p.Key).Except(b.Select(p => p.Key)).Concat(b.Select(p => p.Key).Except(a.Select(p => p.Key))).FirstOrDefault() is { } missing)
            return $"{missing}: {(a.ContainsKey(missing) ? "saved, now absent" : "not saved, now there")}";
        foreach (var (type, content) in a.OrderBy(p => p.Key == "text/plain" ? "" : p.Key, StringComparer.Ordinal))
        {
            var difference = type == "image/png" ? PictureDifference(Lines.Joined(content), Lines.Joined(b[type])) : type == "image/svg+xml" ? null : TextDifference(type, Lines.Joined(content), Lines.Joined(b[type]), tolerance);
            if (difference is not null) return difference;
        }
        return null;
    }

    private static string? PictureDifference(string saved, string now)
    {
        var (a, b) = (Picture.SizeOf(Convert.FromBase64String(saved)), Picture.SizeOf(Convert.FromBase64String(now)));
        return a == b ? null : string.Create(CultureInfo.InvariantCulture, $"picture: saved {a.Width} x {a.Height} pixels, now {b.Width} x {b.Height}");
    }

    /// <summary>The first line in which two texts differ, in words; null when they are alike.</summary>
    public static string? TextDifference(string where, string saved, string now, double tolerance)
    {
        var (a, b) = (saved.TrimEnd().Split('\n'), now.TrimEnd().Split('\n'));
        for (var line = 0; line < Math.Min(a.Length, b.Length); line++)
            if (!Alike(a[line], b[line], tolerance)) return string.Create(CultureInfo.InvariantCulture, $"{where} line {line + 1}: saved \"{Short(a[line])}\", now \"{Short(b[line])}\"");
        return a.Length == b.Length ? null : string.Create(CultureInfo.InvariantCulture, $"{where}: saved {a.Length} lines, now {b.Length}");
    }

    private static bool Alike(string saved, string now, double tolerance)
    {
        var (a, b) = (Blanks().Replace(saved.Trim(), " "), Blanks().Replace(now.Trim(), " "));
        if (a == b) return true;
        if (Number().Replace(a, "#") != Number().Replace(b, "#")) return false;
        return Number().Matches(a).Zip(Number().Matches(b)).All(pair => SameNumber(pair.First.Value, pair.Second.Value, tolerance));
    }

    private static bool SameNumber(string saved, string now, double tolerance)
    {
        if (saved == now) return true;
        if (!double.TryParse(saved, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var a)
            || !double.TryParse(now, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var b)) return false;
        var difference = Math.Abs(a - b);
        return difference <= tolerance * Math.Max(Math.Abs(a), Math.Abs(b)) || difference <= 1.0001 * Math.Min(LastPlace(saved), LastPlace(now));
    }

    // One in the last decimal of a number that was rounded for showing; a plain whole number is a count and was not.
    private static double LastPlace(string number)
    {
        if (number.AsSpan().ContainsAny('e', 'E')) return 0;
        var point = number.IndexOf('.', StringComparison.Ordinal);
        return point >= 0 ? Math.Pow(10, point + 1 - number.Length) : number.Contains(',', StringComparison.Ordinal) ? 1 : 0;
    }

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "";

    private static string Short(string line) => line.Trim() is { Length: > 100 } text ? text[..100] + "..." : line.Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w)")]
    private static partial Regex Number();
}
