using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

public sealed class RocComparisonTests
{
    [Fact]
    public void The_variance_is_that_of_every_pair_counted()
    {
        var (a, b, y) = Draw(60, 3);
        var (found, byHand) = (RocComparison.Of(a, b, y), ByPairs(a, b, y));
        Assert.Equal(ProbabilityScores.Auc(a, y), found.Auc, 1e-12);
        Assert.Equal(ProbabilityScores.Auc(b, y), found.OtherAuc, 1e-12);
        Assert.Equal(byHand, found.StandardError, 1e-12);
    }

    [Fact]
    public void It_is_how_far_the_difference_varies_from_sample_to_sample()
    {
        var (differences, errors) = (new List<double>(), new List<double>());
        for (var sample = 0; sample < 400; sample++)
        {
            var (a, b, y) = Draw(200, 1000 + sample);
            var roc = RocComparison.Of(a, b, y);
            differences.Add(roc.Difference);
            errors.Add(roc.StandardError);
        }
        var mean = differences.Average();
        var deviation = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (differences.Count - 1));
        // A deviation of 400 draws is known to within 2 σ / √800, some 7 %.
        Assert.InRange(errors.Average() / deviation, 0.9, 1.1);
    }

    [Fact]
    public void Methods_that_order_alike_do_not_differ()
    {
        var (a, _, y) = Draw(50, 9);
        var roc = RocComparison.Of(a, [.. a.Select(s => 3 * s + 1)], y);
        Assert.Equal((0.0, 0.0), (roc.Difference, roc.StandardError));
        Assert.True(double.IsNaN(RocComparison.Of([1, 2, 3], [1, 2, 3], [1, 0, 0]).StandardError));
    }

    // Rounded, so that some tie.
    private static (double[] A, double[] B, double[] Y) Draw(int cases, long seed)
    {
        var (a, b, y) = (new double[cases], new double[cases], new double[cases]);
        for (var i = 0; i < cases; i++)
        {
            var draw = CounterRandom.For(seed, i);
            y[i] = draw.Uniform(0) < 0.4 ? 1 : 0;
            var shared = draw.Normal(1);
            a[i] = Math.Round(y[i] + shared + 0.5 * draw.Normal(2), 1);
            b[i] = Math.Round(0.6 * y[i] + shared + 0.8 * draw.Normal(3), 1);
        }
        return (a, b, y);
    }

    // DeLong, DeLong and Clarke-Pearson 1988, equations 4 to 6, pair by pair.
    private static double ByPairs(double[] a, double[] b, double[] y)
    {
        int[] positives = [.. Enumerable.Range(0, y.Length).Where(i => y[i] == 1)],
            negatives = [.. Enumerable.Range(0, y.Length).Where(i => y[i] == 0)];
        double Kernel(double[] s, int p, int n) =>
            s[n] < s[p] ? 1
            : s[n] == s[p] ? 0.5
            : 0;
        double Over(int p, int n) => Kernel(a, p, n) - Kernel(b, p, n);
        double[] ofPositives = [.. positives.Select(p => negatives.Average(n => Over(p, n)))],
            ofNegatives = [.. negatives.Select(n => positives.Average(p => Over(p, n)))];
        return Math.Sqrt(Variance(ofPositives) / positives.Length + Variance(ofNegatives) / negatives.Length);

        static double Variance(double[] values) =>
            values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1);
    }
}
