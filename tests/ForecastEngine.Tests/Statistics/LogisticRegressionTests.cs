using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

public sealed class LogisticRegressionTests
{
    [Fact]
    public void A_two_by_two_table_gives_its_log_odds() // closed form: logit 3/10 and log odds ratio; variance of the intercept 1/3 + 1/7
    {
        var design = new double[,] { { 1, 0 }, { 1, 0 }, { 1, 1 }, { 1, 1 } };
        var fit = LogisticRegression.Fit(design, [1, 0, 1, 0], [3, 7, 8, 2]);
        Assert.True(fit.Converged);
        Assert.Equal(Math.Log(3 / 7.0), fit.Coefficients[0], 1e-9);
        Assert.Equal(Math.Log(8 / 2.0) - Math.Log(3 / 7.0), fit.Coefficients[1], 1e-9);
        Assert.Equal(Math.Sqrt(1 / 3.0 + 1 / 7.0), fit.StandardErrors[0], 1e-9);
        Assert.Equal(Math.Sqrt(1 / 3.0 + 1 / 7.0 + 1 / 8.0 + 1 / 2.0), fit.StandardErrors[1], 1e-9);
        Assert.Equal(.8, fit.Probability([1, 1]), 1e-9);
    }

    [Fact]
    public void An_offset_is_a_known_part_of_the_logit()
    {
        var fit = LogisticRegression.Fit(new double[,] { { 1 }, { 1 } }, [1, 0], [3, 7], [2, 2]);
        Assert.Equal(Math.Log(3 / 7.0) - 2, fit.Coefficients[0], 1e-9);
    }

    [Fact]
    public void The_gradient_vanishes_at_the_penalised_optimum()
    {
        var (design, y, w, offset) = Simulated(500, seed: 1);
        double[] mean = [.5, -1, 0], precision = [2, 30, 5];
        var fit = LogisticRegression.Fit(design, y, w, offset, mean, precision);
        for (var j = 0; j < 3; j++)
        {
            var gradient = -precision[j] * (fit.Coefficients[j] - mean[j]);
            for (var i = 0; i < y.Length; i++)
                gradient += w[i] * design[i, j] * (y[i] - fit.Probability([design[i, 0], design[i, 1], design[i, 2]], offset[i]));
            Assert.Equal(0, gradient, 1e-7);
        }
    }

    [Fact]
    public void Coefficients_are_recovered_within_their_standard_errors()
    {
        double[] truth = [-.5, 1, .3];
        var within = 0;
        for (var seed = 0; seed < 50; seed++)
        {
            var (design, y, _, offset) = Simulated(1000, seed + 10);
            var fit = LogisticRegression.Fit(design, y, offset: offset);
            for (var j = 0; j < 3; j++)
                if (Math.Abs(fit.Coefficients[j] - truth[j]) < 1.96 * fit.StandardErrors[j]) within++;
        }
        Assert.InRange(within, 134, 149); // 150 × 95 % = 142.5, standard deviation 2.7
    }

    [Fact]
    public void A_strong_prior_wins_over_few_rows()
    {
        var fit = LogisticRegression.Fit(new double[,] { { 1 } }, [1], priorMean: [-2], priorPrecision: [1e6]);
        Assert.Equal(-2, fit.Coefficients[0], 1e-5);
    }

    [Fact]
    public void Separable_data_converge_only_with_a_prior()
    {
        var design = new double[,] { { 1, -1 }, { 1, -2 }, { 1, 1 }, { 1, 2 } };
        Assert.False(LogisticRegression.Fit(design, [0, 0, 1, 1]).Converged);
        Assert.True(LogisticRegression.Fit(design, [0, 0, 1, 1], priorPrecision: [.1, .1]).Converged);
    }

    [Fact]
    public void Two_equal_columns_are_refused_without_a_prior()
    {
        var design = new double[,] { { 1, 1 }, { 1, 1 }, { 1, 1 } };
        Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(design, [0, 1, 1]));
        var fit = LogisticRegression.Fit(design, [0, 1, 1], priorPrecision: [1, 1]);
        Assert.Equal(fit.Coefficients[0], fit.Coefficients[1], 1e-9);
    }

    private static (double[,] X, double[] Y, double[] W, double[] Offset) Simulated(int rows, long seed)
    {
        var (x, y, w, offset) = (new double[rows, 3], new double[rows], new double[rows], new double[rows]);
        for (var i = 0; i < rows; i++)
        {
            var random = CounterRandom.For(seed, i);
            (x[i, 0], x[i, 1], x[i, 2]) = (1, random.Normal(1), random.Normal(2));
            (w[i], offset[i]) = (random.Uniform(8) + .5, .5 * random.Normal(3));
            y[i] = random.Uniform(9) < Logit.Inverse(offset[i] - .5 + x[i, 1] + .3 * x[i, 2]) ? 1 : 0;
        }
        return (x, y, w, offset);
    }
}
