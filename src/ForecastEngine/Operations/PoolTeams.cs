using ForecastEngine.Crm;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>Learns from several teams' workspaces together what a team with little history of its own may start from. Reads them only.</summary>
public static class PoolTeams
{
    /// <summary>Runs the pooling.</summary>
    /// <param name="workspaces">Folders of the teams' workspaces, each with its SQLite database.</param>
    /// <param name="asOf">Last day whose events may be known; null for the earliest of the days of the teams' newest exports.</param>
    /// <param name="clock">For opening the workspaces.</param>
    /// <param name="options">How models are trained.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    public static PooledPrior Run(IReadOnlyList<string> workspaces, DateOnly? asOf, TimeProvider clock, WinProbabilityOptions options, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var (histories, cutoff) = Load(workspaces, asOf, clock, progress, cancellation);
        return Pool(histories, cutoff, options, progress, cancellation);
    }

    /// <summary>The same as the teams were known at an instant.</summary>
    internal static PooledPrior Run(IReadOnlyList<string> workspaces, AsOf cutoff, TimeProvider clock, WinProbabilityOptions options, IProgress<OperationProgress>? progress, CancellationToken cancellation) =>
        Pool(Load(workspaces, null, clock, progress, cancellation).Histories, cutoff, options, progress, cancellation);

    private static (List<CrmHistory> Histories, AsOf Cutoff) Load(IReadOnlyList<string> workspaces, DateOnly? asOf, TimeProvider clock, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var (histories, cutoff) = (new List<CrmHistory>(), (AsOf?)null);
        foreach (var folder in workspaces)
        {
            progress?.Report(new OperationProgress($"Loading {folder}"));
            if (!File.Exists(Path.Combine(folder, "forecast.db"))) throw new OperationException($"{folder}: found no workspace with a database of its own; expected the folder of another team's. Mend the path.");
            using var workspace = Workspace.Open(folder, clock, cancellation: cancellation);
            histories.Add(HistoryAt.Load(workspace, asOf, cancellation, out var until));
            if (cutoff is null || until.CompareTo(cutoff.Value) < 0) cutoff = until;
        }
        return (histories, cutoff ?? throw new OperationException("Pooled model: found no team; expected at least one workspace."));
    }

    private static PooledPrior Pool(List<CrmHistory> histories, AsOf cutoff, WinProbabilityOptions options, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        progress?.Report(new OperationProgress($"Pooling {histories.Count} teams"));
        try
        {
            return PooledPrior.Train(histories, cutoff, options, cancellation);
        }
        catch (ArgumentException fault)
        {
            throw new OperationException(fault.Message);
        }
    }
}
