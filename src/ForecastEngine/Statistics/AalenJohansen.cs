using System.Collections.Immutable;

namespace ForecastEngine.Statistics;

/// <summary>
/// Cumulative incidence of competing events under right-censoring (Aalen–Johansen), with the overall survival (Kaplan–Meier).
/// <para>S(t) = Π_{u≤t} (1 − d_u / n_u), CIF_c(t) = Σ_{u≤t} S(u−) d_{c,u} / n_u; Σ_c CIF_c + S = 1 at every time.</para>
/// </summary>
/// <remarks>Aalen and Johansen, "An empirical transition matrix for non-homogeneous Markov chains", Scand. J. Statist. 1978. A row censored
/// at a time counts as at risk for the events of that time.</remarks>
public sealed class AalenJohansen
{
    private readonly double[][] _incidence;

    private AalenJohansen(ImmutableArray<double> times, ImmutableArray<double> survival, ImmutableArray<double> atRisk, double[][] incidence) =>
        (Times, Survival, AtRisk, _incidence) = (times, survival, atRisk, incidence);

    /// <summary>The distinct times at which any event came, ascending.</summary>
    public ImmutableArray<double> Times { get; }

    /// <summary>S at each of <see cref="Times"/>: the share still without an event.</summary>
    public ImmutableArray<double> Survival { get; }

    /// <summary>The weight at risk just before each of <see cref="Times"/>.</summary>
    public ImmutableArray<double> AtRisk { get; }

    /// <summary>Number of causes.</summary>
    public int Causes => _incidence.Length;

    /// <summary>Estimates from durations (≥ 0), causes (0 censored, 1 … C the event) and optional weights.</summary>
    public static AalenJohansen Fit(ReadOnlySpan<double> durations, ReadOnlySpan<int> causes, int causeCount, ReadOnlySpan<double> weights = default)
    {
        const string where = nameof(AalenJohansen);
        Require.SameLength(where, causes.Length, durations.Length, "causes");
        Require.Weights(where, weights, durations.Length);
        if (causeCount < 1) throw new ArgumentException($"{where}: found {causeCount} causes; expected at least 1.");
        var atRisk = 0.0;
        for (var i = 0; i < durations.Length; i++)
        {
            Require.NotNegative(where, durations[i], "duration");
            if (causes[i] < 0 || causes[i] > causeCount) throw new ArgumentException($"{where}: found cause {causes[i]} at row {i}; expected 0 (censored) to {causeCount}.");
            atRisk += weights.IsEmpty ? 1 : weights[i];
        }

        var order = Ordering.Ascending(durations);
        var (times, survivals, risks) = (new List<double>(), new List<double>(), new List<double>());
        var incidence = new List<double>[causeCount];
        for (var c = 0; c < causeCount; c++) incidence[c] = [];
        var (survival, cumulative, events) = (1.0, new double[causeCount], new double[causeCount]);
        for (int start = 0, end; start < order.Length; start = end)
        {
            Array.Clear(events);
            double leaving = 0, failing = 0;
            for (end = start; end < order.Length && durations[order[end]] == durations[order[start]]; end++)
            {
                var weight = weights.IsEmpty ? 1 : weights[order[end]];
                leaving += weight;
                if (causes[order[end]] == 0) continue;
                events[causes[order[end]] - 1] += weight;
                failing += weight;
            }
            if (failing > 0)
            {
                for (var c = 0; c < causeCount; c++) cumulative[c] += survival * events[c] / atRisk;
                survival *= Math.Max(0, 1 - failing / atRisk);
                times.Add(durations[order[start]]);
                survivals.Add(survival);
                risks.Add(atRisk);
                for (var c = 0; c < causeCount; c++) incidence[c].Add(cumulative[c]);
            }
            atRisk -= leaving;
        }
        return new AalenJohansen([.. times], [.. survivals], [.. risks], Array.ConvertAll(incidence, list => list.ToArray()));
    }

    /// <summary>CIF of a cause (1 … C) at each of <see cref="Times"/>.</summary>
    public ReadOnlySpan<double> Incidence(int cause) => _incidence[Checked(cause)];

    /// <summary>CIF of a cause by a time, both ends included, 0–1; flat after the last event.</summary>
    public double IncidenceAt(int cause, double time) => StepAt(_incidence[Checked(cause)], time, 0);

    /// <summary>S at a time: the share without an event by then, 0–1.</summary>
    public double SurvivalAt(double time) => StepAt(Survival.AsSpan(), time, 1);

    private int Checked(int cause) => cause >= 1 && cause <= Causes
        ? cause - 1
        : throw new ArgumentException($"{nameof(AalenJohansen)}: found cause {cause}; expected 1 to {Causes}.");

    private double StepAt(ReadOnlySpan<double> values, double time, double before)
    {
        if (double.IsNaN(time)) throw new ArgumentException($"{nameof(AalenJohansen)}: found time NaN; expected a number.");
        var found = Times.AsSpan().BinarySearch(time);
        var index = found >= 0 ? found : ~found - 1;
        return index < 0 ? before : values[index];
    }
}
