namespace ForecastEngine.Statistics;

/// <summary>Sorting that never depends on the sort's own whims: equal values keep the order of their rows.</summary>
internal static class Ordering
{
    /// <summary>Row numbers in ascending order of value, ties by row number. NaN is refused by the callers.</summary>
    public static int[] Ascending(ReadOnlySpan<double> values)
    {
        var keys = values.ToArray();
        var rows = new int[keys.Length];
        for (var i = 0; i < rows.Length; i++) rows[i] = i;
        Array.Sort(keys, rows);
        for (int start = 0, end; start < keys.Length; start = end)
        {
            for (end = start + 1; end < keys.Length && keys[end].Equals(keys[start]); end++) { }
            if (end - start > 1) Array.Sort(rows, start, end - start);
        }
        return rows;
    }

    /// <summary>
    /// The quantile of sorted values by linear interpolation between order statistics (Hyndman–Fan type 7, R's default).
    /// </summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double level)
    {
        var position = level * (sorted.Length - 1);
        var below = Math.Clamp((int)Math.Floor(position), 0, sorted.Length - 1);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
