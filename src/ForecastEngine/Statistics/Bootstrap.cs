namespace ForecastEngine.Statistics;

/// <summary>An estimate with its percentile interval.</summary>
/// <param name="Estimate">The statistic on the data themselves.</param>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="Level">Nominal coverage, a fraction.</param>
public readonly record struct BootstrapInterval(double Estimate, double Lower, double Upper, double Level);

/// <summary>
/// Percentile intervals by drawing whole clusters with replacement, so that rows which share a case are not counted as independent.
/// </summary>
/// <remarks>Efron and Tibshirani, "An Introduction to the Bootstrap", 1993; Field and Welsh, "Bootstrapping clustered data", JRSS B 2007.
/// With fewer than about 20 clusters the intervals are too narrow.</remarks>
public static class Bootstrap
{
    /// <summary>Interval of the mean of <paramref name="values"/>.</summary>
    /// <param name="values">One value per row.</param>
    /// <param name="clusters">The cluster of each row; empty where every row stands alone.</param>
    /// <param name="level">Nominal coverage, for instance 0.95.</param>
    /// <param name="seed">Seed of the draws; the same seed gives the same interval.</param>
    /// <param name="replicates">Number of draws, at least 100.</param>
    public static BootstrapInterval Mean(ReadOnlySpan<double> values, ReadOnlySpan<int> clusters, double level, long seed, int replicates = 2000)
    {
        var ones = new double[values.Length];
        Array.Fill(ones, 1);
        return Ratio(values, ones, clusters, level, seed, replicates);
    }

    /// <summary>Interval of the mean of a − b, row by row: below 0 throughout means that a is the smaller, beyond chance.</summary>
    public static BootstrapInterval PairedDifference(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<int> clusters, double level, long seed, int replicates = 2000)
    {
        Require.SameLength(nameof(PairedDifference), b.Length, a.Length, "values of b");
        var differences = new double[a.Length];
        for (var i = 0; i < differences.Length; i++) differences[i] = a[i] - b[i];
        return Mean(differences, clusters, level, seed, replicates);
    }

    /// <summary>
    /// Interval of a ratio of sums, such as WAPE from absolute errors and absolute actuals.
    /// <para>Σ a / Σ b over the rows of the drawn clusters. Draws with Σ b = 0 are left out; the estimate or, where fewer than half of the draws remain, both ends are NaN.</para>
    /// </summary>
    /// <param name="a">Numerator, one value per row.</param>
    /// <param name="b">Denominator, one value per row.</param>
    /// <param name="clusters">The cluster of each row; empty where every row stands alone.</param>
    /// <param name="level">Nominal coverage, for instance 0.95.</param>
    /// <param name="seed">Seed of the draws; the same seed gives the same interval.</param>
    /// <param name="replicates">Number of draws, at least 100.</param>
    public static BootstrapInterval Ratio(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<int> clusters, double level, long seed, int replicates = 2000)
    {
        const string where = nameof(Bootstrap);
        Require.NotEmpty(where, a.Length);
        Require.SameLength(where, b.Length, a.Length, "values of b");
        if (!clusters.IsEmpty) Require.SameLength(where, clusters.Length, a.Length, "clusters");
        Require.Level(where, level);
        if (replicates < 100) throw new ArgumentException($"{where}: found {replicates} replicates; expected at least 100.");

        var numbers = new Dictionary<int, int>();
        var sums = new List<(double A, double B)>();
        double totalA = 0, totalB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            if (!double.IsFinite(a[i]) || !double.IsFinite(b[i])) throw new ArgumentException($"{where}: found {a[i]:R} and {b[i]:R} at row {i}; expected finite numbers.");
            var cluster = clusters.IsEmpty ? i : clusters[i];
            if (!numbers.TryGetValue(cluster, out var number))
            {
                numbers.Add(cluster, number = sums.Count);
                sums.Add((0, 0));
            }
            sums[number] = (sums[number].A + a[i], sums[number].B + b[i]);
            (totalA, totalB) = (totalA + a[i], totalB + b[i]);
        }
        var estimate = totalB == 0 ? double.NaN : totalA / totalB;
        var ratios = Draws([.. sums], seed, replicates);
        return 2 * ratios.Length < replicates
            ? new BootstrapInterval(estimate, double.NaN, double.NaN, level)
            : new BootstrapInterval(estimate, Ordering.Quantile(ratios, (1 - level) / 2), Ordering.Quantile(ratios, (1 + level) / 2), level);
    }

    /// <summary>Interval of Σ a / Σ c − Σ b / Σ c, such as the difference of two methods' WAPE: below 0 throughout means that a is the smaller, beyond chance. See <see cref="Ratio"/>.</summary>
    public static BootstrapInterval PairedRatioDifference(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c, ReadOnlySpan<int> clusters, double level, long seed, int replicates = 2000)
    {
        Require.SameLength(nameof(PairedRatioDifference), b.Length, a.Length, "values of b");
        var differences = new double[a.Length];
        for (var i = 0; i < differences.Length; i++) differences[i] = a[i] - b[i];
        return Ratio(differences, c, clusters, level, seed, replicates);
    }

    /// <summary>
    /// Interval of the relative gain in a loss: 1 − Σ a / Σ b over the same rows, at most 1 for losses of at least 0; above 0 throughout means that a is the smaller, beyond chance.
    /// With absolute errors it is 1 − WAPE_a / WAPE_b, with squared errors of probabilities the Brier skill. See <see cref="Ratio"/>.
    /// </summary>
    public static BootstrapInterval RelativeGain(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<int> clusters, double level, long seed, int replicates = 2000)
    {
        var ratio = Ratio(a, b, clusters, level, seed, replicates);
        return new BootstrapInterval(1 - ratio.Estimate, 1 - ratio.Upper, 1 - ratio.Lower, level);
    }

    // The ratios of all draws, ascending.
    private static double[] Draws((double A, double B)[] sums, long seed, int replicates)
    {
        var ratios = new List<double>(replicates);
        for (var replicate = 0; replicate < replicates; replicate++)
        {
            var random = CounterRandom.For(seed, replicate);
            double a = 0, b = 0;
            for (var draw = 0; draw < sums.Length; draw++)
            {
                var (left, right) = sums[random.Below(sums.Length, draw)];
                (a, b) = (a + left, b + right);
            }
            if (b != 0) ratios.Add(a / b);
        }
        ratios.Sort();
        return [.. ratios];
    }
}
