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
/// right-censoring needs. Every row with the event is kept; of the others a share π_k, because a cell without an event
/// teaches little: logit h = score + <see cref="LogKeptShare"/>[k].
/// </summary>
/// <remarks>
/// π_k = min(1, controls × h̄_k) with h̄_k the pooled hazard of cell k (life table), so the kept rows are about one event to
/// <c>controls</c> others in every cell and the trees learn departures from the life table rather than its shape.
/// Case-control correction of a logistic model: Prentice and Pyke, Biometrika 66, 1979; King and Zeng, Political Analysis 9, 2001.
/// </remarks>
public sealed class HazardRows
{
    private HazardRows(float[] values, int stride, bool[] labels, int[] cells, int[] landmarks, double[] logKeptShare, double[] pooledHazard) =>
        (Values, Stride, Labels, Cells, Landmarks, LogKeptShare, PooledHazard) = (values, stride, labels, cells, landmarks, logKeptShare, pooledHazard);

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
    /// <summary>ln π_k per cell.</summary>
    public double[] LogKeptShare { get; }
    /// <summary>h̄_k per cell: events over deals at risk.</summary>
    public double[] PooledHazard { get; }
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
        var (risk, events) = (new double[grid.Count], new double[grid.Count]);
        for (var row = 0; row < landmarks.Count; row++)
            ForEachCell(landmarks, row, grid, cause, (cell, struck) => { risk[cell]++; if (struck) events[cell]++; });
        var pooled = Enumerable.Range(0, grid.Count).Select(k => (events[k] + 0.5) / (risk[k] + 20)).ToArray();
        var kept = pooled.Select(h => Math.Min(1, Math.Max(controls * h, 1e-4))).ToArray();

        var stride = features.Count + AheadFeatures.Count;
        var (values, labels, cells, origin) = (new List<float>(), new List<bool>(), new List<int>(), new List<int>());
        var ahead = new float[AheadFeatures.Count * GridScorer.MaxPoints];
        for (var row = 0; row < landmarks.Count; row++)
        {
            var draw = CounterRandom.For(seed, (long)cause, landmarks.Keys[row]);
            var written = false;
            ForEachCell(landmarks, row, grid, cause, (cell, struck) =>
            {
                if (!struck && draw.Uniform(cell) >= kept[cell]) return;
                if (!written)
                {
                    AheadFeatures.Write(grid, landmarks.AsOf[row], landmarks.AgeDays(row), landmarks.DaysToPlannedClose(row), ahead);
                    written = true;
                }
                values.AddRange(landmarks.Features(row));
                for (var a = 0; a < AheadFeatures.Count; a++) values.Add(ahead[a * GridScorer.MaxPoints + cell]);
                labels.Add(struck);
                cells.Add(cell);
                origin.Add(row);
            });
        }
        return new HazardRows([.. values], stride, [.. labels], [.. cells], [.. origin], [.. kept.Select(share => Math.Log(share))], pooled);
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
