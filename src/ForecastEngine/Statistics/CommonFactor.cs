using System.Collections.Immutable;

namespace ForecastEngine.Statistics;

/// <summary>What one cell (for instance a week) said about the common factor.</summary>
/// <param name="Observed">W: events that came.</param>
/// <param name="Expected">E: events expected by a model that was trained before the cell.</param>
/// <param name="Variance">V = Σ h(1 − h), at most E; 0 where the cell had nothing at risk and says nothing.</param>
public readonly record struct FactorObservation(double Observed, double Expected, double Variance);

/// <summary>
/// A factor common to all hazards that drifts with time, filtered from what came against what was expected.
/// <para>logit h′ = logit h + δ_t, δ_t = φ δ_{t−1} + ε_t, stationary with Var δ = σ². Up: more events than the model alone would say.</para>
/// </summary>
/// <param name="Persistence">φ, 0–1 per cell.</param>
/// <param name="StandardDeviation">σ of the factor in logits, above 0.</param>
/// <param name="State">m: the factor's mean after the last cell.</param>
/// <param name="StateVariance">P: its variance, 0 to σ².</param>
public sealed record CommonFactor(double Persistence, double StandardDeviation, double State, double StateVariance)
{
    /// <summary>The shift d_k = φ^{k+1} m of the logit of the hazard k ≥ 0 cells ahead (0 is the next cell).</summary>
    public double ShiftAt(int cellsAhead) => Math.Pow(Persistence, cellsAhead + 1) * State;

    /// <summary>
    /// Standard deviation of the factor's effect on a window around its forecast shifts.
    /// <para>sd² = Σ_jk ω_j ω_k [φ^{j+k+2} P + σ² (φ^{|j−k|} − φ^{j+k+2})], ω scaled to sum to 1. Falls as the window grows longer than the factor's memory.</para>
    /// </summary>
    /// <param name="cellWeights">ω_k ≥ 0: the events expected in each cell of the window; 0 cells give 0.</param>
    public double WindowStandardDeviation(ReadOnlySpan<double> cellWeights)
    {
        var total = 0.0;
        foreach (var weight in cellWeights)
        {
            Require.NotNegative(nameof(WindowStandardDeviation), weight, "cell weight");
            total += weight;
        }
        if (total == 0) return 0;
        var sum = 0.0;
        for (var j = 0; j < cellWeights.Length; j++)
        {
            for (var k = 0; k < cellWeights.Length; k++)
            {
                var known = Math.Pow(Persistence, j + k + 2);
                var drift = Math.Pow(Persistence, Math.Abs(j - k)) - known;
                sum += cellWeights[j] * cellWeights[k] * (known * StateVariance + StandardDeviation * StandardDeviation * drift);
            }
        }
        return Math.Sqrt(Math.Max(0, sum)) / total;
    }

    /// <summary>
    /// The factor's variance from whole windows, where no history by cells exists.
    /// <para>(Σ ((W − E)² − V)/V² + 4 · 0.15²) / (n + 4), at least 0: shrunk towards a standard deviation of 0.15 with
    /// the weight of four windows.
    /// Where |W − E|
    /// > V that line overstates the shift: a window adds no more than the square of the shift at which E is W.</para>
    /// </summary>
    public static double MomentVariance(ReadOnlySpan<FactorObservation> windows, double priorStandardDeviation = 0.15, double priorWindows = 4)
    {
        Require.NotNegative(nameof(MomentVariance), priorStandardDeviation, "prior standard deviation");
        Require.Positive(nameof(MomentVariance), priorWindows, "prior weight");
        var (sum, count) = (priorWindows * priorStandardDeviation * priorStandardDeviation, priorWindows);
        foreach (var window in windows)
        {
            Check(window);
            if (window.Variance == 0) continue;
            var surprise = window.Observed - window.Expected;
            var moment = (surprise * surprise - window.Variance) / (window.Variance * window.Variance);
            sum += Math.Abs(surprise) > window.Variance ? Math.Min(moment, Math.Pow(FactorMode.ShiftOf(window), 2))
                : moment;
            count++;
        }
        return Math.Max(0, sum / count);
    }

    /// <summary>
    /// The standard deviation to mix a window's distribution over: the filter's own, what the model's level may be off, and no less than whole windows showed.
    /// <para>sd² = min(max(sd_δ² + 0.08², σ̂²_MoM), 0.75²). 0.08 is how far the mean of what is still to come was off, in logs, beside the truth of simulated
    /// companies of 460 wins a quarter (r.m.s. 0.06 to 0.10); with 0.06 counted half in variance their 80 % bands held in 76 %. At most 0.75, a market that halves or doubles: what moves more in
    /// a few windows of a small company is not the market, and would spread its forecast over thousandfold wins.</para>
    /// </summary>
    /// <param name="windowStandardDeviation">sd_δ of <see cref="WindowStandardDeviation"/>.</param>
    /// <param name="momentVariance">σ̂² of <see cref="MomentVariance"/>.</param>
    public static double CombinedStandardDeviation(double windowStandardDeviation, double momentVariance)
    {
        const double level = 0.08, most = 0.75;
        Require.NotNegative(nameof(CombinedStandardDeviation), windowStandardDeviation, "standard deviation");
        Require.NotNegative(nameof(CombinedStandardDeviation), momentVariance, "variance");
        return Math.Min(most, Math.Sqrt(Math.Max(windowStandardDeviation * windowStandardDeviation + level * level, momentVariance)));
    }

    /// <summary>
    /// Runs the filter over a series in time order, starting from the stationary state (m = 0, P = σ²), and adds up the log likelihood in nats.
    /// <para>m⁻ = φm, P⁻ = φ²P + σ²(1 − φ²), z = (W − E)/V, K = P⁻/(P⁻ + 1/V), m = m⁻ + K(z − m⁻), P = (1 − K)P⁻, where E and V are taken at the
    /// predicted factor (E′ = E e^m⁻ / (1 + h̄(e^m⁻ − 1)), h̄ = 1 − V/E, V′ = E′(1 − h̄′)), which matters as soon as
    /// |δ| passes about 0.2.
    /// That line holds near m⁻ only. A week beside all measure (<see cref="FactorMode.IsFar"/>), or one whose step K(z
    /// − m⁻) leads beyond what it says by itself, gets its posterior mode instead
    /// (<see cref="FactorMode"/>), so that the state never moves further than its data say.</para>
    /// </summary>
    public static (CommonFactor Factor, double LogLikelihood) Filter(ReadOnlySpan<FactorObservation> series,
        double persistence, double standardDeviation) =>
        Filter(series, persistence, standardDeviation, isBounded: true);

    // While φ and σ are looked for, only weeks beside all measure leave the line: which step is too long depends on σ
    // itself.
    private static (CommonFactor Factor, double LogLikelihood) Filter(ReadOnlySpan<FactorObservation> series,
        double persistence, double standardDeviation, bool isBounded)
    {
        var stationary = standardDeviation * standardDeviation;
        var (m, p, logLikelihood) = (0.0, stationary, 0.0);
        foreach (var cell in series)
        {
            m *= persistence;
            p = persistence * persistence * p + stationary * (1 - persistence * persistence);
            if (cell.Variance == 0) continue;
            var (mean, up) = (Math.Clamp(1 - cell.Variance / cell.Expected, 0, 1), Math.Exp(m));
            var hazard = HazardShift.Apply(mean, m);
            var expected = cell.Expected * up / (1 + mean * (up - 1));
            var variance = Math.Max(1e-9, expected * (1 - hazard));
            var surprise = (cell.Observed - expected) / variance;
            var spread = p + 1 / variance;
            var gain = p / spread;
            var step = gain * surprise;
            if (FactorMode.IsFar(cell) || isBounded && Math.Abs(step) > Math.Abs(FactorMode.ShiftOf(cell) - m))
            {
                var mode = FactorMode.Of(cell, m, p);
                (m, p) = (mode.State, mode.Variance);
                logLikelihood += mode.LogLikelihood;
                continue;
            }
            logLikelihood -= (Math.Log(2 * Math.PI * variance * variance * spread) + surprise * surprise / spread) / 2;
            m += step;
            p *= 1 - gain;
        }
        return (new CommonFactor(persistence, standardDeviation, m, p), logLikelihood);
    }

    /// <summary>
    /// Estimates φ and σ and filters the series.
    /// <para>Posterior means of ln σ and logit φ on a grid, by the marginal likelihood of the series (and of any further ones that share φ and σ, such as
    /// those of other customers) under the priors ln σ ~ N(ln 0.2, 0.7²) and logit φ ~ N(logit 0.9, 1). Without data: φ = 0.9, σ = 0.2, m = 0.</para>
    /// </summary>
    public static CommonFactor Fit(IReadOnlyList<FactorObservation> series, IReadOnlyList<IReadOnlyList<FactorObservation>>? pooled = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        var own = series.ToImmutableArray();
        var all = new List<ImmutableArray<FactorObservation>> { own };
        foreach (var other in pooled ?? []) all.Add([.. other]);
        foreach (var one in all)
            foreach (var cell in one) Check(cell);

        const int phiSteps = 6, sigmaSteps = 12;
        var (logs, points) = (new List<double>(), new List<(double LogitPhi, double LogSigma)>());
        for (var i = -phiSteps; i <= phiSteps; i++)
        {
            for (var j = -sigmaSteps; j <= sigmaSteps; j++)
            {
                var (dPhi, dSigma) = (i * 0.5, j * 0.25); // in prior standard deviations
                var (logitPhi, logSigma) = (Logit.Of(0.9) + dPhi, Math.Log(0.2) + 0.7 * dSigma);
                var log = -(dPhi * dPhi + dSigma * dSigma) / 2;
                foreach (var one in all) log += Filter(one.AsSpan(), Logit.Inverse(logitPhi), Math.Exp(logSigma),
                    isBounded: false).LogLikelihood;
                logs.Add(log);
                points.Add((logitPhi, logSigma));
            }
        }
        double top = logs.Max(), mass = 0, meanPhi = 0, meanSigma = 0;
        for (var i = 0; i < logs.Count; i++)
        {
            var weight = Math.Exp(logs[i] - top);
            mass += weight;
            meanPhi += weight * points[i].LogitPhi;
            meanSigma += weight * points[i].LogSigma;
        }
        return Filter(own.AsSpan(), Logit.Inverse(meanPhi / mass), Math.Exp(meanSigma / mass)).Factor;
    }

    private static void Check(FactorObservation cell)
    {
        Require.NotNegative(nameof(CommonFactor), cell.Observed, "number observed");
        Require.NotNegative(nameof(CommonFactor), cell.Variance, "variance");
        if (!(cell.Expected >= cell.Variance && double.IsFinite(cell.Expected)))
            throw new ArgumentException($"{nameof(CommonFactor)}: found {cell.Expected:R} expected with variance {cell.Variance:R}; expected a variance Σh(1 − h) no larger than Σh.");
    }
}
