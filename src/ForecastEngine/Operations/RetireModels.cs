namespace ForecastEngine.Operations;

/// <summary>Removes model versions that no longer serve. Champion and challenger stay, what a rollback would bring back first, and what recent runs were scored with.</summary>
public static class RetireModels
{
    private const int RunDays = 35;

    /// <summary>Runs it.</summary>
    /// <param name="workspace">Whose registry.</param>
    /// <param name="keep">How many of the others stay: earlier champions, the latest first, then versions by id, the newest first.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The versions that were removed; the history of champions keeps their names.</returns>
    public static async Task<IReadOnlyList<string>> Run(Workspace workspace, int keep, CancellationToken cancellation = default)
    {
        var state = workspace.Models.State;
        var runs = await workspace.Scores.RunsAsync(RunDays, cancellation);
        var scored = runs.Where(r => r.AsOf > runs[0].AsOf.AddDays(-RunDays)).Select(r => r.ModelVersion).ToHashSet(StringComparer.Ordinal);
        string[] others = [.. state.Earlier.Reverse().Concat(workspace.Models.List().Reverse()).Distinct().Where(v => v != state.Champion && v != state.Challenger)];
        return workspace.Models.Retire([.. others.Skip(keep).Where(v => !scored.Contains(v))]);
    }
}
