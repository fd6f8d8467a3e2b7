using System.Text.Json;
using System.Text.RegularExpressions;

namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>What words of several languages mean in a CRM's values: won, lost, open, a pipeline that is no revenue.</summary>
internal static class Words
{
    private static readonly Dictionary<string, string[]> All =
        JsonSerializer.Deserialize<Dictionary<string, string[]>>(ReadyMaps.Text("words.json"))!;
    private static readonly Dictionary<string, (HashSet<string> Whole, Regex Inside)> Meanings =
        All.ToDictionary(m => m.Key, m => (new HashSet<string>(m.Value, StringComparer.OrdinalIgnoreCase), Inside(m.Value)), StringComparer.Ordinal);

    /// <summary>True where the text is one of the words, in any case.</summary>
    public static bool Is(string meaning, string text) => Meanings[meaning].Whole.Contains(text.Trim());

    /// <summary>True where the text is or has one of the words, as a whole word.</summary>
    public static bool Has(string meaning, string text) => Is(meaning, text) || Meanings[meaning].Inside.IsMatch(text);

    /// <summary>True where a name has a word for won or lost and another that may turn it round, or says no more than
    /// that a deal is closed: then only people know.</summary>
    public static bool IsDoubtful(string text) => Is("closed", text)
        || !Is("won", text) && !Is("lost", text) && (Has("won", text) || Has("lost", text)) && Has("doubt", text.Replace('-', ' '));

    /// <summary>Won, lost or open as a stage's or a status's name says; null where it does not.</summary>
    public static StageKind? KindOf(string text)
    {
        if (IsDoubtful(text)) return null;
        var (won, lost) = (Has("won", text), Has("lost", text));
        if (won && lost) return null;
        return won ? StageKind.Won : lost ? StageKind.Lost : Is("open", text) ? StageKind.Open : null;
    }

    private static Regex Inside(string[] words) => new(
        $@"(?<![\p{{L}}\p{{N}}])({string.Join('|', words.Select(Regex.Escape))})(?![\p{{L}}\p{{N}}])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
