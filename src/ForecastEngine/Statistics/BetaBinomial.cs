using MathNet.Numerics;

namespace ForecastEngine.Statistics;

/// <summary>
/// The number of successes in n trials whose common rate is Beta(a, b): what to expect of n more when the rate itself is only known from a history.
/// <para>P(X = k) = C(n, k) B(k + a, n − k + b) / B(a, b).</para>
/// </summary>
public static class BetaBinomial
{
    /// <summary>P(X = k), 0–1; 0 outside 0 … n.</summary>
    /// <param name="k">Successes.</param>
    /// <param name="trials">n ≥ 0.</param>
    /// <param name="a">Prior or posterior successes, above 0.</param>
    /// <param name="b">Prior or posterior failures, above 0.</param>
    public static double Probability(int k, int trials, double a, double b)
    {
        Check(trials, a, b);
        return k < 0 || k > trials ? 0 : Math.Exp(LogProbability(k, trials, a, b));
    }

    /// <summary>P(X ≥ successes), 0–1, summed over the shorter tail.</summary>
    public static double AtLeast(int successes, int trials, double a, double b)
    {
        Check(trials, a, b);
        if (successes <= 0) return 1;
        if (successes > trials) return 0;
        var sum = 0.0;
        if (successes <= trials - successes + 1)
        {
            for (var k = 0; k < successes; k++) sum += Math.Exp(LogProbability(k, trials, a, b));
            return Math.Clamp(1 - sum, 0, 1);
        }
        for (var k = trials; k >= successes; k--) sum += Math.Exp(LogProbability(k, trials, a, b));
        return Math.Clamp(sum, 0, 1);
    }

    /// <summary>
    /// The smallest number of trials that brings at least <paramref name="successes"/> with probability <paramref name="confidence"/>:
    /// min{n : P(X ≥ N) ≥ γ}. Larger γ asks for more trials.
    /// </summary>
    /// <param name="successes">N ≥ 0.</param>
    /// <param name="confidence">γ, a fraction between 0 and 1.</param>
    /// <param name="a">Posterior successes: prior + won.</param>
    /// <param name="b">Posterior failures: prior + lost.</param>
    /// <returns>The number of trials, or null where even <paramref name="limit"/> trials would not do.</returns>
    /// <param name="limit">Where the search gives up.</param>
    public static int? TrialsNeeded(int successes, double confidence, double a, double b, int limit = 10_000_000)
    {
        Require.Level(nameof(TrialsNeeded), confidence);
        Check(0, a, b);
        if (successes <= 0) return 0;
        if (successes > limit) return null;
        int failing = successes - 1, enough = successes;
        while (AtLeast(successes, enough, a, b) < confidence)
        {
            if (enough == limit) return null;
            failing = enough;
            enough = (int)Math.Min(limit, 2L * enough);
        }
        while (enough - failing > 1)
        {
            var middle = failing + (enough - failing) / 2;
            if (AtLeast(successes, middle, a, b) >= confidence) enough = middle;
            else failing = middle;
        }
        return enough;
    }

    private static double LogProbability(int k, int n, double a, double b) =>
        SpecialFunctions.GammaLn(n + 1.0) - SpecialFunctions.GammaLn(k + 1.0) - SpecialFunctions.GammaLn(n - k + 1.0)
        + SpecialFunctions.GammaLn(k + a) + SpecialFunctions.GammaLn(n - k + b) - SpecialFunctions.GammaLn(n + a + b)
        + SpecialFunctions.GammaLn(a + b) - SpecialFunctions.GammaLn(a) - SpecialFunctions.GammaLn(b);

    private static void Check(int trials, double a, double b)
    {
        Require.NotNegative(nameof(BetaBinomial), trials, "number of trials");
        Require.Positive(nameof(BetaBinomial), a, "a");
        Require.Positive(nameof(BetaBinomial), b, "b");
    }
}
