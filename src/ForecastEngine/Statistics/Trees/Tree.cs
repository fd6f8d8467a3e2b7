namespace ForecastEngine.Statistics.Trees;

/// <summary>One binary tree. Node n sends a row left where x[Features[n]] ≤ Thresholds[n]; a child below 0 is the leaf with index ~child. A tree without nodes has one leaf.</summary>
/// <param name="Features">Column that node n looks at.</param>
/// <param name="Thresholds">Threshold of node n.</param>
/// <param name="Left">Left child of node n.</param>
/// <param name="Right">Right child of node n.</param>
/// <param name="Leaves">Value of each leaf.</param>
public sealed record Tree(int[] Features, float[] Thresholds, int[] Left, int[] Right, double[] Leaves)
{
    /// <summary>The leaf that a row falls into.</summary>
    public int LeafOf(ReadOnlySpan<float> row)
    {
        if (Features.Length == 0) return 0;
        var node = 0;
        while (node >= 0) node = row[Features[node]] <= Thresholds[node] ? Left[node] : Right[node];
        return ~node;
    }
}
