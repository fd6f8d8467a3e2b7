using ForecastEngine.Simulation;

namespace ForecastEngine.Operations;

/// <summary>What was simulated.</summary>
/// <param name="Folder">Where the export was written.</param>
/// <param name="Opportunities">Opportunities in it.</param>
/// <param name="Bytes">Size of all files.</param>
/// <param name="ExportedAt">End of the simulated world.</param>
public sealed record SimulateCrmResult(string Folder, int Opportunities, long Bytes, DateTimeOffset ExportedAt);

/// <summary>Writes the export of a CRM whose true probabilities are known, in the engine's own format.</summary>
public static class SimulateCrm
{
    /// <summary>Simulates a world and writes its export.</summary>
    public static SimulateCrmResult Run(string folder, SimulationOptions options, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(new OperationProgress("Simulating"));
        var world = SimulatedWorld.Generate(options);
        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new OperationProgress("Writing", 0.5));
        CrmExportWriter.Write(world.Facts, folder);
        return new SimulateCrmResult(Path.GetFullPath(folder), world.Facts.Opportunities.Count,
            Directory.EnumerateFiles(folder, "*.csv").Sum(f => new FileInfo(f).Length), options.ExportedAt);
    }
}
