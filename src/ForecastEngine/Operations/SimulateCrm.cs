using ForecastEngine.Simulation;

namespace ForecastEngine.Operations;

/// <summary>What was simulated.</summary>
/// <param name="Folder">Where the export was written.</param>
/// <param name="Opportunities">Opportunities in it.</param>
/// <param name="Bytes">Size of all files.</param>
/// <param name="ExportedAt">End of the simulated world.</param>
public sealed record SimulateCrmResult(string Folder, int Opportunities, long Bytes, DateTimeOffset ExportedAt);

/// <summary>Which world is wanted, in the words of somebody who wants to try the engine.</summary>
public sealed record SimulateRequest
{
    /// <summary>True for the fixed world of data/sample; everything else is left aside then.</summary>
    public bool IsSample { get; init; }
    /// <summary>Wins a quarter, about.</summary>
    public double WinsPerQuarter { get; init; } = 100;
    /// <summary>Weeks.</summary>
    public int Weeks { get; init; } = 156;
    /// <summary>Key of every draw.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>True for a world with the usual nuisances of a real CRM: campaigns, deals that never close, late recording, few activities, a company unlike others.</summary>
    public bool IsHard { get; init; }

    /// <summary>The options of that world.</summary>
    public SimulationOptions ToOptions()
    {
        if (IsSample) return SampleWorld.Options;
        var plain = new SimulationOptions { Seed = Seed, Weeks = Weeks, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(WinsPerQuarter) };
        return IsHard
            ? plain with { HasCampaigns = true, ZombieShare = 0.15, RecordingLagShare = 0.10, ActivityDensity = 0.3, Heterogeneity = 0.3, TracksCrmProbability = false }
            : plain;
    }
}

/// <summary>Writes the export of a CRM whose true probabilities are known, in the engine's own format.</summary>
public static class SimulateCrm
{
    /// <summary>Simulates the world that is asked for and writes its export.</summary>
    public static SimulateCrmResult Run(string folder, SimulateRequest request, int threads = 0, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default) =>
        Run(folder, request.ToOptions(), threads, progress, cancellation);

    /// <summary>Simulates a world and writes its export.</summary>
    public static SimulateCrmResult Run(string folder, SimulationOptions options, int threads = 0, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException fault)
        {
            throw new OperationException($"Simulation: {fault.Message} Choose other values.");
        }
        progress?.Report(new OperationProgress("Simulating"));
        var world = SimulatedWorld.Generate(options, threads);
        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new OperationProgress("Writing", 0.5));
        CrmExportWriter.Write(world.Facts, folder);
        return new SimulateCrmResult(Path.GetFullPath(folder), world.Facts.Opportunities.Count,
            Directory.EnumerateFiles(folder, "*.csv").Sum(f => new FileInfo(f).Length), options.ExportedAt);
    }
}
