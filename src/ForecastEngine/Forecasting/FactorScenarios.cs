using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Forecasting;

/// <summary>
/// The probabilities of <see cref="FactorNodes.Probabilities"/> for many deals and several periods at once: what a curve says at any shift
/// of the log odds is drawn through what it says at a few, by a polynomial, so that a deal's curve is shifted nine times in all and not nine
/// times per period.
/// </summary>
/// <remarks>Interpolation at Chebyshev points of the second kind: Berrut and Trefethen, "Barycentric Lagrange interpolation", SIAM Review 2004. Safe to share between threads.</remarks>
public sealed class FactorScenarios
{
    private const int Points = 9;
    private const double SameDay = 1e-4;
    private readonly FactorNodes[] _nodes;
    private readonly double[][] _shifts;
    private readonly double[] _days;
    private readonly (int From, int Until)[] _spans;
    private readonly double[][] _weights;

    /// <param name="spans">Per period: its scenarios, and after and within how many days.</param>
    /// <param name="cells">Cells of the curves.</param>
    public FactorScenarios(IReadOnlyList<(FactorNodes Nodes, double FromDays, double UntilDays)> spans, int cells)
    {
        _nodes = [.. spans.Select(s => s.Nodes)];
        var days = new List<double>();
        _spans = [.. spans.Select(s => (Day(s.FromDays), Day(s.UntilDays)))];
        _days = [.. days];
        var most = Math.Max(1e-3, _nodes.Max(n => n.Shifts.Max(Math.Abs)));
        double[] points = [.. Enumerable.Range(0, Points).Select(c => most * Math.Cos(Math.PI * c / (Points - 1)))];
        _shifts = [.. points.Select(p => Enumerable.Repeat(p, cells).ToArray())];
        _weights = [.. _nodes.Select(n => n.Shifts.SelectMany(shift => Interpolation.Weights(points, shift)).ToArray())];

        int Day(double day)
        {
            var known = days.FindIndex(d => Math.Abs(d - day) < SameDay);
            if (known >= 0) return known;
            days.Add(day);
            return days.Count - 1;
        }
    }

    /// <summary>How many numbers a deal has: one per period and scenario.</summary>
    public int Length => _nodes.Sum(n => n.Nodes.Length);

    /// <summary>P(won in the period) of a deal in each scenario, period after period.</summary>
    public void Write(HazardCurve curve, Span<double> probabilities)
    {
        var days = _days.Length;
        Span<double> won = stackalloc double[Points * days];
        for (var c = 0; c < Points; c++)
        {
            var shifted = curve.Shifted(_shifts[c]);
            for (var d = 0; d < days; d++) won[c * days + d] = shifted.WonWithin(_days[d]);
        }
        var at = 0;
        Span<double> between = stackalloc double[Points];
        for (var period = 0; period < _nodes.Length; period++)
        {
            var (nodes, (from, until)) = (_nodes[period], _spans[period]);
            for (var c = 0; c < Points; c++) between[c] = Math.Max(0, won[c * days + until] - won[c * days + from]);
            var scenarios = probabilities.Slice(at, nodes.Nodes.Length);
            var (weights, mean) = (_weights[period], 0.0);
            for (var q = 0; q < scenarios.Length; q++)
            {
                var sum = 0.0;
                for (var c = 0; c < Points; c++) sum += weights[q * Points + c] * between[c];
                scenarios[q] = Math.Clamp(sum, 0, 1);
                mean += nodes.Weights[q] * scenarios[q];
            }
            if (mean > 0) nodes.ScaleTo(Math.Max(0, curve.WonWithin(_days[until]) - curve.WonWithin(_days[from])), scenarios);
            at += scenarios.Length;
        }
    }
}
