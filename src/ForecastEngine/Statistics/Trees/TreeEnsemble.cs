using Microsoft.ML.Trainers.FastTree;

namespace ForecastEngine.Statistics.Trees;

/// <summary>
/// A trained sum of regression trees in flat arrays: score(x) = bias + Σ_t leaf_t(x), summed in double in the order of
/// the trees, so that <c>(float)Score</c> has the very bits of ML.NET's score. A row goes left where
/// x[feature] ≤ threshold. Rows must hold no NaN: the learner drops such rows in training, so it has learnt nothing about them.
/// </summary>
public sealed class TreeEnsemble
{
    private const int Interleave = 8;
    private readonly FlatNode[] _flat;
    private readonly double[] _flatLeaves;
    private readonly int[] _flatRoots;
    private readonly int[] _depths;

    private TreeEnsemble(Tree[] trees, double bias)
    {
        Trees = trees;
        Bias = bias;
        FeatureCount = trees.Length == 0 ? 0 : trees.Max(t => t.Features.Length == 0 ? 0 : t.Features.Max() + 1);
        _flatRoots = new int[trees.Length];
        _depths = new int[trees.Length];
        var nodes = new List<FlatNode>();
        var leaves = new List<double>();
        for (var t = 0; t < trees.Length; t++)
        {
            _flatRoots[t] = nodes.Count;
            _depths[t] = Flatten(trees[t], nodes, leaves);
        }
        _flat = [.. nodes];
        _flatLeaves = [.. leaves];
    }

    /// <summary>The trees in the order in which they are summed.</summary>
    public IReadOnlyList<Tree> Trees { get; }

    /// <summary>Added to every score.</summary>
    public double Bias { get; }

    /// <summary>How many leading columns of a row the trees look at.</summary>
    public int FeatureCount { get; }

    /// <summary>The trees that ML.NET's FastTree trained.</summary>
    /// <exception cref="NotSupportedException">A categorical split: the engine's features are all numbers.</exception>
    public static TreeEnsemble From(RegressionTreeEnsemble trained)
    {
        var trees = new Tree[trained.Trees.Count];
        for (var t = 0; t < trees.Length; t++)
        {
            var tree = trained.Trees[t];
            var weight = trained.TreeWeights[t];
            if (tree.CategoricalSplitFlags.Any(flag => flag))
                throw new NotSupportedException($"Tree {t}: found a categorical split; expected numerical splits only. Retrain with the engine's own features.");
            trees[t] = new Tree(
                [.. tree.NumericalSplitFeatureIndexes], [.. tree.NumericalSplitThresholds], [.. tree.LeftChild], [.. tree.RightChild],
                [.. tree.LeafValues.Select(v => v * weight)]);
        }
        return new TreeEnsemble(trees, trained.Bias);
    }

    /// <summary>The score of one row.</summary>
    public double Score(ReadOnlySpan<float> row)
    {
        var sum = 0.0;
        foreach (var tree in Trees) sum += tree.Leaves[tree.LeafOf(row)];
        return sum + Bias;
    }

    /// <summary>
    /// Scores of many rows laid one after another, <paramref name="stride"/> floats each. Walks branch-free: leaves loop to
    /// themselves, children lie side by side, each tree is walked to its depth, eight rows at a time.
    /// </summary>
    public void Score(ReadOnlySpan<float> rows, int stride, Span<double> scores)
    {
        scores.Clear();
        var row = 0;
        Span<int> at = stackalloc int[Interleave];
        for (; row + Interleave <= scores.Length; row += Interleave)
        {
            var block = rows.Slice(row * stride, Interleave * stride);
            for (var t = 0; t < _flatRoots.Length; t++)
            {
                at.Fill(_flatRoots[t]);
                for (var depth = _depths[t]; depth > 0; depth--)
                    for (var lane = 0; lane < Interleave; lane++)
                    {
                        ref readonly var node = ref _flat[at[lane]];
                        var right = !(block[lane * stride + node.Feature] <= node.Threshold);
                        at[lane] = node.Child + System.Runtime.CompilerServices.Unsafe.BitCast<bool, byte>(right);
                    }
                for (var lane = 0; lane < Interleave; lane++) scores[row + lane] += _flatLeaves[at[lane]];
            }
        }
        for (var i = 0; i < row; i++) scores[i] += Bias;
        for (; row < scores.Length; row++) scores[row] = Score(rows.Slice(row * stride, stride));
    }

    // Breadth first, so that the two children of a node lie side by side; returns the depth of the tree.
    private static int Flatten(Tree tree, List<FlatNode> nodes, List<double> leaves)
    {
        var queue = new Queue<(int Node, int Slot, int Depth)>();
        nodes.Add(default);
        leaves.Add(0);
        queue.Enqueue((tree.Features.Length == 0 ? ~0 : 0, nodes.Count - 1, 0));
        var deepest = 0;
        while (queue.TryDequeue(out var item))
        {
            deepest = Math.Max(deepest, item.Depth);
            if (item.Node < 0)
            {
                nodes[item.Slot] = new FlatNode(float.PositiveInfinity, 0, item.Slot);
                leaves[item.Slot] = tree.Leaves[~item.Node];
                continue;
            }
            var child = nodes.Count;
            nodes.AddRange([default, default]);
            leaves.AddRange([0, 0]);
            nodes[item.Slot] = new FlatNode(tree.Thresholds[item.Node], tree.Features[item.Node], child);
            queue.Enqueue((tree.Left[item.Node], child, item.Depth + 1));
            queue.Enqueue((tree.Right[item.Node], child + 1, item.Depth + 1));
        }
        return deepest;
    }

    private readonly record struct FlatNode(float Threshold, int Feature, int Child);
}
