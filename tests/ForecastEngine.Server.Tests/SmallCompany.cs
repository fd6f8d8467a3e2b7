using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Server.Tests;

[assembly: AssemblyFixture(typeof(SmallCompany))]

namespace ForecastEngine.Server.Tests;

/// <summary>A small simulated company, imported, trained and scored once by the engine; every test takes a copy of its workspace.</summary>
public sealed class SmallCompany : IDisposable
{
    private static readonly string Made = Directory.CreateTempSubdirectory("forecast-company-").FullName;
    private static readonly Lazy<string> Scored = new(Make);
    private static readonly Lazy<string> Young = new(() =>
    {
        var export = Path.Combine(Made, "young");
        SimulateCrm.Run(export, new SimulateRequest { WinsPerQuarter = 8, Weeks = 52, Seed = 3 });
        return export;
    });
    private int _copies;

    static SmallCompany() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Made, recursive: true);

    /// <summary>A recipe for a version of which only matters that it is another one.</summary>
    public static TrainingOptions Quick { get; } = new()
    {
        Win = new() { Trees = 10, MinRowsPerLeaf = 40 }, Size = new() { Trees = 8, MinRowsPerLeaf = 20 }, Threads = 2, Seed = 2,
    };

    private string Root { get; } = Directory.CreateTempSubdirectory("forecast-copies-").FullName;

    /// <summary>Its export.</summary>
    public static string Export => Path.Combine(Path.GetDirectoryName(Scored.Value)!, "export");

    /// <summary>
    /// The export of another company, too young for a model of its own: for tests in which a server imports, trains and
    /// scores, and how well it does is not the question.
    /// </summary>
    public static string YoungExport => Young.Value;

    /// <summary>A copy of the scored workspace.</summary>
    public string Copy()
    {
        var from = Scored.Value;
        var copy = Path.Combine(Root, $"copy-{Interlocked.Increment(ref _copies)}");
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Make()
    {
        var (export, folder) = (Path.Combine(Made, "export"), Path.Combine(Made, "scored"));
        SimulateCrm.Run(export, new SimulateRequest { WinsPerQuarter = 25, Weeks = 120 });
        using var workspace = Workspace.Open(folder, TimeProvider.System);
        ImportCrm.Run(workspace, export, ImportMap.Load(Path.Combine(AppContext.BaseDirectory, "maps", "forecastengine.json")));
        TrainModels.Run(workspace);
        RescorePipeline.Run(workspace).GetAwaiter().GetResult();
        return folder;
    }
}
