using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace ForecastEngine.Registry;

/// <summary>
/// The files of a model version: the bundle's, card.json, and checksums.json with the SHA-256 of all the others. Read whole,
/// and handed out only when every checksum matched, so that ML.NET never opens a file that was changed after training.
/// </summary>
internal static class ModelFiles
{
    public const string Card = "card.json";
    public const string Checksums = "checksums.json";
    private const int MaxFiles = 64;
    private const long MaxFileBytes = 256L << 20;
    private const long MaxChecksumsBytes = 64 << 10;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Checks names and sizes of a bundle; returns all files, checksums included.</summary>
    public static SortedDictionary<string, byte[]> Compose(IReadOnlyDictionary<string, byte[]> bundle, ModelCard card)
    {
        var where = $"Model version {card.Version}";
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { Card, Checksums };
        foreach (var (name, content) in bundle)
        {
            ModelVersionId.RequireFileName(where, name);
            if (!seen.Add(name)) throw new ModelRegistryException(where, $"a second file named {name}", "names that differ by more than case, other than card.json and checksums.json", "Rename the file.");
            if (content.LongLength > MaxFileBytes) throw TooLarge(Path.Combine(card.Version, name), content.LongLength, MaxFileBytes);
            files.Add(name, content);
        }
        if (files.Count + 2 > MaxFiles) throw new ModelRegistryException(where, $"{files.Count} files", $"at most {MaxFiles - 2}", "Put fewer files into the bundle.");
        files.Add(Card, card.ToJson());
        var sums = new SortedDictionary<string, string>(files.ToDictionary(f => f.Key, f => HashOf(f.Value)), StringComparer.Ordinal);
        files.Add(Checksums, JsonSerializer.SerializeToUtf8Bytes(sums, Json));
        return files;
    }

    /// <summary>A version that the home holds, verified.</summary>
    public static ModelVersion Read(IModelHome home, string version)
    {
        var files = ReadAll(home, version);
        files.Remove(Checksums);
        if (!files.Remove(Card, out var json)) throw new ModelRegistryException($"{version}/{Checksums}", "no entry for card.json", "one", "Restore the version from a backup or train again.");
        return new ModelVersion(ReadCard(json, version), files);
    }

    /// <summary>All files of a version, byte by byte as they are kept, after every checksum matched.</summary>
    public static Dictionary<string, byte[]> ReadAll(IModelHome home, string version)
    {
        var present = home.FileNames(version);
        var listed = ReadChecksums(home, present, version);
        foreach (var name in present.Where(name => name != Checksums && !listed.ContainsKey(name)))
            throw new ModelRegistryException($"{version}/{name}", "a file that checksums.json does not list", "only the files that training wrote", "Remove it, or restore the version from a backup.");
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (name, sum) in listed)
        {
            if (!present.Contains(name)) throw new ModelRegistryException($"{version}/{name}", "no such file", "the file that checksums.json lists", "Restore the version from a backup or train again.");
            var content = home.Read(version, name, MaxFileBytes);
            var found = HashOf(content);
            if (found != sum) throw new ModelRegistryException($"{version}/{name}", $"SHA-256 {found} ({content.Length.ToString(CultureInfo.InvariantCulture)} bytes)", sum, "The file was altered or cut short: restore the version from a backup or train again.");
            files.Add(name, content);
        }
        files[Checksums] = home.Read(version, Checksums, MaxChecksumsBytes);
        return files;
    }

    public static ModelRegistryException TooLarge(string where, long found, long limit) =>
        new(where, $"{found.ToString(CultureInfo.InvariantCulture)} bytes", $"at most {limit.ToString(CultureInfo.InvariantCulture)}", "Restore the version from a backup, or train with fewer trees.");

    private static ModelCard ReadCard(byte[] json, string version)
    {
        ModelCard card;
        try
        {
            card = ModelCard.FromJson(json);
        }
        catch (JsonException fault)
        {
            throw new ModelRegistryException($"{version}/{Card}", $"no readable card ({fault.Message})", "a model card", "Restore the version from a backup or train again.", fault);
        }
        if (card.Version != version) throw new ModelRegistryException($"{version}/{Card}", $"the card of version {card.Version}", $"that of {version}", "The folder was renamed: give it its own name back.");
        return card;
    }

    private static Dictionary<string, string> ReadChecksums(IModelHome home, IReadOnlySet<string> present, string version)
    {
        if (!present.Contains(Checksums)) throw new ModelRegistryException($"{version}/{Checksums}", "no such file", "the checksums of the version", "Restore the version from a backup or train again.");
        Dictionary<string, string>? listed;
        try
        {
            listed = JsonSerializer.Deserialize<Dictionary<string, string>>(home.Read(version, Checksums, MaxChecksumsBytes));
        }
        catch (JsonException fault)
        {
            throw new ModelRegistryException($"{version}/{Checksums}", $"unreadable JSON ({fault.Message})", "file names and their SHA-256", "Restore the version from a backup or train again.", fault);
        }
        if (listed is null || listed.Count == 0 || listed.Count > MaxFiles)
            throw new ModelRegistryException($"{version}/{Checksums}", $"{listed?.Count ?? 0} entries", $"1 to {MaxFiles}", "Restore the version from a backup or train again.");
        foreach (var name in listed.Keys) ModelVersionId.RequireFileName($"{version}/{Checksums}", name);
        return listed;
    }

    private static string HashOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
