namespace ForecastEngine.Statistics;

/// <summary>How far a distribution has moved from its reference.</summary>
public static class PopulationStability
{
    /// <summary>
    /// Population stability index of two sets of shares.
    /// <para>Σ (q − p) ln(q / p) with shares cut from below at 1e-4, from 0. Custom: below 0.1 stable, 0.1–0.25 watch, above 0.25 act. Symmetric.</para>
    /// </summary>
    /// <param name="reference">p: shares or counts by bin; scaled to sum to 1.</param>
    /// <param name="current">q: likewise.</param>
    public static double Index(ReadOnlySpan<double> reference, ReadOnlySpan<double> current)
    {
        var (p, q) = (Shares(nameof(Index), reference), Shares(nameof(Index), current));
        Require.SameLength(nameof(Index), q.Length, p.Length, "bins");
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            var (from, to) = (Math.Max(p[i], 1e-4), Math.Max(q[i], 1e-4));
            sum += (to - from) * Math.Log(to / from);
        }
        return sum;
    }

    /// <summary>Population stability index of two samples, over bins between the reference's quantiles (10; fewer where values repeat).</summary>
    public static double IndexOfSamples(ReadOnlySpan<double> reference, ReadOnlySpan<double> current, int bins = 10)
    {
        const string where = nameof(IndexOfSamples);
        Require.NotEmpty(where, reference.Length);
        Require.NotEmpty(where, current.Length);
        if (bins < 2) throw new ArgumentException($"{where}: found {bins} bins; expected at least 2.");
        var sorted = reference.ToArray();
        Array.Sort(sorted);
        var edges = new List<double>();
        for (var bin = 1; bin < bins; bin++)
        {
            var edge = Ordering.Quantile(sorted, (double)bin / bins);
            if (edges.Count == 0 || edge > edges[^1]) edges.Add(edge);
        }
        return Index(Counts(reference, edges), Counts(current, edges));
    }

    /// <summary>
    /// Jensen–Shannon divergence of two sets of shares, in nats.
    /// <para>½ Σ p ln(p/m) + ½ Σ q ln(q/m), m = (p + q)/2; 0 to ln 2, symmetric, finite where a share is 0.</para>
    /// </summary>
    /// <remarks>Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 1991.</remarks>
    public static double JensenShannon(ReadOnlySpan<double> reference, ReadOnlySpan<double> current)
    {
        var (p, q) = (Shares(nameof(JensenShannon), reference), Shares(nameof(JensenShannon), current));
        Require.SameLength(nameof(JensenShannon), q.Length, p.Length, "bins");
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            var middle = (p[i] + q[i]) / 2;
            if (p[i] > 0) sum += p[i] * Math.Log(p[i] / middle);
            if (q[i] > 0) sum += q[i] * Math.Log(q[i] / middle);
        }
        return Math.Max(0, sum / 2);
    }

    private static double[] Counts(ReadOnlySpan<double> values, List<double> edges)
    {
        var counts = new double[edges.Count + 1];
        foreach (var value in values)
        {
            if (double.IsNaN(value)) throw new ArgumentException($"{nameof(IndexOfSamples)}: found NaN; expected numbers. Count missing values apart.");
            var found = edges.BinarySearch(value);
            counts[found >= 0 ? found : ~found]++; // a value on an edge belongs to the bin below it
        }
        return counts;
    }

    private static double[] Shares(string where, ReadOnlySpan<double> counts)
    {
        Require.NotEmpty(where, counts.Length);
        Require.Weights(where, counts, counts.Length);
        var (shares, total) = (counts.ToArray(), 0.0);
        foreach (var count in counts) total += count;
        for (var i = 0; i < shares.Length; i++) shares[i] /= total;
        return shares;
    }
}
