using System.Numerics;
using System.Runtime.Intrinsics;

namespace ForecastEngine.Statistics.Trees;

/// <summary>
/// Scores one row at many points of a grid at once: the first columns are the same at every point, the last
/// <c>aheadCount</c> columns take a value per point. A tree is walked once with the set of points that still travel
/// together (a bit mask); it splits only where a node looks at a column that varies. Each point's sum adds the same leaves
/// in the same order as a walk of its own, so the bits are those of <see cref="TreeEnsemble.Score(ReadOnlySpan{float})"/>.
/// </summary>
public static class GridScorer
{
    /// <summary>The most points a grid may have: one bit each in a mask.</summary>
    public const int MaxPoints = 64;

    /// <summary>
    /// Writes the score at each of <c>scores.Length</c> points.
    /// </summary>
    /// <param name="ensemble">The trees.</param>
    /// <param name="fixedColumns">Columns 0 … n − 1, equal at every point.</param>
    /// <param name="aheadColumns">Columns n …, each <see cref="MaxPoints"/> floats long: its value at each point, the rest unused.</param>
    /// <param name="scores">Result, 1 … 64 points.</param>
    public static void Score(TreeEnsemble ensemble, ReadOnlySpan<float> fixedColumns, ReadOnlySpan<float> aheadColumns, Span<double> scores)
    {
        if (scores.Length is 0 or > MaxPoints) throw new ArgumentException($"GridScorer: found {scores.Length} points; expected 1 to {MaxPoints}.", nameof(scores));
        var all = scores.Length == MaxPoints ? ulong.MaxValue : (1UL << scores.Length) - 1;
        scores.Clear();
        Span<(int Node, ulong Points)> stack = stackalloc (int, ulong)[64];
        for (var t = 0; t < ensemble.Trees.Count; t++)
        {
            var tree = ensemble.Trees[t];
            var depth = 0;
            var node = tree.Features.Length == 0 ? ~0 : 0;
            var points = all;
            while (true)
            {
                while (node >= 0)
                {
                    var feature = tree.Features[node];
                    if (feature < fixedColumns.Length)
                    {
                        node = fixedColumns[feature] <= tree.Thresholds[node] ? tree.Left[node] : tree.Right[node];
                        continue;
                    }
                    var left = points & AtMost(aheadColumns.Slice((feature - fixedColumns.Length) * MaxPoints, MaxPoints), tree.Thresholds[node]);
                    var right = points & ~left;
                    if (left == 0) { node = tree.Right[node]; continue; }
                    if (right != 0) stack[depth++] = (tree.Right[node], right);
                    (node, points) = (tree.Left[node], left);
                }
                var leaf = tree.Leaves[~node];
                for (var rest = points; rest != 0; rest &= rest - 1) scores[BitOperations.TrailingZeroCount(rest)] += leaf;
                if (depth == 0) break;
                (node, points) = stack[--depth];
            }
        }
        for (var i = 0; i < scores.Length; i++) scores[i] += ensemble.Bias;
    }

    /// <summary>The points whose value is at most <paramref name="threshold"/>, as a bit mask.</summary>
    internal static ulong AtMost(ReadOnlySpan<float> values, float threshold)
    {
        var bound = Vector512.Create(threshold);
        return Vector512.LessThanOrEqual(Vector512.Create(values), bound).ExtractMostSignificantBits()
            | Vector512.LessThanOrEqual(Vector512.Create(values[16..]), bound).ExtractMostSignificantBits() << 16
            | Vector512.LessThanOrEqual(Vector512.Create(values[32..]), bound).ExtractMostSignificantBits() << 32
            | Vector512.LessThanOrEqual(Vector512.Create(values[48..]), bound).ExtractMostSignificantBits() << 48;
    }
}
