using System.Numerics;

namespace ForecastEngine.Statistics.Trees;

/// <summary>
/// Exact Shapley values of a sum of trees on the points of a grid, with the path-dependent value function of TreeSHAP: a
/// column that is not in the coalition follows both branches of a node in the proportion of the training rows.
/// Columns named as context (how far ahead, the calendar) belong to the question and not to the row: they are always in
/// the coalition and get no share. For each point: Σ_j φ_j = score − expected score given the context.
/// </summary>
/// <remarks>
/// For a leaf with value v, reached by the distinct columns j on its path, with z_j the share of training rows that would
/// follow and o_j ∈ {0, 1} whether this row does:
/// φ_j = v (o_j − z_j) ∫₀¹ Π_{i≠j} (z_i (1 − s) + o_i s) ds, because ∫ s^k (1−s)^{n−1−k} ds = k!(n−1−k)!/n!.
/// The integrand is a polynomial of degree below 32, so sixteen Gauss–Legendre nodes give it exactly.
/// Reference: Lundberg et al., "From local explanations to global understanding with explainable AI for trees",
/// Nature Machine Intelligence 2, 2020; Yu et al., "Linear TreeShap", NeurIPS 2022.
/// </remarks>
public sealed class TreeShap
{
    private const int MaxPath = 32;
    private static readonly double[] Nodes;
    private static readonly double[] Weights;
    private readonly TreeEnsemble _ensemble;
    private readonly int _fixedCount;
    private readonly bool[] _isContext;
    private readonly PathStep[][][] _paths;
    private readonly int[][] _aheadNodes;

    static TreeShap()
    {
        var rule = new MathNet.Numerics.Integration.GaussLegendreRule(0, 1, 16);
        Nodes = [.. rule.Abscissas];
        Weights = [.. rule.Weights];
    }

    /// <param name="ensemble">The trees.</param>
    /// <param name="covers">Training rows in each leaf.</param>
    /// <param name="fixedCount">How many leading columns are the same at every point.</param>
    /// <param name="context">Columns that are always known.</param>
    public TreeShap(TreeEnsemble ensemble, TreeCovers covers, int fixedCount, IReadOnlyCollection<int> context)
    {
        _ensemble = ensemble;
        _fixedCount = fixedCount;
        _isContext = new bool[Math.Max(ensemble.FeatureCount, context.Count == 0 ? 0 : context.Max() + 1)];
        foreach (var column in context) _isContext[column] = true;
        _paths = [.. ensemble.Trees.Select((tree, t) => PathsOf(tree, covers.LeafCounts[t]))];
        _aheadNodes = [.. ensemble.Trees.Select(tree => Enumerable.Range(0, tree.Features.Length).Where(n => tree.Features[n] >= fixedCount).ToArray())];
    }

    /// <summary>
    /// Adds to <paramref name="contributions"/>[column × points + point] the share of each column in the score, and writes the
    /// expected score given the context to <paramref name="expected"/>. Arguments as in <see cref="GridScorer.Score"/>.
    /// </summary>
    public void Explain(ReadOnlySpan<float> fixedColumns, ReadOnlySpan<float> aheadColumns, Span<double> expected, Span<double> contributions)
    {
        var points = expected.Length;
        expected.Fill(_ensemble.Bias);
        contributions.Clear();
        Span<(ulong Points, uint Pattern)> groups = stackalloc (ulong, uint)[GridScorer.MaxPoints];
        Span<bool> goesLeft = stackalloc bool[64];
        for (var t = 0; t < _ensemble.Trees.Count; t++)
        {
            var tree = _ensemble.Trees[t];
            var count = GroupPoints(tree, _aheadNodes[t], aheadColumns, points, groups);
            for (var g = 0; g < count; g++)
            {
                for (var n = 0; n < tree.Features.Length; n++)
                    goesLeft[n] = tree.Features[n] < _fixedCount && fixedColumns[tree.Features[n]] <= tree.Thresholds[n];
                for (var a = 0; a < _aheadNodes[t].Length; a++)
                    goesLeft[_aheadNodes[t][a]] = (groups[g].Pattern >> a & 1) != 0;
                for (var leaf = 0; leaf < tree.Leaves.Length; leaf++)
                    AddLeaf(_paths[t][leaf], tree.Leaves[leaf], goesLeft, groups[g].Points, points, expected, contributions);
            }
        }
    }

    // Points that every varying node of the tree sends the same way share one explanation.
    private int GroupPoints(Tree tree, int[] aheadNodes, ReadOnlySpan<float> aheadColumns, int points, Span<(ulong Points, uint Pattern)> groups)
    {
        groups[0] = (points == GridScorer.MaxPoints ? ulong.MaxValue : (1UL << points) - 1, 0);
        var count = 1;
        for (var a = 0; a < aheadNodes.Length; a++)
        {
            var node = aheadNodes[a];
            var left = GridScorer.AtMost(aheadColumns.Slice((tree.Features[node] - _fixedCount) * GridScorer.MaxPoints, GridScorer.MaxPoints), tree.Thresholds[node]);
            for (int g = 0, until = count; g < until; g++)
            {
                var (inside, outside) = (groups[g].Points & left, groups[g].Points & ~left);
                if (inside != 0 && outside != 0) groups[count++] = (outside, groups[g].Pattern);
                if (inside != 0) groups[g] = (inside, groups[g].Pattern | 1u << a);
            }
        }
        return count;
    }

    private void AddLeaf(PathStep[] path, double value, ReadOnlySpan<bool> goesLeft, ulong group, int points, Span<double> expected, Span<double> contributions)
    {
        Span<double> shares = stackalloc double[MaxPath];
        Span<bool> follows = stackalloc bool[MaxPath];
        Span<int> columns = stackalloc int[MaxPath];
        var players = 0;
        var baseValue = value;
        foreach (var step in path)
        {
            var follow = goesLeft[step.Node] == step.Left;
            if (_isContext[step.Column])
            {
                if (!follow) return;
                continue;
            }
            baseValue *= step.Share;
            var at = columns[..players].IndexOf(step.Column);
            if (at < 0)
            {
                at = players++;
                (columns[at], shares[at], follows[at]) = (step.Column, 1, true);
            }
            shares[at] *= step.Share;
            follows[at] &= follow;
        }
        for (var rest = group; rest != 0; rest &= rest - 1) expected[BitOperations.TrailingZeroCount(rest)] += baseValue;
        if (players == 0) return;

        Span<double> product = stackalloc double[16];
        product.Fill(value);
        for (var p = 0; p < players; p++)
            for (var s = 0; s < 16; s++) product[s] *= shares[p] * (1 - Nodes[s]) + (follows[p] ? Nodes[s] : 0);
        for (var p = 0; p < players; p++)
        {
            var integral = 0.0;
            for (var s = 0; s < 16; s++) integral += Weights[s] * product[s] / (shares[p] * (1 - Nodes[s]) + (follows[p] ? Nodes[s] : 0));
            var share = ((follows[p] ? 1 : 0) - shares[p]) * integral;
            for (var rest = group; rest != 0; rest &= rest - 1)
                contributions[columns[p] * points + BitOperations.TrailingZeroCount(rest)] += share;
        }
    }

    // From the root to each leaf: the nodes, the side taken and the share of the node's training rows that took it.
    private static PathStep[][] PathsOf(Tree tree, double[] leafCounts)
    {
        var paths = new PathStep[tree.Leaves.Length][];
        if (tree.Features.Length == 0) { paths[0] = []; return paths; }
        var counts = new double[tree.Features.Length];
        double CountOf(int child) => child < 0 ? leafCounts[~child] : counts[child] = CountOf(tree.Left[child]) + CountOf(tree.Right[child]);
        CountOf(0);
        void Walk(int node, List<PathStep> path)
        {
            if (node < 0) { paths[~node] = [.. path]; return; }
            foreach (var left in new[] { true, false })
            {
                var child = left ? tree.Left[node] : tree.Right[node];
                path.Add(new PathStep(node, tree.Features[node], left, (child < 0 ? leafCounts[~child] : counts[child]) / counts[node]));
                Walk(child, path);
                path.RemoveAt(path.Count - 1);
            }
        }
        Walk(0, []);
        return paths;
    }

    private readonly record struct PathStep(int Node, int Column, bool Left, double Share);
}
