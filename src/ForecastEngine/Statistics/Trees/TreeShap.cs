using System.Numerics;

namespace ForecastEngine.Statistics.Trees;

/// <summary>
/// Exact Shapley values of a sum of trees on the points of a grid, with the path-dependent value function of TreeSHAP: a
/// column that is not in the coalition follows both branches of a node in the proportion of the training rows.
/// Columns named as context (how far ahead, the calendar) belong to the question and not to the row: they are always in
/// the coalition and get no share. For each point: Σ_j φ_j = score − expected score given the context.
/// </summary>
/// <remarks>
/// For a leaf, see <see cref="ShapLeaf"/>. What a leaf gives depends only on which way each node of its tree turns, so points
/// that every varying node of a tree sends the same way share one explanation, and leaves without a varying node on their
/// path are explained once for all points.
/// Reference: Lundberg et al., "From local explanations to global understanding with explainable AI for trees",
/// Nature Machine Intelligence 2, 2020; Yu et al., "Linear TreeShap", NeurIPS 2022.
/// </remarks>
public sealed class TreeShap
{
    private const int MaxNodes = 64;
    private readonly double _bias;
    private readonly int _fixedCount;
    private readonly Plan[] _plans;

    /// <param name="ensemble">The trees, of at most 64 nodes each.</param>
    /// <param name="covers">Training rows in each leaf.</param>
    /// <param name="fixedCount">How many leading columns are the same at every point.</param>
    /// <param name="context">Columns that are always known.</param>
    public TreeShap(TreeEnsemble ensemble, TreeCovers covers, int fixedCount, IReadOnlyCollection<int> context)
    {
        (_bias, _fixedCount) = (ensemble.Bias, fixedCount);
        var known = context.ToHashSet();
        _plans = [.. ensemble.Trees.Select((tree, t) => PlanOf(tree, covers.LeafCounts[t], known))];
    }

    /// <summary>
    /// Adds to <paramref name="contributions"/>[column × points + point] the share of each column in the score, and writes the
    /// expected score given the context to <paramref name="expected"/>. Arguments as in <see cref="GridScorer.Score"/>.
    /// </summary>
    public void Explain(ReadOnlySpan<float> fixedColumns, ReadOnlySpan<float> aheadColumns, Span<double> expected, Span<double> contributions)
    {
        var points = expected.Length;
        expected.Fill(_bias);
        contributions.Clear();
        Span<(ulong Points, ulong Left)> groups = stackalloc (ulong, ulong)[GridScorer.MaxPoints];
        Span<double> steady = stackalloc double[MaxNodes];
        Span<double> shares = stackalloc double[MaxNodes];
        foreach (var plan in _plans)
        {
            var columns = plan.Columns.AsSpan();
            var count = GroupPoints(plan, fixedColumns, aheadColumns, points, groups);
            steady[..columns.Length].Clear();
            var steadyBase = 0.0;
            foreach (var leaf in plan.SteadyLeaves) steadyBase += leaf.AddShares(groups[0].Left, steady);
            for (var g = 0; g < count; g++)
            {
                var (group, left) = groups[g];
                steady[..columns.Length].CopyTo(shares);
                var baseValue = steadyBase;
                foreach (var leaf in plan.VaryingLeaves) baseValue += leaf.AddShares(left, shares);
                Add(expected, group, baseValue);
                for (var c = 0; c < columns.Length; c++)
                    if (shares[c] != 0) Add(contributions.Slice(columns[c] * points, points), group, shares[c]);
            }
        }
    }

    private static void Add(Span<double> values, ulong points, double amount)
    {
        for (var rest = points; rest != 0; rest &= rest - 1) values[BitOperations.TrailingZeroCount(rest)] += amount;
    }

    // Points that every varying node of the tree sends the same way, each group with the set of nodes that turn left.
    private int GroupPoints(Plan plan, ReadOnlySpan<float> fixedColumns, ReadOnlySpan<float> aheadColumns, int points, Span<(ulong Points, ulong Left)> groups)
    {
        var tree = plan.Tree;
        var fixedLeft = 0UL;
        foreach (var node in plan.FixedNodes)
            if (fixedColumns[tree.Features[node]] <= tree.Thresholds[node]) fixedLeft |= 1UL << node;
        groups[0] = (points == GridScorer.MaxPoints ? ulong.MaxValue : (1UL << points) - 1, fixedLeft);
        var count = 1;
        foreach (var node in plan.AheadNodes)
        {
            var left = GridScorer.AtMost(aheadColumns.Slice((tree.Features[node] - _fixedCount) * GridScorer.MaxPoints, GridScorer.MaxPoints), tree.Thresholds[node]);
            for (int g = 0, until = count; g < until; g++)
            {
                var (inside, outside) = (groups[g].Points & left, groups[g].Points & ~left);
                if (inside != 0 && outside != 0) groups[count++] = (outside, groups[g].Left);
                if (inside != 0) groups[g] = (inside, groups[g].Left | 1UL << node);
            }
        }
        return count;
    }

    private Plan PlanOf(Tree tree, double[] leafCounts, HashSet<int> context)
    {
        if (tree.Features.Length > MaxNodes) throw new ArgumentException($"TreeShap: found a tree of {tree.Features.Length} nodes; expected at most {MaxNodes}. Train with fewer leaves.");
        int[] columns = [.. tree.Features.Where(c => !context.Contains(c)).Distinct().Order()];
        int[] ahead = [.. Enumerable.Range(0, tree.Features.Length).Where(n => tree.Features[n] >= _fixedCount)];
        var isVarying = ahead.Aggregate(0UL, (set, node) => set | 1UL << node);
        var leaves = PathsOf(tree, leafCounts).Select((path, l) => new ShapLeaf(tree.Leaves[l], path, context, columns)).ToList();
        return new Plan(tree, columns, [.. Enumerable.Range(0, tree.Features.Length).Except(ahead)], ahead,
            [.. leaves.Where(l => (l.Nodes & isVarying) == 0)], [.. leaves.Where(l => (l.Nodes & isVarying) != 0)]);
    }

    // From the root to each leaf: the nodes, the side taken and the share of the node's training rows that took it.
    private static ShapStep[][] PathsOf(Tree tree, double[] leafCounts)
    {
        var paths = new ShapStep[tree.Leaves.Length][];
        if (tree.Features.Length == 0) { paths[0] = []; return paths; }
        var counts = new double[tree.Features.Length];
        double CountOf(int child) => child < 0 ? leafCounts[~child] : counts[child] = CountOf(tree.Left[child]) + CountOf(tree.Right[child]);
        CountOf(0);
        void Walk(int node, List<ShapStep> path)
        {
            if (node < 0) { paths[~node] = [.. path]; return; }
            foreach (var left in new[] { true, false })
            {
                var child = left ? tree.Left[node] : tree.Right[node];
                path.Add(new ShapStep(node, tree.Features[node], left, (child < 0 ? leafCounts[~child] : counts[child]) / counts[node]));
                Walk(child, path);
                path.RemoveAt(path.Count - 1);
            }
        }
        Walk(0, []);
        return paths;
    }

    // Columns are those that may get a share, in the order of the leaves' slots.
    private sealed record Plan(Tree Tree, int[] Columns, int[] FixedNodes, int[] AheadNodes, ShapLeaf[] SteadyLeaves, ShapLeaf[] VaryingLeaves);
}
