using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>
/// <c>#r "nuget: Name, 1.2.3"</c>: has the .NET SDK restore the package into a folder of the user's, once, and puts its files in the line's place.
/// </summary>
internal sealed partial class PackageReferences
{
    private readonly HashSet<string> _loaded = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The code with references to files; its lines keep their numbers.</summary>
    /// <param name="code">C#.</param>
    /// <param name="cell">What faults call the cell.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationException">The version is missing, or the package cannot be restored.</exception>
    public string Resolve(string code, string cell, CancellationToken cancellation) => Reference().Replace(code, match =>
    {
        var parts = match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries);
        if (parts is not [var name, var version] || !Name().IsMatch(name) || !Name().IsMatch(version))
            throw new OperationException($"{match.Value.Trim()}: found no package with a version; expected #r \"nuget: Name, 1.2.3\". State the version, so that the notebook says what it ran with.");
        if (!_loaded.Add(name)) return "";
        var folder = Restored(name, version, cancellation);
        var own = Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll").Select(Path.GetFileName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var files = Directory.EnumerateFiles(folder, "*.dll").Where(f => !own.Contains(Path.GetFileName(f)) && IsManaged(f)).Order(StringComparer.Ordinal);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{string.Concat(files.Select(f => $"#r \"{f}\"\n"))}#line {code[..match.Index].Count(c => c == '\n') + 2} \"{cell}\"");
    });

    private static string Restored(string name, string version, CancellationToken cancellation)
    {
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "ForecastEngine", "packages", $"{name.ToLowerInvariant()}.{version}");
        var (project, output) = (Path.Combine(folder, "package.csproj"), Path.Combine(folder, "files"));
        if (File.Exists(Path.Combine(folder, "done"))) return output;
        Directory.CreateDirectory(folder);
        File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally></PropertyGroup>
              <ItemGroup><PackageReference Include="{name}" Version="[{version}]" /></ItemGroup>
            </Project>
            """);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var arg in new[] { "publish", project, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--no-self-contained", "-o", output, "-v", "q", "--nologo", "-nodeReuse:false" }) start.ArgumentList.Add(arg);
        using var process = Process.Start(start)!;
        using var stop = cancellation.Register(() => process.Kill(entireProcessTree: true));
        var (told, faults) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            var reason = (told.GetAwaiter().GetResult() + faults.GetAwaiter().GetResult()).Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? "dotnet publish failed";
            throw new OperationException($"#r \"nuget: {name}, {version}\": found no way to restore it ({reason}); expected a package of that name and version, and the .NET SDK. Check both, or reference a file: #r \"path.dll\".");
        }
        File.WriteAllText(Path.Combine(folder, "done"), "");
        return output;
    }

    private static bool IsManaged(string file)
    {
        if (Path.GetFileName(file) == "package.dll") return false;
        using var stream = File.OpenRead(file);
        using var image = new System.Reflection.PortableExecutable.PEReader(stream);
        try
        {
            return image.HasMetadata;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    [GeneratedRegex("""^[ \t]*#r[ \t]+"nuget:([^"]*)"[ \t]*$""", RegexOptions.Multiline)]
    private static partial Regex Reference();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._\-]*$")]
    private static partial Regex Name();
}
