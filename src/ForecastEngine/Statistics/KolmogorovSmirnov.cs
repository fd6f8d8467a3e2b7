namespace ForecastEngine.Statistics;

/// <summary>A Kolmogorov–Smirnov statistic and the chance of one at least as large if nothing differed.</summary>
/// <param name="Statistic">The largest distance of the two distribution functions, 0–1.</param>
/// <param name="PValue">0–1, asymptotic (Stephens' small-sample correction); good from about 8 effective values.</param>
public readonly record struct KolmogorovSmirnovResult(double Statistic, double PValue);

/// <summary>Do two samples, or a sample and the uniform distribution, come from the same law?</summary>
public static class KolmogorovSmirnov
{
    /// <summary>Two samples: D = sup |F_a − F_b|, ties handled exactly.</summary>
    /// <remarks>Smirnov 1939; Stephens, "Use of the Kolmogorov–Smirnov … statistics without extensive tables", JRSS B 1970.</remarks>
    public static KolmogorovSmirnovResult TwoSample(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var (left, right) = (Sorted(nameof(TwoSample), a), Sorted(nameof(TwoSample), b));
        int i = 0, j = 0;
        var largest = 0.0;
        while (i < left.Length && j < right.Length)
        {
            var value = Math.Min(left[i], right[j]);
            while (i < left.Length && left[i] == value) i++;
            while (j < right.Length && right[j] == value) j++;
            largest = Math.Max(largest, Math.Abs((double)i / left.Length - (double)j / right.Length));
        }
        return new KolmogorovSmirnovResult(largest, PValue(largest, (double)left.Length * right.Length / (left.Length + right.Length)));
    }

    /// <summary>One sample against the uniform distribution on 0–1: are the probability integral transforms of a forecast as they should be?</summary>
    public static KolmogorovSmirnovResult Uniform(ReadOnlySpan<double> values)
    {
        Require.Probabilities(nameof(Uniform), values);
        var sorted = Sorted(nameof(Uniform), values);
        var largest = 0.0;
        for (var i = 0; i < sorted.Length; i++)
            largest = Math.Max(largest, Math.Max((i + 1.0) / sorted.Length - sorted[i], sorted[i] - (double)i / sorted.Length));
        return new KolmogorovSmirnovResult(largest, PValue(largest, sorted.Length));
    }

    private static double PValue(double statistic, double effective)
    {
        var root = Math.Sqrt(effective);
        var x = (root + 0.12 + 0.11 / root) * statistic;
        if (x < 0.2) return 1;
        double sum = 0;
        for (int k = 1, sign = 1; k <= 100; k++, sign = -sign) sum += sign * Math.Exp(-2.0 * k * k * x * x);
        return Math.Clamp(2 * sum, 0, 1);
    }

    private static double[] Sorted(string where, ReadOnlySpan<double> values)
    {
        Require.NotEmpty(where, values.Length);
        var sorted = values.ToArray();
        foreach (var value in sorted)
            if (double.IsNaN(value)) throw new ArgumentException($"{where}: found NaN; expected numbers.");
        Array.Sort(sorted);
        return sorted;
    }
}
