using System.Globalization;
using ForecastEngine.Statistics;

namespace ForecastEngine.Cli.Output;

/// <summary>Figures and names as people read them.</summary>
internal static class Format
{
    /// <summary>1.23 M, 123 k, 4.5 k, 980.</summary>
    public static string Money(double? amount) => amount is not { } a || !double.IsFinite(a) ? "-" : Math.Abs(a) switch
    {
        >= 999_500_000 => Text(a / 1e9, "0.00 'G'"),
        >= 999_500 => Text(a / 1e6, "0.00 'M'"),
        >= 9_950 => Text(a / 1e3, "0 'k'"),
        >= 1_000 => Text(a / 1e3, "0.0 'k'"),
        _ => Text(a, "0"),
    };

    /// <summary>Both ends of a band.</summary>
    public static string Band(double lower, double upper) => $"{Money(lower)} – {Money(upper)}";

    /// <summary>A probability as whole per cents; never 0 or 100 when it is neither.</summary>
    public static string Percent(double? probability) => probability is not { } p || !double.IsFinite(p) ? "-" : p switch
    {
        > 0 and < 0.005 => "<1 %",
        < 1 and >= 0.995 => ">99 %",
        _ => Text(100 * p, "0") + " %",
    };

    /// <summary>A level, such as 80 %.</summary>
    public static string Level(double level) => Text(100 * level, "0.#") + " %";

    /// <summary>Percentage points with sign and one decimal.</summary>
    public static string Points(double difference) => Text(100 * difference, "+0.0;-0.0;0.0");

    /// <summary>A date.</summary>
    public static string Date(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A day within a year, such as Nov 20.</summary>
    public static string Day(DateOnly? date) => date?.ToString("MMM dd", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>An instant in UTC to the minute.</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>A count with groups.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A score with so many decimals.</summary>
    public static string Score(double? value, int decimals = 3) =>
        value is { } v && double.IsFinite(v) ? v.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : "-";

    /// <summary>A difference of scores with its interval.</summary>
    public static string Difference(BootstrapInterval? difference) => difference is not { } d ? "-" : $"{Signed(d.Estimate)} ({Signed(d.Lower)}, {Signed(d.Upper)})";

    /// <summary>A name on one line, cut at <paramref name="length"/>.</summary>
    public static string Name(string? name, int length)
    {
        var line = (name ?? "").ReplaceLineEndings(" ").Trim();
        return line.Length <= length ? line : line[..(length - 2)].TrimEnd() + "..";
    }

    /// <summary>The first letter small turned into a sentence's.</summary>
    public static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Signed(double value) => Text(value, "+0.0000;-0.0000;0.0000");

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
