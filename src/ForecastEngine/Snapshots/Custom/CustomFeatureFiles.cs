namespace ForecastEngine.Snapshots.Custom;

/// <summary>What a model says of a custom feature that it was trained on.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Unit">What a value counts or measures.</param>
/// <param name="KnownBecause">Why it is known at the as-of date.</param>
/// <param name="Sha256">SHA-256 of the assembly that defines it.</param>
public sealed record NeededFeature(string Name, string Unit, string KnownBecause, string Sha256);

/// <summary>Custom features as files of a bundle: an assembly by its checksum, and its source where that is known.</summary>
public static class CustomFeatureFiles
{
    private const string Prefix = "features-";

    /// <summary>True when the files hold code.</summary>
    public static bool AreIn(IReadOnlyDictionary<string, byte[]> files) => files.Keys.Any(name => name.StartsWith(Prefix, StringComparison.Ordinal));

    /// <summary>Adds the files of a schema's custom features to a bundle.</summary>
    public static void Save(IReadOnlyList<CustomFeature> features, IDictionary<string, byte[]> files)
    {
        foreach (var code in features.Select(f => f.Code!).DistinctBy(c => c.Sha256))
        {
            files[NameOf(code.Sha256, "dll")] = code.Bytes;
            if (code.Source is not null) files[NameOf(code.Sha256, "cs")] = System.Text.Encoding.UTF8.GetBytes(code.Source);
        }
    }

    /// <summary>What a model needs, as it is saved with it.</summary>
    public static IReadOnlyList<NeededFeature> NeededBy(IReadOnlyList<CustomFeature> features) => [.. features.Select(f => new NeededFeature(f.Name, f.Unit, f.KnownBecause, f.Code!.Sha256))];

    /// <summary>The features that a model needs, from the files of its bundle; loaded only when the checksum of their assembly is the one the model was trained with.</summary>
    /// <exception cref="InvalidDataException">One is missing, altered, or of another release.</exception>
    public static IReadOnlyList<CustomFeature> Load(IReadOnlyList<NeededFeature> needed, IReadOnlyDictionary<string, byte[]> files)
    {
        var codes = new Dictionary<string, CustomFeatureCode>(StringComparer.Ordinal);
        return [.. needed.Select(feature =>
        {
            if (!codes.TryGetValue(feature.Sha256, out var code)) codes.Add(feature.Sha256, code = CodeOf(feature, files));
            return code.Features.FirstOrDefault(f => f.Name == feature.Name)
                ?? throw new InvalidDataException($"Custom feature {feature.Name}: found {NameOf(feature.Sha256, "dll")} without it; expected the assembly that the model was trained with. Restore the bundle, or train again.");
        })];
    }

    private static CustomFeatureCode CodeOf(NeededFeature feature, IReadOnlyDictionary<string, byte[]> files)
    {
        var name = NameOf(feature.Sha256, "dll");
        if (!files.TryGetValue(name, out var assembly)) throw new InvalidDataException($"Custom feature {feature.Name}: found no {name} in the bundle; expected the assembly that defines it. Restore the bundle, or train again.");
        if (CustomFeatureCode.HashOf(assembly) is var sum && sum != feature.Sha256) throw new InvalidDataException($"Custom feature {feature.Name}, {name}: found SHA-256 {sum}; expected {feature.Sha256}. The file was altered: restore the bundle, or train again.");
        try
        {
            return CustomFeatureCode.Load(assembly, files.TryGetValue(NameOf(feature.Sha256, "cs"), out var source) ? System.Text.Encoding.UTF8.GetString(source) : null, name);
        }
        catch (CustomFeatureException fault)
        {
            throw new InvalidDataException(fault.Message, fault);
        }
    }

    private static string NameOf(string sum, string ending) => $"{Prefix}{sum[..16]}.{ending}";
}
