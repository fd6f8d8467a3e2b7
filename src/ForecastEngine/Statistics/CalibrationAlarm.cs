namespace ForecastEngine.Statistics;

/// <summary>
/// Are probabilities still calibrated? An e-process over weeks: the gain of bets, fixed before each week, that events have become more or
/// less likely than foretold. Where nothing changed its mean is 1 at any time, so it may be looked at every week.
/// <para>For independent events E_T = Π_t (1 + λ (y_t − p_t)): λ is, to first order, a shift of log odds. Events of one week share the
/// market: with p(f) shifted by the common factor f, q = p + λ p(1 − p), and w⁻ what was known of f before the week, a week gives
/// e = Σ_f w_λ⁻(f) Π Bern(y; q(f)) / Σ_f w⁻(f) Π Bern(y; p(f)), which is the product above where the factor is known. Bets begin at every
/// week of the block: E_T = Σ_s Σ_λ π_λ/S · Π_{s ≤ t ≤ T} e_t^{(s, λ)} + (S − T)/S.</para>
/// </summary>
/// <remarks>
/// Ville: P(sup_T E_T ≥ 1/α) ≤ α under calibration, whatever the number of looks. Shafer, "Testing by betting", JRSS A 2021; Ramdas et al.,
/// "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 2023. What is known of f is kept as mean and variance.
/// </remarks>
public sealed class CalibrationAlarm
{
    /// <summary>Weeks of a block: bets begin at each of them, and the bound holds for the block.</summary>
    public const int BlockWeeks = 52;

    private const double Step = 0.02;
    private const int Half = 150;
    private static readonly (double Lambda, double Weight)[] Bets = [(-0.5, 0.3), (0.5, 0.3), (-0.25, 0.2), (0.25, 0.2)];
    private readonly double _persistence;
    private readonly double _variance;
    private readonly List<Component>[] _components = [.. Bets.Select(_ => new List<Component>())];
    private Component _null;

    /// <param name="persistence">φ of the common factor per week, 0–1.</param>
    /// <param name="standardDeviation">σ of the common factor, log odds; 0 for independent events.</param>
    /// <param name="state">What is known of the factor at the start: its mean.</param>
    /// <param name="stateVariance">And its variance.</param>
    public CalibrationAlarm(double persistence = 0, double standardDeviation = 0, double state = 0, double stateVariance = 0)
    {
        (_persistence, _variance) = (persistence, standardDeviation * standardDeviation);
        _null = new Component(0, state, stateVariance);
    }

    /// <summary>E: 1 at the start. Alarm at 1/α, where α is the share of blocks without change in which an alarm is borne.</summary>
    public double Value { get; private set; } = 1;
    /// <summary>Weeks so far.</summary>
    public int Weeks { get; private set; }

    /// <summary>Takes a week in.</summary>
    /// <param name="probabilities">What was foretold of each event at the week's start, without the market: strictly between 0 and 1.</param>
    /// <param name="outcomes">1 where it came, else 0.</param>
    /// <exception cref="InvalidOperationException">The block is over.</exception>
    public void Add(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes)
    {
        Require.SameLength(nameof(CalibrationAlarm), outcomes.Length, probabilities.Length, "outcomes");
        if (Weeks == BlockWeeks) throw new InvalidOperationException($"{nameof(CalibrationAlarm)}: found a week after the {BlockWeeks} of a block; expected a new block.");
        Predict(ref _null);
        for (var b = 0; b < Bets.Length; b++)
        {
            var list = _components[b];
            for (var c = 0; c < list.Count; c++)
            {
                var component = list[c];
                Predict(ref component);
                list[c] = component;
            }
            list.Add(_null with { LogWealth = 0 }); // a bet that begins this week knows what the others knew
        }
        var plain = Likelihood(probabilities, outcomes, 0);
        var expected = Update(ref _null, plain);
        for (var b = 0; b < Bets.Length; b++)
        {
            var shifted = Likelihood(probabilities, outcomes, Bets[b].Lambda);
            var list = _components[b];
            for (var c = 0; c < list.Count; c++)
            {
                var component = list[c];
                var gain = Update(ref component, shifted) - expected;
                list[c] = component with { LogWealth = component.LogWealth + gain };
            }
        }
        Weeks++;
        Value = (double)(BlockWeeks - Weeks) / BlockWeeks + Bets.Select((bet, b) => _components[b].Sum(c => bet.Weight / BlockWeeks * Math.Exp(Math.Min(600, c.LogWealth)))).Sum();
    }

    private void Predict(ref Component c) =>
        c = c with { Mean = _persistence * c.Mean, Variance = _persistence * _persistence * c.Variance + _variance * (1 - _persistence * _persistence) };

    // Log likelihood of the week at each value of the factor on the grid.
    private double[] Likelihood(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, double lambda)
    {
        var (from, until) = _variance == 0 ? (Half, Half) : (0, 2 * Half);
        var logs = new double[2 * Half + 1];
        for (var i = 0; i < probabilities.Length; i++)
        {
            var odds = probabilities[i] is > 0 and < 1 ? probabilities[i] / (1 - probabilities[i])
                : throw new ArgumentException($"{nameof(CalibrationAlarm)}: found the probability {probabilities[i]:R}; expected one strictly between 0 and 1.");
            for (var g = from; g <= until; g++)
            {
                var shifted = odds * Shift[g];
                var p = shifted / (1 + shifted);
                var q = p + lambda * p * (1 - p);
                logs[g] += Math.Log(outcomes[i] > 0 ? q : 1 - q);
            }
        }
        return logs;
    }

    private static readonly double[] Shift = [.. Enumerable.Range(-Half, 2 * Half + 1).Select(g => Math.Exp(g * Step))];

    // The log of the week's likelihood under what was known of the factor, and what is known of it after.
    private static double Update(ref Component c, double[] logs)
    {
        if (c.Variance <= 0)
        {
            return logs[Half + (int)Math.Round(Math.Clamp(c.Mean / Step, -Half, Half))];
        }
        double mass = 0, top = double.NegativeInfinity;
        Span<double> weights = stackalloc double[2 * Half + 1];
        for (var g = 0; g < weights.Length; g++)
        {
            var d = (g - Half) * Step - c.Mean;
            weights[g] = Math.Exp(-d * d / (2 * c.Variance));
            mass += weights[g];
            if (weights[g] > 0) top = Math.Max(top, logs[g]);
        }
        double sum = 0, first = 0, second = 0;
        for (var g = 0; g < weights.Length; g++)
        {
            if (weights[g] == 0) continue;
            var (weight, at) = (weights[g] / mass * Math.Exp(logs[g] - top), (g - Half) * Step);
            (sum, first, second) = (sum + weight, first + weight * at, second + weight * at * at);
        }
        var mean = first / sum;
        c = c with { Mean = mean, Variance = Math.Max(1e-6, second / sum - mean * mean) };
        return top + Math.Log(sum);
    }

    private readonly record struct Component(double LogWealth, double Mean, double Variance);
}
