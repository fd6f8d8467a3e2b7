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
        var (histories, cutoff) = (new List<CrmHistory>(), (AsOf?)null);
        foreach (var folder in workspaces)
        {
            progress?.Report(new OperationProgress($"Loading {folder}"));
            if (!File.Exists(Path.Combine(folder, "forecast.db"))) throw new OperationException($"{folder}: found no workspace with a database of its own; expected the folder of another team's. Mend the path.");
            using var workspace = Workspace.Open(folder, clock, cancellation: cancellation);
            histories.Add(HistoryAt.Load(workspace, asOf, cancellation, out var until));
            if (cutoff is null || until.CompareTo(cutoff.Value) < 0) cutoff = until;
        }
        if (cutoff is null) throw new OperationException("Pooled model: found no team; expected at least one workspace.");
        progress?.Report(new OperationProgress($"Pooling {histories.Count} teams"));
        try
        {
            return PooledPrior.Train(histories, cutoff.Value, options, cancellation);
        }
        catch (ArgumentException fault)
        {
            throw new OperationException(fault.Message);
        }
    }
}
