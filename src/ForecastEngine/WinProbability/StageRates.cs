using ForecastEngine.Snapshots;

namespace ForecastEngine.WinProbability;

/// <summary>
/// The honest stage rate: the hazard of one cause by stage and cell, shrunk toward all stages together. The second rung of
/// the ladder, and the baseline that a model must beat.
/// </summary>
/// <remarks>ĥ_{s,k} = (d_{s,k} + m ĥ_k) / (n_{s,k} + m). Landmarks of one deal overlap, so m counts as thrice the deals it stands for.</remarks>
public sealed record StageRates
{
    /// <summary>Deals at risk that the pooled rate weighs like.</summary>
    public const double PriorDeals = 12;

    /// <summary>Log odds per stage and cell; the key "" holds all stages together.</summary>
    public required IReadOnlyDictionary<string, double[]> ByStage { get; init; }

    /// <summary>The stage's log odds per cell; those of all stages when the stage was never seen.</summary>
    public double[] LogOdds(string? stage) => ByStage.GetValueOrDefault(stage ?? "") ?? ByStage[""];

    /// <summary>Counts the rates.</summary>
    internal static StageRates From(LandmarkColumns landmarks, TimeGrid grid, Cause cause)
    {
        var counts = new SortedDictionary<string, (double[] Risk, double[] Events)>(StringComparer.Ordinal) { [""] = (new double[grid.Count], new double[grid.Count]) };
        var all = counts[""];
        for (var row = 0; row < landmarks.Count; row++)
        {
            if (!counts.TryGetValue(landmarks.Stages[row], out var own)) counts.Add(landmarks.Stages[row], own = (new double[grid.Count], new double[grid.Count]));
            var (cells, struck) = HazardRows.AtRisk(landmarks, row, grid, cause);
            Count(own);
            if (!ReferenceEquals(own.Risk, all.Risk)) Count(all);

            void Count((double[] Risk, double[] Events) group)
            {
                for (var cell = 0; cell < cells; cell++) group.Risk[cell]++;
                if (struck) group.Events[cells - 1]++;
            }
        }
        var pooled = Enumerable.Range(0, grid.Count).Select(k => (all.Events[k] + 0.5) / (all.Risk[k] + 20)).ToArray();
        return new StageRates
        {
            ByStage = counts.ToDictionary(c => c.Key, c => Enumerable.Range(0, grid.Count)
                .Select(k => c.Key.Length == 0 ? pooled[k] : (c.Value.Events[k] + 3 * PriorDeals * pooled[k]) / (c.Value.Risk[k] + 3 * PriorDeals))
                .Select(h => Math.Log(h / (1 - h))).ToArray(), StringComparer.Ordinal),
        };
    }
}
