using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Forecasting;

/// <summary>
/// The market as a few scenarios: what all open deals have in common in a period moves them together by
/// δ_q = sd × x_q on the log odds of winning, with Gauss–Hermite weights. It spreads revenue and does not move its mean:
/// each deal's probabilities are scaled so that Σ w_q p_q = p, the probability that its score shows.
/// </summary>
public sealed class FactorNodes
{
    /// <summary>How many scenarios a period has.</summary>
    public const int Scenarios = 9;

    private const int Count = Scenarios;
    private readonly double[] _shifts;

    private FactorNodes(double standardDeviation, NormalQuadrature rule)
    {
        (StandardDeviation, Nodes) = (standardDeviation, [.. rule.Nodes]);
        Weights = [.. rule.Weights];
        _shifts = [.. rule.Nodes.Select(x => x * standardDeviation)];
    }

    /// <summary>The scenarios x_q in standard deviations of the factor, ascending.</summary>
    public double[] Nodes { get; }

    /// <summary>What each scenario adds to the log odds of winning: δ_q.</summary>
    public IReadOnlyList<double> Shifts => _shifts;

    /// <summary>Standard deviation of the factor in the period, in log odds.</summary>
    public double StandardDeviation { get; }

    /// <summary>Weights of the scenarios, summing to 1.</summary>
    public double[] Weights { get; }

    /// <summary>The scenarios of a period.</summary>
    /// <param name="deals">The open pipeline.</param>
    /// <param name="factor">The common factor after the last known week.</param>
    /// <param name="momentVariance">σ̂² of whole windows, <see cref="CommonFactor.MomentVariance"/>.</param>
    /// <param name="asOf">Date of the forecast.</param>
    /// <param name="period">The period.</param>
    public static FactorNodes For(IReadOnlyList<ScoredOpportunity> deals, CommonFactor factor, double momentVariance, DateOnly asOf, Period period)
    {
        var first = Math.Max(0, period.From.DayNumber - asOf.DayNumber - 1) / 7;
        var last = Math.Max(first, (period.Until.DayNumber - asOf.DayNumber) / 7);
        var wins = new double[last + 1];
        for (var week = first; week <= last; week++)
            foreach (var deal in deals) wins[week] += deal.Curve.WonWithin(7 * (week + 1)) - deal.Curve.WonWithin(7 * week);
        if (wins.Sum() <= 0) Array.Fill(wins, 1, first, wins.Length - first);
        return new FactorNodes(CommonFactor.CombinedStandardDeviation(factor.WindowStandardDeviation(wins), momentVariance), GaussHermite.Rule(Count));
    }

    /// <summary>P(won after <paramref name="fromDays"/> and within <paramref name="untilDays"/>) in each scenario.</summary>
    public double[] Probabilities(HazardCurve curve, double fromDays, double untilDays)
    {
        var p = Math.Max(0, curve.WonWithin(untilDays) - curve.WonWithin(fromDays));
        var scenarios = new double[_shifts.Length];
        var (shift, mean) = (new double[curve.Won.Length], 0.0);
        for (var q = 0; q < scenarios.Length; q++)
        {
            Array.Fill(shift, _shifts[q]);
            var shifted = curve.Shifted(shift);
            scenarios[q] = Math.Max(0, shifted.WonWithin(untilDays) - shifted.WonWithin(fromDays));
            mean += Weights[q] * scenarios[q];
        }
        if (mean > 0) ScaleTo(p, scenarios);
        return scenarios;
    }

    /// <summary>Scales the scenarios to the mean <paramref name="p"/>; what a scenario cannot take beyond 1 is shared by the others, which needs a pass per scenario at most.</summary>
    internal void ScaleTo(double p, Span<double> scenarios)
    {
        Span<bool> isFull = stackalloc bool[scenarios.Length];
        isFull.Clear();
        var (full, isOver) = (0.0, true);
        while (isOver)
        {
            var free = 0.0;
            for (var q = 0; q < scenarios.Length; q++)
                if (!isFull[q]) free += Weights[q] * scenarios[q];
            if (free <= 0) return;
            var scale = Math.Max(0, p - full) / free;
            isOver = false;
            for (var q = 0; q < scenarios.Length; q++)
            {
                if (isFull[q]) continue;
                scenarios[q] *= scale;
                if (scenarios[q] <= 1) continue;
                (scenarios[q], isFull[q], isOver) = (1, true, true);
                full += Weights[q];
            }
        }
    }

    /// <summary>
    /// The same factor in more scenarios, evenly spaced within the outermost ones and weighted by the normal density. Where many deals leave
    /// little chance within a scenario, nine of them would show as nine peaks.
    /// </summary>
    /// <param name="count">How many, above that of the rule.</param>
    public FactorNodes Finer(int count)
    {
        var (first, step) = (Nodes[0], (Nodes[^1] - Nodes[0]) / (count - 1));
        double[] nodes = [.. Enumerable.Range(0, count).Select(k => first + k * step)];
        double[] density = [.. nodes.Select(x => Math.Exp(-x * x / 2))];
        var total = density.Sum();
        return new FactorNodes(StandardDeviation, new NormalQuadrature([.. nodes], [.. density.Select(d => d / total)]));
    }

    /// <summary>A rate of further wins in each scenario, its mean unchanged.</summary>
    public double[] Rates(double rate)
    {
        var scenarios = _shifts.Select(Math.Exp).ToArray();
        var mean = 0.0;
        for (var q = 0; q < scenarios.Length; q++) mean += Weights[q] * scenarios[q];
        return [.. scenarios.Select(s => rate * s / mean)];
    }
}
