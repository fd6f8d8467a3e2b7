using MathNet.Numerics;

namespace ForecastEngine.Statistics;

/// <summary>Successes of independent trials against a stated chance, exactly: no normal approximation, so that few trials may be judged.</summary>
public static class BinomialTest
{
    /// <summary>
    /// Exact two-sided p-value by the method of small p-values, as R's <c>binom.test</c>.
    /// <para>Σ P(i) over all i with P(i) ≤ P(x)(1 + 1e-7), P(i) = C(n, i) π^i (1 − π)^(n − i); 0–1, small where the count contradicts π. No trials: 1.</para>
    /// </summary>
    /// <param name="successes">x, 0 to n.</param>
    /// <param name="trials">n, at least 0.</param>
    /// <param name="probability">π under the hypothesis, 0–1.</param>
    /// <remarks>Gibbons and Pratt, "P-values: interpretation and methodology", The American Statistician 1975. The p-value holds for independent trials only.</remarks>
    public static double PValue(int successes, int trials, double probability)
    {
        Check(successes, trials);
        Require.Probability(nameof(BinomialTest), probability);
        if (probability is 0 or 1) return successes == (int)probability * trials ? 1 : 0;
        var limit = LogMass(successes, trials, probability) + Math.Log(1 + 1e-7);
        double sum = 0;
        for (var i = 0; i <= trials; i++)
        {
            var mass = LogMass(i, trials, probability);
            if (mass <= limit) sum += Math.Exp(mass);
        }
        return Math.Min(1, sum);
    }

    /// <summary>
    /// Clopper–Pearson interval of the chance of success: covers the true one with at least <paramref name="level"/>.
    /// <para>From the α/2 quantile of Beta(x, n − x + 1) to the 1 − α/2 quantile of Beta(x + 1, n − x), α = 1 − level; 0 where x = 0, 1 where x = n. No trials: 0 to 1.</para>
    /// </summary>
    /// <remarks>Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 1934.</remarks>
    public static (double Lower, double Upper) Interval(int successes, int trials, double level = 0.95)
    {
        Check(successes, trials);
        Require.Level(nameof(BinomialTest), level);
        var tail = (1 - level) / 2;
        return (successes == 0 ? 0 : BetaDistribution.Quantile(tail, successes, trials - successes + 1),
            successes == trials ? 1 : BetaDistribution.Quantile(1 - tail, successes + 1, trials - successes));
    }

    private static double LogMass(int successes, int trials, double probability) =>
        SpecialFunctions.BinomialLn(trials, successes) + successes * Math.Log(probability) + (trials - successes) * Math.Log(1 - probability);

    private static void Check(int successes, int trials)
    {
        if (trials < 0 || successes < 0 || successes > trials)
            throw new ArgumentException($"{nameof(BinomialTest)}: found {successes} successes of {trials} trials; expected from 0 to as many successes as trials.");
    }
}
