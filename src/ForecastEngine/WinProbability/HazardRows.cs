using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Statistics.Trees;
using Microsoft.Data.Analysis;

namespace ForecastEngine.WinProbability;

/// <summary>What may end an opportunity.</summary>
public enum Cause
{
    /// <summary>Won.</summary>
    Won = 1,
    /// <summary>Lost.</summary>
    Lost = 2,
}

/// <summary>
/// The training table opened up into rows of (snapshot, cell ahead) for one cause: label 1 where the cause struck in the
/// cell. A cell counts only when the deal was open at its start and the cell was watched to its end, which is all that
/// right-censoring needs. Every row with the event is kept; of the others a share π_{s,k} by stage and cell, because where
/// nothing is likely to happen, one more row without an event teaches little: logit h = score + ln π_{s,k}.
/// </summary>
/// <remarks>
/// π_{s,k} = min(1, controls × ĥ_{s,k}) with ĥ the stage rate, so there are about <c>controls</c> rows without to one with
/// the event in every stage and cell, and the trees learn departures from the stage rate rather than its shape.
/// Fithian and Hastie, "Local case-control sampling", Annals of Statistics 42, 2014; Prentice and Pyke, Biometrika 66, 1979.
/// </remarks>
public sealed class HazardRows
{
    private HazardRows(float[] values, int stride, bool[] labels, int[] cells, int[] landmarks, string[] stages, IReadOnlyDictionary<string, double[]> logKeptShare) =>
        (Values, Stride, Labels, Cells, Landmarks, Stages, LogKeptShare) = (values, stride, labels, cells, landmarks, stages, logKeptShare);

    /// <summary>Row-major features, <see cref="Stride"/> floats a row: the snapshot's, then <see cref="AheadFeatures"/>.</summary>
    public float[] Values { get; }
    /// <summary>Floats per row.</summary>
    public int Stride { get; }
    /// <summary>True where the cause struck in the cell.</summary>
    public bool[] Labels { get; }
    /// <summary>Cell of each row.</summary>
    public int[] Cells { get; }
    /// <summary>Row of the training table.</summary>
    public int[] Landmarks { get; }
    /// <summary>Stage of each row's landmark.</summary>
    public string[] Stages { get; }
    /// <summary>ln π_{s,k} by stage; the key "" holds all stages together.</summary>
    public IReadOnlyDictionary<string, double[]> LogKeptShare { get; }
    /// <summary>Number of rows.</summary>
    public int Count => Labels.Length;

    /// <summary>Opens up the table.</summary>
    /// <param name="table">As built by <see cref="TrainingTable"/>.</param>
    /// <param name="features">Names of its feature columns, in order.</param>
    /// <param name="grid">Cells.</param>
    /// <param name="cause">Which event.</param>
    /// <param name="controls">Rows without the event to keep per event; +∞ keeps all.</param>
    /// <param name="seed">Draws the kept rows.</param>
    public static HazardRows From(DataFrame table, IReadOnlyList<string> features, TimeGrid grid, Cause cause, double controls, long seed)
    {
        var landmarks = LandmarkColumns.From(table, features);
        return From(landmarks, StageRates.From(landmarks, grid, cause), grid, cause, controls, seed);
    }

    /// <summary>The same from columns and stage rates that were taken out already.</summary>
    internal static HazardRows From(LandmarkColumns landmarks, StageRates rates, TimeGrid grid, Cause cause, double controls, long seed)
    {
        var kept = rates.ByStage.ToDictionary(r => r.Key, r => r.Value.Select(z => Math.Clamp(controls / (1 + Math.Exp(-z)), 1e-4, 1)).ToArray(), StringComparer.Ordinal);

        var stride = landmarks.FeatureCount + AheadFeatures.Count;
        var (values, labels, cells, origin) = (new List<float>(), new List<bool>(), new List<int>(), new List<int>());
        var ahead = new float[AheadFeatures.Count * GridScorer.MaxPoints];
        for (var row = 0; row < landmarks.Count; row++)
        {
            var draw = CounterRandom.For(seed, (long)cause, landmarks.Keys[row]);
            var written = false;
            var share = kept[landmarks.Stages[row]];
            ForEachCell(landmarks, row, grid, cause, (cell, struck) =>
            {
                if (!struck && draw.Uniform(cell) >= share[cell]) return;
                if (!written)
                {
                    AheadFeatures.Write(grid, landmarks.AsOf[row], landmarks.AgeDays(row), landmarks.DaysToPlannedClose(row), landmarks.HasSeasons, ahead);
                    written = true;
                }
                values.AddRange(landmarks.Features(row));
                for (var a = 0; a < AheadFeatures.Count; a++) values.Add(ahead[a * GridScorer.MaxPoints + cell]);
                labels.Add(struck);
                cells.Add(cell);
                origin.Add(row);
            });
        }
        return new HazardRows([.. values], stride, [.. labels], [.. cells], [.. origin], [.. origin.Select(row => landmarks.Stages[row])],
            kept.ToDictionary(k => k.Key, k => k.Value.Select(share => Math.Log(share)).ToArray(), StringComparer.Ordinal));
    }

    /// <summary>Visits the cells in which the landmark was at risk and watched to the end, up to its event.</summary>
    internal static void ForEachCell(LandmarkColumns landmarks, int row, TimeGrid grid, Cause cause, Action<int, bool> visit)
    {
        var (outcome, days, watched) = (landmarks.Outcome[row], landmarks.DaysObserved[row], landmarks.DaysWatched[row]);
        for (var cell = 0; cell < grid.Count && grid.Edges[cell + 1] <= watched; cell++)
        {
            var ends = outcome != 0 && days < grid.Edges[cell + 1];
            visit(cell, ends && outcome == (int)cause);
            if (ends) return;
        }
    }
}
