namespace ForecastEngine.Statistics;

/// <summary>How far a <see cref="CompoundSum"/> reaches, so that what would wrap around the lattice is negligible.</summary>
internal static class CompoundSumRange
{
    /// <summary>The mass that may lie beyond the reach.</summary>
    public const double MassBeyond = 1e-12;

    /// <summary>The step of a lattice of <paramref name="size"/> points that holds the sum: all of it where its greatest value allows, else all but the tail.</summary>
    public static double Spacing(CompoundItem[] items, CompoundArrivals? arrivals, double tail, int size)
    {
        var whole = double.PositiveInfinity;
        var count = items.Sum(item => (long)item.Count);
        if (arrivals is null && count < size / 2) // splitting an amount between two points may carry each item one point further
        {
            whole = 0;
            foreach (var item in items) whole += item.Count * item.Amount.Values[^1];
            whole /= size - 1 - count;
        }
        return Math.Min(tail / (size - 2), whole);
    }

    /// <summary>The greatest value of the sum on a lattice of this step; infinite with arrivals.</summary>
    public static double Greatest(CompoundItem[] items, CompoundArrivals? arrivals, double step)
    {
        var points = arrivals is null ? 0 : double.PositiveInfinity;
        foreach (var item in items) points += item.Count * Math.Ceiling(item.Amount.Values[^1] / step * (1 - 1e-9));
        return points * step;
    }

    /// <summary>
    /// A bound r with P(R > r) ≤ 1e-12.
    /// <para>Chernoff: r = min_t [ln Σ_q w_q E(e^{tR} | q) − ln 1e-12] / t, over a grid of ln t and then by golden section; every t gives a valid
    /// bound, so the search need not be sharp.</para>
    /// </summary>
    public static double Tail(CompoundItem[] items, CompoundArrivals? arrivals, double[] nodeWeights)
    {
        var greatest = arrivals is null ? 0 : arrivals.Amount.Values[^1];
        foreach (var item in items) greatest = Math.Max(greatest, item.Amount.Values[^1]);
        var (best, at) = (double.PositiveInfinity, 0.0);
        for (var power = 5.0; power >= -40; power -= 1)
        {
            var bound = Bound(Math.Exp(power) / greatest);
            if (bound > best) break; // the bound falls to its minimum and rises again
            if (bound < best) (best, at) = (bound, power);
        }
        var (low, high, golden) = (at - 1, at + 1, (Math.Sqrt(5) - 1) / 2);
        for (var i = 0; i < 8; i++)
        {
            var (left, right) = (high - golden * (high - low), low + golden * (high - low));
            var (leftBound, rightBound) = (Bound(Math.Exp(left) / greatest), Bound(Math.Exp(right) / greatest));
            best = Math.Min(best, Math.Min(leftBound, rightBound));
            if (leftBound < rightBound) high = right;
            else low = left;
        }
        return best;

        double Bound(double t) => (LogMoment(items, arrivals, nodeWeights, t) - Math.Log(MassBeyond)) / t;
    }

    /// <summary>ln Σ_q w_q E(e^{tR} | q); infinite where the moment does not exist.</summary>
    private static double LogMoment(CompoundItem[] items, CompoundArrivals? arrivals, double[] nodeWeights, double t)
    {
        var logs = new double[nodeWeights.Length];
        foreach (var item in items)
        {
            var excess = MomentMinusOne(item.Amount, t);
            for (var q = 0; q < logs.Length; q++) logs[q] += item.Count * Math.Log(1 + item.Probabilities[q] * excess);
        }
        if (arrivals is not null)
        {
            var excess = MomentMinusOne(arrivals.Amount, t);
            for (var q = 0; q < logs.Length; q++)
            {
                if (arrivals.Dispersion * arrivals.Rates[q] * excess >= 1) return double.PositiveInfinity;
                logs[q] += arrivals.LogGenerating(q, excess).Real;
            }
        }
        var top = logs.Max();
        if (!double.IsFinite(top)) return double.PositiveInfinity;
        var sum = 0.0;
        for (var q = 0; q < logs.Length; q++) sum += nodeWeights[q] * Math.Exp(logs[q] - top);
        return top + Math.Log(sum);
    }

    private static double MomentMinusOne(AmountDistribution amount, double t)
    {
        var sum = 0.0;
        for (var k = 0; k < amount.Values.Length; k++) sum += amount.Masses[k] * (Math.Exp(t * amount.Values[k]) - 1);
        return sum;
    }
}
