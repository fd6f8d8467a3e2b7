using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ForecastEngine.Snapshots.Custom;

/// <summary>C# source of custom features → an assembly; the same source gives the same bytes.</summary>
internal static class FeatureCompiler
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using ForecastEngine.Crm;
        global using ForecastEngine.Snapshots;
        global using ForecastEngine.Snapshots.Custom;
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);
    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator).Where(p => PurityCheck.MayReference(Path.GetFileNameWithoutExtension(p)))
            .Order(StringComparer.Ordinal).Select(p => MetadataReference.CreateFromFile(p))]);

    /// <summary>Compiles.</summary>
    /// <param name="source">The source.</param>
    /// <param name="assemblyName">Name of the assembly.</param>
    /// <param name="origin">For messages: where the source came from.</param>
    /// <exception cref="CustomFeatureException">It does not compile; every error with its line.</exception>
    public static byte[] Compile(string source, string assemblyName, string origin)
    {
        var compilation = CSharpCompilation.Create(assemblyName, [CSharpSyntaxTree.ParseText(source, Language), CSharpSyntaxTree.ParseText(Usings, Language)], References.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, deterministic: true, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var emitted = compilation.Emit(assembly);
        if (emitted.Success) return assembly.ToArray();
        var errors = emitted.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5).Select(d =>
        {
            var at = d.Location.GetLineSpan().StartLinePosition;
            return FormattableString.Invariant($"line {at.Line + 1}, column {at.Character + 1}: {d.GetMessage(System.Globalization.CultureInfo.InvariantCulture)} ({d.Id})");
        });
        throw new CustomFeatureException($"Custom features in {origin}", string.Join("; ", errors), "C# that compiles", "Mend it; a feature sees the engine's Snapshots and Crm, collections and LINQ.");
    }
}
