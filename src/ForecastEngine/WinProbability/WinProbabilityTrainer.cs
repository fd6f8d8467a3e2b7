using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Statistics.Trees;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace ForecastEngine.WinProbability;

/// <summary>How the win probability model is trained.</summary>
public sealed record WinProbabilityOptions
{
    /// <summary>Trees per cause.</summary>
    public int Trees { get; init; } = 150;
    /// <summary>Leaves per tree.</summary>
    public int Leaves { get; init; } = 15;
    /// <summary>Step per tree.</summary>
    public double LearningRate { get; init; } = 0.05;
    /// <summary>Rows a leaf must hold; smaller leaves over-fit late landmarks.</summary>
    public int MinRowsPerLeaf { get; init; } = 100;
    /// <summary>Share of columns each tree may look at.</summary>
    public double FeatureFraction { get; init; } = 0.7;
    /// <summary>Rows without the event kept per row with it.</summary>
    public double ControlsPerEvent { get; init; } = 4;
    /// <summary>Rows per cause that trees learn from at most, about; of more deals a share of the landmarks is drawn.</summary>
    public int MaxRows { get; init; } = 200_000;
    /// <summary>Won and lost deals each that the own model needs; below it the stage rate answers.</summary>
    public int MinClosedPerClass { get; init; } = 40;
    /// <summary>The rarer class of closed deals at which own model and stage rate weigh alike.</summary>
    public double ShrinkageDeals { get; init; } = 20;
    /// <summary>Draws kept rows and columns.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Threads; changes no bit.</summary>
    public int Threads { get; init; } = 2;
}

/// <summary>What the trainer hands over: the model, and ML.NET's own files of its trees.</summary>
/// <param name="Model">The model.</param>
/// <param name="WonFile">ML.NET's model of the hazard of winning; null below the top rung.</param>
/// <param name="LostFile">ML.NET's model of the hazard of losing; null below the top rung.</param>
/// <param name="Rows">Training rows per cause.</param>
public sealed record TrainedWinProbability(WinProbabilityModel Model, byte[]? WonFile, byte[]? LostFile, (int Won, int Lost) Rows)
{
    /// <summary>ML.NET's model of which way closings go; null where it was not learned.</summary>
    public byte[]? OutcomeFile { get; init; }
}

/// <summary>Trains the win probability model from a training table.</summary>
public static class WinProbabilityTrainer
{
    /// <summary>Events that draw a cell's level toward that of all cells.</summary>
    private const double PriorEventsPerCell = 36;

    /// <summary>Trains.</summary>
    /// <param name="table">As built by <see cref="TrainingTable"/>: what a notebook sees is what is trained on.</param>
    /// <param name="schema">Schema of its feature columns.</param>
    /// <param name="grid">Cells.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellation">Stops between causes.</param>
    public static TrainedWinProbability Train(DataFrame table, FeatureSchema schema, TimeGrid grid, WinProbabilityOptions options, CancellationToken cancellation = default)
    {
        return Train(LandmarkColumns.From(table, new FeatureSet(schema), schema.Calendar), schema, grid, options, cancellation);
    }

    /// <summary>Trains on landmarks that were taken out already.</summary>
    /// <param name="landmarks">The training table's columns.</param>
    /// <param name="schema">Schema of its feature columns.</param>
    /// <param name="grid">Cells.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellation">Stops between causes.</param>
    /// <param name="isPool">True for several teams' landmarks: which way closings go is each team's own.</param>
    internal static TrainedWinProbability Train(LandmarkColumns landmarks, FeatureSchema schema, TimeGrid grid, WinProbabilityOptions options, CancellationToken cancellation, bool isPool = false)
    {
        var (won, lost) = ClosedDeals(landmarks);
        var ownModel = Math.Min(won, lost) >= options.MinClosedPerClass;
        var weight = ownModel ? Math.Min(won, lost) / (Math.Min(won, lost) + options.ShrinkageDeals) : 0;
        var (winPace, lossPace) = (CalendarPace.From(landmarks, Cause.Won), CalendarPace.From(landmarks, Cause.Lost));
        var fits = new (CauseModel Model, byte[]? File, int Rows)[2];
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = Math.Min(2, options.Threads), CancellationToken = cancellation }, c =>
            fits[c] = Fit(landmarks, grid, c == 0 ? Cause.Won : Cause.Lost, winPace, lossPace, weight, options));
        var model = new WinProbabilityModel(schema, grid, fits[0].Model, fits[1].Model, TailWinShare(landmarks, grid),
            LateClosings.From(landmarks, grid));
        // Where a way through stages is told, what is known at birth is soon the least of it.
        var outcome = ownModel && !schema.HasStages && !isPool ? OutcomeTrainer.Train(landmarks, grid, winPace, lossPace, options) : null;
        return new TrainedWinProbability(model.With(model.Won, model.Lost, outcome?.Model), fits[0].File, fits[1].File, (fits[0].Rows, fits[1].Rows)) { OutcomeFile = outcome?.File };
    }

    private static (CauseModel, byte[]?, int) Fit(LandmarkColumns landmarks, TimeGrid grid, Cause cause, CalendarPace winPace, CalendarPace lossPace, double weight, WinProbabilityOptions options)
    {
        var rates = StageRates.From(landmarks, grid, cause);
        var pace = cause == Cause.Won ? winPace : lossPace;
        if (weight == 0) return (new CauseModel { Cause = cause, Pace = pace, Offsets = new Dictionary<string, double[]> { [""] = new double[grid.Count] }, TreeWeight = 0, StageRates = rates }, null, 0);
        var line = HazardLine.From(landmarks, rates, winPace, lossPace, grid, cause, options);
        var rows = HazardRows.From(landmarks, rates, winPace, lossPace, grid, cause, options.ControlsPerEvent, options.Seed, options.MaxRows, line);
        var (fitted, file) = Grow(rows.Values, rows.Stride, rows.Labels, options, rows.Weights);
        var (trees, scale) = Unpack(fitted.Model);
        var covers = TreeCovers.Count(trees, rows.Values, rows.Stride);
        var level = LevelByCell(trees, scale, rows, grid.Count);
        return (new CauseModel
        {
            Cause = cause, Pace = pace, Trees = trees, Covers = covers, Scale = scale, StageRates = rates, TreeWeight = weight,
            Controls = rows.Controls, Line = line, Offsets = rows.Controls.ToDictionary(s => s.Key, _ => level, StringComparer.Ordinal),
        }, file, rows.Count);
    }

    /// <summary>ML.NET's trees on row-major values, and their file.</summary>
    internal static (BinaryPredictionTransformer<CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator>> Fitted, byte[] File) Grow(
        float[] values, int stride, IReadOnlyList<bool> labels, WinProbabilityOptions options, float[]? weights = null)
    {
        var ml = new MLContext((int)options.Seed);
        var fitted = TreeFit.Fit(ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            NumberOfTrees = options.Trees,
            NumberOfLeaves = options.Leaves,
            LearningRate = options.LearningRate,
            MinimumExampleCountPerLeaf = options.MinRowsPerLeaf,
            FeatureFraction = options.FeatureFraction,
            Seed = (int)options.Seed,
            FeatureSelectionSeed = (int)options.Seed,
            NumberOfThreads = Math.Max(1, options.Threads / 2),
            LabelColumnName = "Label",
            FeatureColumnName = "Features",
            ExampleWeightColumnName = weights is null ? null : "Weight",
        }), MatrixView.Binary(values, stride, labels, weights));
        using var file = new MemoryStream();
        ml.Model.Save(fitted, null, file);
        return (fitted, file.ToArray());
    }

    /// <summary>Trees and scale of ML.NET's model: P = 1/(1 + e^{slope × score + offset}) with a fixed slope.</summary>
    public static (TreeEnsemble Trees, double Scale) Unpack(CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator> model) =>
        (TreeEnsemble.From(model.SubModel.TrainedTreeEnsemble), -model.Calibrator.Slope);

    // FastTree starts at even odds and shrinks on its way. One level makes Σ w h = Σ w y over all rows, where a kept row without the event
    // stands for 1/π of them; then each cell gets a level of its own, drawn toward the common one as if by PriorEventsPerCell events.
    private static double[] LevelByCell(TreeEnsemble trees, double scale, HazardRows rows, int cells)
    {
        var logits = new double[rows.Count];
        trees.Score(rows.Values, rows.Stride, logits);
        var weights = new double[rows.Count];
        var (events, weightOfEvents) = (0, 0.0);
        for (var r = 0; r < logits.Length; r++)
        {
            logits[r] = scale * logits[r] + rows.LogKeptShare[r];
            weights[r] = rows.Labels[r] ? rows.Weights[r] : rows.Weights[r] * Math.Exp(-rows.LogKeptShare[r]);
            if (!rows.Labels[r]) continue;
            events++;
            weightOfEvents += weights[r];
        }
        int[] every = [.. Enumerable.Range(0, rows.Count)];
        var common = Level(every, 0, 1e-9);
        var byCell = every.ToLookup(r => rows.Cells[r]);
        return [.. Enumerable.Range(0, cells).Select(k => byCell[k].Any() ? Level([.. byCell[k]], common, PriorEventsPerCell * weightOfEvents / events) : common)];

        double Level(int[] of, double prior, double precision) => LogisticRegression.Level(
            [.. of.Select(r => rows.Labels[r] ? 1.0 : 0)], [.. of.Select(r => weights[r])], [.. of.Select(r => logits[r])], prior, precision);
    }

    private static (int Won, int Lost) ClosedDeals(LandmarkColumns landmarks)
    {
        var (won, lost) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        for (var row = 0; row < landmarks.Count; row++)
        {
            if (landmarks.Outcome[row] == (int)Cause.Won) won.Add(landmarks.Ids[row]);
            if (landmarks.Outcome[row] == (int)Cause.Lost) lost.Add(landmarks.Ids[row]);
        }
        return (won.Count, lost.Count);
    }

    // Of landmarks whose deal outlived the horizon, the share won later; shrunk toward the share of all closed landmarks.
    internal static double TailWinShare(LandmarkColumns landmarks, TimeGrid grid)
    {
        var (won, closed, tailWon, tailClosed) = (0.0, 0.0, 0.0, 0.0);
        for (var row = 0; row < landmarks.Count; row++)
        {
            if (landmarks.Outcome[row] == 0) continue;
            var isWon = landmarks.Outcome[row] == (int)Cause.Won ? 1 : 0;
            won += isWon;
            closed++;
            if (landmarks.DaysObserved[row] < grid.HorizonDays) continue;
            tailWon += isWon;
            tailClosed++;
        }
        var overall = (won + 0.5) / (closed + 1);
        return (tailWon + 20 * overall) / (tailClosed + 20);
    }
}
