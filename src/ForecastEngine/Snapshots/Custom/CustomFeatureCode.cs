using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Text;

namespace ForecastEngine.Snapshots.Custom;

/// <summary>An assembly of custom features, as it travels in a bundle: its bytes, their SHA-256 and, where it was compiled here, its source.</summary>
public sealed class CustomFeatureCode
{
    private const long MaxBytes = 4 << 20;

    // By checksum, once per process: the same bytes are the same code.
    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> Loaded = new(StringComparer.Ordinal);

    private CustomFeatureCode(byte[] assembly, string? source, string origin)
    {
        PurityCheck.Require(assembly, origin);
        (Bytes, Source, Origin, Sha256) = (assembly, source, origin, HashOf(assembly));
        Features = Define();
    }

    /// <summary>The assembly.</summary>
    public byte[] Bytes { get; }
    /// <summary>SHA-256 of <see cref="Bytes"/>, small hexadecimal letters.</summary>
    public string Sha256 { get; }
    /// <summary>Its C# source; null when it came as an assembly.</summary>
    public string? Source { get; }
    /// <summary>For messages: where it came from.</summary>
    public string Origin { get; }
    /// <summary>What it defines, by name.</summary>
    public IReadOnlyList<CustomFeature> Features { get; }

    /// <summary>Compiles source.</summary>
    /// <exception cref="CustomFeatureException">It does not compile, is not pure, or defines no feature.</exception>
    public static CustomFeatureCode Compile(string source, string origin)
    {
        var text = source.ReplaceLineEndings("\n");
        return new(FeatureCompiler.Compile(text, "features-" + HashOf(Encoding.UTF8.GetBytes(text))[..16], origin), text, origin);
    }

    /// <summary>Takes an assembly.</summary>
    /// <param name="assembly">Its bytes.</param>
    /// <param name="source">Its source, where it is known.</param>
    /// <param name="origin">For messages: where it came from.</param>
    /// <exception cref="CustomFeatureException">It cannot be read, is not pure, was made for another release, or defines no feature.</exception>
    public static CustomFeatureCode Load(byte[] assembly, string? source, string origin) => new(assembly, source, origin);

    /// <summary>Reads a file: C# source (<c>.cs</c>) or an assembly (<c>.dll</c>).</summary>
    /// <exception cref="CustomFeatureException">It is neither, too large, or cannot be used.</exception>
    public static CustomFeatureCode FromFile(string path)
    {
        var (file, name) = (new FileInfo(path), Path.GetFileName(path));
        if (!file.Exists) throw new CustomFeatureException($"Custom features in {path}", "no such file", "C# source (.cs) or an assembly (.dll)", "Check the path.");
        if (file.Length > MaxBytes) throw new CustomFeatureException($"Custom features in {path}", $"{file.Length} bytes", $"at most {MaxBytes}", "Keep features small and without data.");
        return file.Extension.ToLowerInvariant() switch
        {
            ".cs" => Compile(File.ReadAllText(path), name),
            ".dll" => Load(File.ReadAllBytes(path), null, name),
            _ => throw new CustomFeatureException($"Custom features in {path}", $"a file ending in \"{file.Extension}\"", "C# source (.cs) or an assembly (.dll)", "Name one of these."),
        };
    }

    internal static string HashOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private List<CustomFeature> Define()
    {
        var features = new List<CustomFeature>();
        try
        {
            var assembly = Loaded.GetOrAdd(Sha256, sum => new(() =>
            {
                using var bytes = new MemoryStream(Bytes, writable: false);
                return new AssemblyLoadContext("custom features " + sum[..16]).LoadFromStream(bytes);
            })).Value;
            foreach (var method in assembly.GetExportedTypes().SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)))
                if (method.GetCustomAttribute<CustomFeatureAttribute>() is { } told)
                {
                    RuntimeHelpers.PrepareMethod(method.MethodHandle);
                    features.Add(new CustomFeature(told.Name, told.Unit, told.KnownBecause, FunctionOf(method), this));
                }
        }
        catch (Exception fault) when (fault is TypeLoadException or MissingMemberException or FileLoadException or FileNotFoundException or BadImageFormatException or CustomAttributeFormatException)
        {
            throw new CustomFeatureException($"Custom features in {Origin}", $"code that does not fit this release of the engine ({fault.Message})", "code made for it", "Compile it again from its source and train again.", fault);
        }
        if (features.Count == 0) throw new CustomFeatureException($"Custom features in {Origin}", "none", "a public static method with [CustomFeature] in a public class", "Mark the method.");
        if (features.GroupBy(f => f.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new CustomFeatureException($"Custom features in {Origin}", $"{twice.Key} twice", "a name each", "Rename one.");
        return [.. features.OrderBy(f => f.Name, StringComparer.Ordinal)];
    }

    private Func<OpportunitySnapshot, double?> FunctionOf(MethodInfo method)
    {
        if (method.GetParameters() is [{ } only] && only.ParameterType == typeof(OpportunitySnapshot))
        {
            if (method.ReturnType == typeof(double?)) return method.CreateDelegate<Func<OpportunitySnapshot, double?>>();
            if (method.ReturnType == typeof(double) && method.CreateDelegate<Func<OpportunitySnapshot, double>>() is { } number) return deal => number(deal);
        }
        throw new CustomFeatureException($"Custom features in {Origin}", $"{method.DeclaringType?.Name}.{method.Name} of another shape", "double? or double of (OpportunitySnapshot)", "Change its signature.");
    }
}
