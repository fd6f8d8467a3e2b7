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
/// right-censoring needs. Every row with the event is kept; of the others a share π_{s,k,t} by stage, cell and calendar, because where
/// nothing is likely to happen, one more row without an event teaches little: logit h = score + ln π. A row weighs as many units of its deal's
/// life as its landmark stands for, so that deals of every age weigh what they weigh in an open pipeline.
/// </summary>
/// <remarks>
/// π = min(1, controls × ĥ_{s,k} × q_{k,t} × e^{line(x)}) with ĥ the stage rate, q the calendar's mean pace in the cell and the line that of <see cref="HazardLine"/>, so there are
/// about <c>controls</c> rows without to one with the event in every stage, cell and week of the quarter and along every column, and the trees learn departures from all three.
/// Fithian and Hastie, "Local case-control sampling", Annals of Statistics 42, 2014; Prentice and Pyke, Biometrika 66, 1979.
/// </remarks>
public sealed class HazardRows
{
    /// <summary>Least ln of the share of rows without the event that is kept.</summary>
    internal static readonly double LeastKept = Math.Log(1e-4);

    private HazardRows(float[] values, int stride, bool[] labels, int[] cells, int[] landmarks, string[] stages, double[] logKeptShare, IReadOnlyDictionary<string, double[]> controls) =>
        (Values, Stride, Labels, Cells, Landmarks, Stages, LogKeptShare, Controls) = (values, stride, labels, cells, landmarks, stages, logKeptShare, controls);

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
    /// <summary>ln π of each row.</summary>
    public double[] LogKeptShare { get; }
    /// <summary>ln(controls × ĥ_{s,k}) by stage; the key "" holds all stages together.</summary>
    public IReadOnlyDictionary<string, double[]> Controls { get; }
    /// <summary>How many units of a deal's life each row's landmark stands for.</summary>
    public float[] Weights { get; private init; } = [];
    /// <summary>Number of rows.</summary>
    public int Count => Labels.Length;

    /// <summary>Opens up the table.</summary>
    /// <param name="table">As built by <see cref="TrainingTable"/>.</param>
    /// <param name="features">Names of its feature columns, in order.</param>
    /// <param name="grid">Cells.</param>
    /// <param name="cause">Which event.</param>
    /// <param name="controls">Rows without the event to keep per event; +∞ keeps all.</param>
    /// <param name="seed">Draws the kept rows.</param>
    /// <param name="maxRows">About how many rows to keep at most: of more, whole landmarks are left out, drawn by hash, which changes no hazard.</param>
    public static HazardRows From(DataFrame table, IReadOnlyList<string> features, TimeGrid grid, Cause cause, double controls, long seed, int maxRows = int.MaxValue)
    {
        var landmarks = LandmarkColumns.From(table, features);
        return From(landmarks, StageRates.From(landmarks, grid, cause), CalendarPace.From(landmarks, Cause.Won), CalendarPace.From(landmarks, Cause.Lost), grid, cause, controls, seed, maxRows);
    }

    /// <summary>ln π from ln(controls × ĥ) and the pace: at most 0.</summary>
    internal static double LogKept(double controls, float pace) => Math.Clamp(controls + Math.Log(pace), LeastKept, 0);

    /// <summary>The same from columns, stage rates and paces that were taken out already, and around a line where one is given.</summary>
    internal static HazardRows From(LandmarkColumns landmarks, StageRates rates, CalendarPace winPace, CalendarPace lossPace, TimeGrid grid, Cause cause, double controls, long seed, int maxRows = int.MaxValue, HazardLine? line = null)
    {
        var kept = rates.ByStage.ToDictionary(r => r.Key, r => r.Value.Select(z => Math.Min(Math.Log(controls / (1 + Math.Exp(-z))), 50)).ToArray(), StringComparer.Ordinal);
        var pace = cause == Cause.Won ? winPace : lossPace;

        // First the rows to keep, so that the values are written once, into an array of the right size.
        var (labels, cells, origin, logKept) = (new List<bool>(), new List<int>(), new List<int>(), new List<double>());
        for (var row = 0; row < landmarks.Count; row++)
        {
            var draw = CounterRandom.For(seed, (long)cause, landmarks.Keys[row]);
            var share = kept[landmarks.Stages[row]];
            var (count, struck) = AtRisk(landmarks, row, grid, cause);
            var clock = new PaceClock(pace, landmarks.AsOf[row]);
            var own = line?.Of(landmarks.Features(row)) ?? 0;
            for (var cell = 0; cell < count; cell++)
            {
                var isEvent = struck && cell == count - 1;
                var log = LogKept(share[cell] + own, clock.Mean(grid.Edges[cell], grid.Edges[cell + 1]));
                if (!isEvent && draw.Uniform(cell) >= Math.Exp(log)) continue;
                logKept.Add(log);
                labels.Add(isEvent);
                cells.Add(cell);
                origin.Add(row);
            }
        }
        if (origin.Count > maxRows) LeaveOutLandmarks(landmarks, (double)maxRows / origin.Count, seed, labels, cells, origin, logKept);
        var stride = landmarks.FeatureCount + AheadFeatures.Count;
        var values = GC.AllocateUninitializedArray<float>(checked(origin.Count * stride));
        for (var r = 0; r < origin.Count; r++)
        {
            var row = origin[r];
            var own = values.AsSpan(r * stride, stride);
            landmarks.Features(row).CopyTo(own);
            AheadFeatures.WriteCell(grid, cells[r], landmarks.Calendar, landmarks.AsOf[row], landmarks.AgeDays(row), landmarks.DaysToPlannedClose(row), landmarks.HasSeasons, winPace, lossPace, own[landmarks.FeatureCount..], 1);
        }
        return new HazardRows(values, stride, [.. labels], [.. cells], [.. origin], [.. origin.Select(row => landmarks.Stages[row])], [.. logKept], kept) { Weights = [.. origin.Select(row => landmarks.Units(row, grid))] };
    }

    // Landmarks of one deal tell much the same, so of many deals a share of the landmarks teaches nearly as much as all.
    private static void LeaveOutLandmarks(LandmarkColumns landmarks, double share, long seed, List<bool> labels, List<int> cells, List<int> origin, List<double> logKept)
    {
        var next = 0;
        for (var r = 0; r < origin.Count; r++)
        {
            if (CounterRandom.For(seed, 3, landmarks.Keys[origin[r]]).Uniform() >= share) continue;
            (labels[next], cells[next], origin[next], logKept[next]) = (labels[r], cells[r], origin[r], logKept[r]);
            next++;
        }
        labels.RemoveRange(next, labels.Count - next);
        cells.RemoveRange(next, cells.Count - next);
        origin.RemoveRange(next, origin.Count - next);
        logKept.RemoveRange(next, logKept.Count - next);
    }

    /// <summary>How many cells, from the first, the landmark was at risk in and watched to the end of; true when the cause struck in the last of them.</summary>
    internal static (int Cells, bool Struck) AtRisk(LandmarkColumns landmarks, int row, TimeGrid grid, Cause cause)
    {
        var (outcome, days, watched) = (landmarks.Outcome[row], landmarks.DaysObserved[row], landmarks.DaysWatched[row]);
        for (var cell = 0; ; cell++)
        {
            if (cell == grid.Count || grid.Edges[cell + 1] > watched) return (cell, false);
            if (outcome != 0 && days < grid.Edges[cell + 1]) return (cell + 1, outcome == (int)cause);
        }
    }
}
