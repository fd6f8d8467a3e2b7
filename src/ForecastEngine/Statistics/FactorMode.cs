using MathNet.Numerics;

namespace ForecastEngine.Statistics;

/// <summary>
/// One week's update of <see cref="CommonFactor"/> where its linear step would not hold: the posterior mode of the
/// factor, and what the week adds to the log likelihood.
/// <para>maximises W δ − n ln(1 − h̄ + h̄ e^δ) − (δ − m⁻)²/(2 P⁻) over δ: W of n = E/h̄ events at the mean hazard h̄ =
/// 1 − V/E; where more came than n, W δ − E e^δ instead (Poisson).
/// P = 1/(1/P⁻ + V(δ)), and ln p(W) ≈ ln p(W | δ) − (δ − m⁻)²/(2 P⁻) − ½ ln(P⁻/P), Laplace's approximation.</para>
/// </summary>
/// <remarks>
/// The objective is concave, so Newton's steps kept inside the bracket of m⁻ and the data's own shift find its only
/// mode, which lies between the two: the state never moves further than its data say.
/// Fahrmeir, "Posterior mode estimation by extended Kalman filtering for multivariate dynamic generalized linear
/// models", JASA 87, 1992.
/// </remarks>
internal readonly record struct FactorMode(double State, double Variance, double LogLikelihood)
{
    private const int MostSteps = 100;
    private const double Farthest = 30;
    private const double FarDeviations = 6;
    private const double FarShift = 1.5;

    /// <summary>
    /// True for a week beside all measure: more than 1.5 log odds and more than six standard deviations of chance away
    /// from what was expected.
    /// </summary>
    public static bool IsFar(FactorObservation cell) =>
        Math.Abs(cell.Observed - cell.Expected) > FarDeviations * Math.Sqrt(cell.Variance)
            && Math.Abs(ShiftOf(cell)) > FarShift;

    /// <summary>
    /// The shift at which as many are expected as came, in log odds; −30 where none came, +30 at most.
    /// </summary>
    public static double ShiftOf(FactorObservation cell)
    {
        var (hazard, trials) = Trials(cell);
        if (cell.Observed <= 0) return -Farthest;
        var shift = double.IsPositiveInfinity(trials) ? Math.Log(cell.Observed / cell.Expected)
            : Logit.Of(cell.Observed / trials) - Logit.Of(hazard);
        return Math.Clamp(shift, -Farthest, Farthest);
    }

    /// <summary>The update.</summary>
    /// <param name="cell">What came; its variance above 0.</param>
    /// <param name="mean">m⁻, the factor's mean before.</param>
    /// <param name="variance">P⁻, its variance, above 0.</param>
    public static FactorMode Of(FactorObservation cell, double mean, double variance)
    {
        var (hazard, trials) = Trials(cell);
        var told = ShiftOf(cell);
        var (low, high, at) = (Math.Min(mean, told), Math.Max(mean, told), mean);
        for (var step = 0; step < MostSteps; step++)
        {
            var (expected, spread) = Moments(hazard, trials, cell.Expected, at);
            var slope = cell.Observed - expected - (at - mean) / variance;
            if (slope > 0) low = at; else high = at;
            var next = at + slope / (spread + 1 / variance);
            if (!(next > low && next < high)) next = (low + high) / 2;
            if (Math.Abs(next - at) <= 1e-12 * (1 + Math.Abs(at))) break;
            at = next;
        }
        var (mode, curvature) = Moments(hazard, trials, cell.Expected, at);
        var left = 1 / (1 / variance + curvature);
        var fit = double.IsPositiveInfinity(trials)
            ? cell.Observed * Math.Log(mode) - mode - SpecialFunctions.GammaLn(cell.Observed + 1)
            : SpecialFunctions.GammaLn(trials + 1) - SpecialFunctions.GammaLn(cell.Observed + 1)
                - SpecialFunctions.GammaLn(trials - cell.Observed + 1)
                + Share(cell.Observed, mode / trials) + Share(trials - cell.Observed, 1 - mode / trials);
        return new FactorMode(at, left,
            fit - (at - mean) * (at - mean) / (2 * variance) - Math.Log(variance / left) / 2);
    }

    private static double Share(double count, double probability) => count == 0 ? 0 : count * Math.Log(probability);

    // The mean hazard and how many were at risk at it; without end where more came than that.
    private static (double Hazard, double Trials) Trials(FactorObservation cell)
    {
        var hazard = 1 - cell.Variance / cell.Expected;
        var trials = hazard > 1e-9 ? cell.Expected / hazard : double.PositiveInfinity;
        return (hazard, cell.Observed < trials ? trials : double.PositiveInfinity);
    }

    private static (double Expected, double Variance) Moments(double hazard, double trials, double expected,
        double shift)
    {
        if (double.IsPositiveInfinity(trials)) return (expected * Math.Exp(shift), expected * Math.Exp(shift));
        var moved = HazardShift.Apply(hazard, shift);
        return (trials * moved, trials * moved * (1 - moved));
    }
}
