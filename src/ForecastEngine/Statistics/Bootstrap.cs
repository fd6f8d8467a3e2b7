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
        const string where = nameof(Bootstrap);
        Require.NotEmpty(where, values.Length);
        if (!clusters.IsEmpty) Require.SameLength(where, clusters.Length, values.Length, "clusters");
        Require.Level(where, level);
        if (replicates < 100) throw new ArgumentException($"{where}: found {replicates} replicates; expected at least 100.");

        var numbers = new Dictionary<int, int>();
        var (sums, counts) = (new List<double>(), new List<int>());
        double total = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i])) throw new ArgumentException($"{where}: found {values[i]:R} at row {i}; expected finite numbers.");
            var cluster = clusters.IsEmpty ? i : clusters[i];
            if (!numbers.TryGetValue(cluster, out var number))
            {
                numbers.Add(cluster, number = sums.Count);
                sums.Add(0);
                counts.Add(0);
            }
            sums[number] += values[i];
            counts[number]++;
            total += values[i];
        }

        var means = new double[replicates];
        for (var replicate = 0; replicate < replicates; replicate++)
        {
            var random = CounterRandom.For(seed, replicate);
            double sum = 0;
            long rows = 0;
            for (var draw = 0; draw < sums.Count; draw++)
            {
                var cluster = random.Below(sums.Count, draw);
                sum += sums[cluster];
                rows += counts[cluster];
            }
            means[replicate] = sum / rows;
        }
        Array.Sort(means);
        return new BootstrapInterval(total / values.Length, Ordering.Quantile(means, (1 - level) / 2), Ordering.Quantile(means, (1 + level) / 2), level);
    }

    /// <summary>Interval of the mean of a − b, row by row: below 0 throughout means that a is the smaller, beyond chance.</summary>
    public static BootstrapInterval PairedDifference(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<int> clusters, double level, long seed, int replicates = 2000)
    {
        Require.SameLength(nameof(PairedDifference), b.Length, a.Length, "values of b");
        var differences = new double[a.Length];
        for (var i = 0; i < differences.Length; i++) differences[i] = a[i] - b[i];
        return Mean(differences, clusters, level, seed, replicates);
    }
}
