using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ForecastEngine.Registry;

/// <summary>
/// Ids that say what is inside: the as-of date and the first eight hexadecimal digits of the SHA-256 of data hash, options
/// and seed, such as <c>2026-11-06-1a2b3c4d</c>. The same training gives the same id.
/// </summary>
public static partial class ModelVersionId
{
    /// <summary>The id of a training.</summary>
    /// <param name="asOf">Last day of the data.</param>
    /// <param name="dataHash">Hash of the data.</param>
    /// <param name="options">All settings, by name.</param>
    /// <param name="seed">Seed of every draw.</param>
    public static string From(DateOnly asOf, string dataHash, IReadOnlyDictionary<string, string> options, long seed)
    {
        // Lengths before texts: no two different inputs run together to the same text.
        var text = new StringBuilder();
        Append(dataHash);
        foreach (var (name, value) in options.OrderBy(o => o.Key, StringComparer.Ordinal)) { Append(name); Append(value); }
        Append(seed.ToString(CultureInfo.InvariantCulture));
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return string.Create(CultureInfo.InvariantCulture, $"{asOf:yyyy-MM-dd}-{Convert.ToHexStringLower(hash.AsSpan(0, 4))}");

        void Append(string part) => text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
    }

    /// <summary>Refuses ids that could name a place outside the models folder.</summary>
    /// <exception cref="ModelRegistryException">Not an id.</exception>
    public static void Require(string version)
    {
        if (version is null || !Pattern().IsMatch(version) || version.Contains("..", StringComparison.Ordinal) || IsDeviceName(version))
            throw new ModelRegistryException("Model version", $"the id \"{version}\"", "small letters, digits, '-', '_' and single dots, 1 to 80 of them, such as 2026-11-06-1a2b3c4d", "Use an id from the registry's list.");
    }

    /// <summary>Refuses names of files that could lie outside their version's folder.</summary>
    internal static void RequireFileName(string where, string name)
    {
        if (name is null || !FilePattern().IsMatch(name) || name.Contains("..", StringComparison.Ordinal) || IsDeviceName(name))
            throw new ModelRegistryException(where, $"a file named \"{name}\"", "a plain file name of letters, digits, '-', '_' and single dots", "Remove the model version and train again.");
    }

    // Names that Windows takes for devices, whatever the extension.
    private static bool IsDeviceName(string name) => Device().IsMatch(name);

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,78}[a-z0-9]\z|\A[a-z0-9]\z")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,98}[A-Za-z0-9]\z")]
    private static partial Regex FilePattern();

    [GeneratedRegex(@"\A(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|\z)", RegexOptions.IgnoreCase)]
    private static partial Regex Device();
}
