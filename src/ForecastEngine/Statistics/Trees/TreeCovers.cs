namespace ForecastEngine.Statistics.Trees;

/// <summary>
/// How many training rows fell into each leaf: the weights with which a path-dependent explanation averages over what a
/// feature might have been. ML.NET does not keep them, so one pass over the training rows counts them.
/// </summary>
public sealed record TreeCovers(double[][] LeafCounts)
{
    private const int BlockRows = 256;

    /// <summary>Counts the leaves that <paramref name="rows"/> (<paramref name="stride"/> floats each) fall into; every leaf starts at a hundredth of a row so that no branch is impossible.</summary>
    public static TreeCovers Count(TreeEnsemble ensemble, ReadOnlySpan<float> rows, int stride)
    {
        var counts = new double[ensemble.Trees.Count][];
        for (var t = 0; t < counts.Length; t++)
        {
            counts[t] = new double[ensemble.Trees[t].Leaves.Length];
            Array.Fill(counts[t], 0.01);
        }
        // Block by block, so that rows stay in the cache while all trees look at them.
        for (var block = 0; block + stride <= rows.Length; block += BlockRows * stride)
        {
            var end = Math.Min(block + BlockRows * stride, rows.Length - rows.Length % stride);
            for (var t = 0; t < counts.Length; t++)
            {
                var tree = ensemble.Trees[t];
                for (var start = block; start < end; start += stride) counts[t][tree.LeafOf(rows.Slice(start, stride))]++;
            }
        }
        return new TreeCovers(counts);
    }
}
