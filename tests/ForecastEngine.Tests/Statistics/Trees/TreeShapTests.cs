using System.Numerics;
using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.Tests.Statistics.Trees;

/// <summary>Against the definition: all coalitions, each expectation by recursion down the trees.</summary>
public sealed class TreeShapTests
{
    [Theory]
    [InlineData(21, 4, 0)]
    [InlineData(22, 6, 2)]
    [InlineData(23, 6, 2, 4)]
    [InlineData(24, 8, 3, 5, 6)]
    [InlineData(25, 8, 3, 1, 7)]
    [InlineData(26, 5, 5, 0, 1, 2, 3, 4)]
    [InlineData(27, 1, 0)]
    public void Shares_are_the_shapley_values_of_the_definition(int seed, int columns, int varying, params int[] context)
    {
        var trained = TrainedTrees.Regression(seed, columns, 400, 8, 12);
        var covers = TreeCovers.Count(trained.Ensemble, trained.Rows, columns);
        var kept = columns - varying;
        const int points = 5;
        var shap = new TreeShap(trained.Ensemble, covers, kept, context);
        for (var row = 0; row + points < 100; row += 23)
        {
            var ahead = new float[varying * GridScorer.MaxPoints];
            for (var point = 0; point < points; point++)
                for (var a = 0; a < varying; a++) ahead[a * GridScorer.MaxPoints + point] = trained.Row(row + point)[kept + a];
            var (expected, shares) = (new double[points], new double[columns * points]);
            shap.Explain(trained.Row(row)[..kept], ahead, expected, shares);
            for (var point = 0; point < points; point++)
            {
                float[] x = [.. trained.Row(row)[..kept], .. trained.Row(row + point)[kept..]];
                var (baseline, phi) = Definition(trained.Ensemble, covers, x, context);
                Assert.Equal(baseline, expected[point], 1e-9);
                for (var column = 0; column < columns; column++) Assert.Equal(phi[column], shares[column * points + point], 1e-9);
                var total = expected[point];
                for (var column = 0; column < columns; column++) total += shares[column * points + point];
                Assert.Equal(trained.Ensemble.Score(x), total, 1e-9);
            }
        }
    }

    [Fact]
    public void Context_gets_no_share_and_moves_the_expected_score()
    {
        var trained = TrainedTrees.Regression(28, 4, 400, 10, 12);
        var covers = TreeCovers.Count(trained.Ensemble, trained.Rows, 4);
        var (without, with) = (new double[1], new double[1]);
        var shares = new double[4];
        new TreeShap(trained.Ensemble, covers, 4, []).Explain(trained.Row(0), [], without, shares);
        Assert.NotEqual(0, shares[0]);
        new TreeShap(trained.Ensemble, covers, 4, [0]).Explain(trained.Row(0), [], with, shares);
        Assert.Equal(0, shares[0]);
        Assert.NotEqual(without[0], with[0]);
    }

    private static (double Expected, double[] Phi) Definition(TreeEnsemble ensemble, TreeCovers covers, float[] x, int[] context)
    {
        var players = Enumerable.Range(0, x.Length).Except(context).ToArray();
        var always = context.Aggregate(0, (mask, column) => mask | 1 << column);
        var values = new double[1 << players.Length];
        for (var coalition = 0; coalition < values.Length; coalition++)
        {
            var known = always;
            for (var p = 0; p < players.Length; p++) if ((coalition >> p & 1) != 0) known |= 1 << players[p];
            values[coalition] = ensemble.Bias + Enumerable.Range(0, ensemble.Trees.Count).Sum(t => Expect(ensemble.Trees[t], covers.LeafCounts[t], x, known, ensemble.Trees[t].Features.Length == 0 ? ~0 : 0));
        }
        var phi = new double[x.Length];
        for (var p = 0; p < players.Length; p++)
            for (var coalition = 0; coalition < values.Length; coalition++)
                if ((coalition >> p & 1) == 0)
                {
                    var size = BitOperations.PopCount((uint)coalition);
                    var weight = Factorial(size) * Factorial(players.Length - size - 1) / Factorial(players.Length);
                    phi[players[p]] += weight * (values[coalition | 1 << p] - values[coalition]);
                }
        return (values[0], phi);
    }

    private static double Expect(Tree tree, double[] counts, float[] x, int known, int node)
    {
        if (node < 0) return tree.Leaves[~node];
        if ((known >> tree.Features[node] & 1) != 0)
            return Expect(tree, counts, x, known, x[tree.Features[node]] <= tree.Thresholds[node] ? tree.Left[node] : tree.Right[node]);
        var (left, right) = (Cover(tree, counts, tree.Left[node]), Cover(tree, counts, tree.Right[node]));
        return (left * Expect(tree, counts, x, known, tree.Left[node]) + right * Expect(tree, counts, x, known, tree.Right[node])) / (left + right);
    }

    private static double Cover(Tree tree, double[] counts, int node) =>
        node < 0 ? counts[~node] : Cover(tree, counts, tree.Left[node]) + Cover(tree, counts, tree.Right[node]);

    private static double Factorial(int n) => n < 2 ? 1 : n * Factorial(n - 1);
}
