using System.Collections.Immutable;

namespace ForecastEngine.Statistics;

/// <summary>
/// The Kaplan–Meier curve: the share that has not had the event by a time, under right-censoring.
/// <para>S(t) = Π_{u≤t} (1 − d_u / n_u).</para>
/// </summary>
/// <remarks>Kaplan and Meier, "Nonparametric estimation from incomplete observations", JASA 1958.</remarks>
public sealed class KaplanMeier
{
    private readonly AalenJohansen _curve;

    private KaplanMeier(AalenJohansen curve) => _curve = curve;

    /// <summary>Distinct event times, ascending.</summary>
    public ImmutableArray<double> Times => _curve.Times;

    /// <summary>S at each of <see cref="Times"/>.</summary>
    public ImmutableArray<double> Survival => _curve.Survival;

    /// <summary>Estimates from durations (≥ 0), whether each ended in the event (else censored) and optional weights.</summary>
    public static KaplanMeier Fit(ReadOnlySpan<double> durations, ReadOnlySpan<bool> observed, ReadOnlySpan<double> weights = default)
    {
        var causes = new int[observed.Length];
        for (var i = 0; i < causes.Length; i++) causes[i] = observed[i] ? 1 : 0;
        return new KaplanMeier(AalenJohansen.Fit(durations, causes, 1, weights));
    }

    /// <summary>S at a time, 0–1.</summary>
    public double At(double time) => _curve.SurvivalAt(time);

    /// <summary>The first time at which S falls to 1 − <paramref name="share"/> or below; NaN where the curve never gets there.</summary>
    /// <param name="share">For instance 0.5 for the median.</param>
    public double TimeAtWhich(double share)
    {
        Require.Level(nameof(TimeAtWhich), share);
        for (var i = 0; i < Times.Length; i++)
            if (Survival[i] <= 1 - share + 1e-12) return Times[i];
        return double.NaN;
    }
}
