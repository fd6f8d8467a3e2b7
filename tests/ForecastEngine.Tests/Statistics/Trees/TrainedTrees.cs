using ForecastEngine.Statistics;
using ForecastEngine.Statistics.Trees;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace ForecastEngine.Tests.Statistics.Trees;

/// <summary>Small FastTree models on random rows, with ML.NET's own scores of those rows beside them.</summary>
internal sealed record TrainedTrees(TreeEnsemble Ensemble, float[] Rows, int Stride, float[] MlScores)
{
    public int Count => Rows.Length / Stride;

    public static TrainedTrees Regression(long seed, int columns, int rows, int trees, int leaves)
    {
        var values = Values(seed, columns, rows);
        var labels = new float[rows];
        for (var i = 0; i < rows; i++) labels[i] = (float)Truth(values.AsSpan(i * columns, columns), CounterRandom.For(seed, 2, i).Normal());
        var ml = new MLContext(1);
        var view = MatrixView.Regression(values, columns, labels);
        var fitted = ml.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options
        {
            NumberOfTrees = trees, NumberOfLeaves = leaves, MinimumExampleCountPerLeaf = 5, NumberOfThreads = 1, LabelColumnName = "Label", FeatureColumnName = "Features",
        }).Fit(view);
        return new TrainedTrees(TreeEnsemble.From(fitted.Model.TrainedTreeEnsemble), values, columns, [.. fitted.Transform(view).GetColumn<float>("Score")]);
    }

    public static TrainedTrees Binary(long seed, int columns, int rows, int trees, int leaves)
    {
        var values = Values(seed, columns, rows);
        var labels = new bool[rows];
        for (var i = 0; i < rows; i++) labels[i] = Truth(values.AsSpan(i * columns, columns), CounterRandom.For(seed, 2, i).Normal()) > 0.5;
        var ml = new MLContext(1);
        var view = MatrixView.Binary(values, columns, labels);
        var fitted = ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            NumberOfTrees = trees, NumberOfLeaves = leaves, MinimumExampleCountPerLeaf = 5, NumberOfThreads = 1, LabelColumnName = "Label", FeatureColumnName = "Features",
        }).Fit(view);
        return new TrainedTrees(TreeEnsemble.From(fitted.Model.SubModel.TrainedTreeEnsemble), values, columns, [.. fitted.Transform(view).GetColumn<float>("Score")]);
    }

    public ReadOnlySpan<float> Row(int row) => Rows.AsSpan(row * Stride, Stride);

    // Whole and broken numbers, so that rows hit thresholds exactly as well as fall between them.
    private static float[] Values(long seed, int columns, int rows)
    {
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            var draw = CounterRandom.For(seed, 1, i);
            values[i] = i % columns % 2 == 0 ? (float)draw.Normal() : draw.Below(6);
        }
        return values;
    }

    private static double Truth(ReadOnlySpan<float> x, double noise) =>
        x[0] * (x.Length > 1 ? 0.3 * x[1] : 1) + (x.Length > 2 && x[2] > 0 ? 1 : 0) + (x.Length > 3 ? 0.2 * x[3] * x[0] : 0) - 0.1 * x[^1] + 0.3 * noise;
}
