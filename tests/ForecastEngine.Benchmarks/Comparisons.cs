using ForecastEngine.Statistics;
using ForecastEngine.Statistics.Trees;
using ForecastEngine.WinProbability;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace ForecastEngine.Benchmarks;

/// <summary>The engine beside the libraries it stands on: the same rows, trees, leaves and threads.</summary>
public static class Comparisons
{
    private const int Columns = 40;
    private static readonly WinProbabilityOptions Settings = new();

    /// <summary>Training on rows × 40 columns; scoring of snapshots by both hazards.</summary>
    public static IReadOnlyList<Work> All { get; } =
    [
        new("training: engine", (clock, rows, threads) => Train(clock, rows, (values, labels) =>
        {
            var (fitted, _) = WinProbabilityTrainer.Grow(values, Columns, labels, Settings with { Threads = 2 * threads });
            TreeCovers.Count(WinProbabilityTrainer.Unpack(fitted.Model).Trees, values, Columns);
        })),
        new("training: FastTree, flat view", (clock, rows, threads) => Train(clock, rows, (values, labels) => PlainFastTree(threads).Fit(MatrixView.Binary(values, Columns, labels)))),
        new("training: FastTree, row objects", (clock, rows, threads) => Train(clock, rows, (values, labels) => PlainFastTree(threads).Fit(RowObjects(values, labels)))),
        new("training: LightGBM, flat view", (clock, rows, threads) => Train(clock, rows, (values, labels) => LightGbm(threads).Fit(MatrixView.Binary(values, Columns, labels)))),
        new("scoring: engine, all cells", ScoreByEngine),
        new("scoring: ML.NET, one cell", (clock, rows, threads) => ScoreByTransform(clock, rows, oneCell: true)),
        new("scoring: ML.NET, all cells", (clock, rows, threads) => ScoreByTransform(clock, rows, oneCell: false)),
    ];

    private static void Train(Stopclock clock, int rows, Action<float[], bool[]> fit)
    {
        var (values, labels) = (new float[rows * Columns], new bool[rows]);
        for (var r = 0; r < rows; r++)
        {
            var draw = CounterRandom.For(7, r);
            var score = -1.5;
            for (var c = 0; c < Columns; c++)
            {
                // A third of the columns hold few values, as counts and flags do.
                var uniform = draw.Uniform(c);
                values[r * Columns + c] = c % 3 == 0 ? (int)(8 * uniform * uniform) : (float)uniform;
                score += (c % 5 == 0 ? 1.2 : 0.1) * (uniform - 0.5) * (c % 2 == 0 ? 1 : -1);
            }
            labels[r] = draw.Uniform(Columns) < 1 / (1 + Math.Exp(-2 * score));
        }
        clock.Measure(() =>
        {
            fit(values, labels);
            return rows;
        });
    }

    private static FastTreeBinaryTrainer PlainFastTree(int threads) => new MLContext(1).BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
    {
        NumberOfTrees = Settings.Trees, NumberOfLeaves = Settings.Leaves, LearningRate = Settings.LearningRate, MinimumExampleCountPerLeaf = Settings.MinRowsPerLeaf,
        FeatureFraction = Settings.FeatureFraction, Seed = 1, FeatureSelectionSeed = 1, NumberOfThreads = threads, LabelColumnName = "Label", FeatureColumnName = "Features",
    });

    private static LightGbmBinaryTrainer LightGbm(int threads) => new MLContext(1).BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options
    {
        NumberOfIterations = Settings.Trees, NumberOfLeaves = Settings.Leaves, LearningRate = Settings.LearningRate, MinimumExampleCountPerLeaf = Settings.MinRowsPerLeaf,
        Booster = new GradientBooster.Options { FeatureFraction = Settings.FeatureFraction }, Deterministic = true, Seed = 1, NumberOfThreads = threads,
        LabelColumnName = "Label", FeatureColumnName = "Features",
    });

    private static IDataView RowObjects(float[] values, bool[] labels) => new MLContext(1).Data.LoadFromEnumerable(
        Enumerable.Range(0, labels.Length).Select(r => new RowObject { Features = values[(r * Columns)..((r + 1) * Columns)], Label = labels[r] }).ToList());

    private static void ScoreByEngine(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(3_000);
        var model = world.Train(threads).Bundle.Win;
        var deals = world.Snapshots(model.Features, Math.Min(rows, 20_000));
        clock.Measure(() =>
        {
            Parallel.For(0, rows, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => model.Evaluate(deals[i % deals.Count]));
            return rows;
        });
    }

    // Rows are snapshots; asked about all cells, each snapshot is as many rows to ML.NET as the grid has cells.
    private static void ScoreByTransform(Stopclock clock, int rows, bool oneCell)
    {
        var world = new BenchmarkWorld(3_000);
        var trained = WinProbabilityTrainer.Train(world.Table(1), world.Schema, world.Grid, new WinProbabilityOptions { Threads = 1 });
        var deals = world.Snapshots(world.Features, 20_000);
        var (cells, own) = (oneCell ? 1 : world.Grid.Count, world.Features.Count);
        var (count, stride) = (Math.Min(rows, 1_000_000 / cells), own + AheadFeatures.Count);
        var values = new float[count * cells * stride];
        var ahead = new float[AheadFeatures.Count * GridScorer.MaxPoints];
        for (var i = 0; i < count; i++)
        {
            var deal = deals[i % deals.Count];
            trained.Model.WriteAhead(deal, ahead);
            for (var k = 0; k < cells; k++)
            {
                var row = values.AsSpan((i * cells + k) * stride, stride);
                deal.Features.CopyTo(row);
                for (var a = 0; a < AheadFeatures.Count; a++) row[own + a] = ahead[a * GridScorer.MaxPoints + k];
            }
        }
        var ml = new MLContext(1);
        var view = MatrixView.Binary(values, stride, new bool[count * cells]);
        ITransformer[] models = [ml.Model.Load(new MemoryStream(trained.WonFile!), out _), ml.Model.Load(new MemoryStream(trained.LostFile!), out _)];
        clock.Measure(() =>
        {
            foreach (var model in models)
                foreach (var _ in model.Transform(view).GetColumn<float>("Score")) { }
            return count;
        });
    }

    private sealed class RowObject
    {
        [VectorType(Columns)]
        public float[] Features { get; set; } = [];
        public bool Label { get; set; }
    }
}
