using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>
/// Open deals alike in amount and probability, added up: how many, Σ p_q by scenario, and Σ p a, Σ p a², Σ p a³ with the moments of
/// each deal's own amount. The mean is that of the deals themselves; variance and skewness are kept but for what differs inside the class.
/// </summary>
internal sealed class RollupClass(int scenarios)
{
    private const double BinsPerE = 3;
    private const int ProbabilityBins = 24;
    private const int Coarser = 2;

    public int Count { get; private set; }
    public double[] Probabilities { get; } = new double[scenarios];
    public double First { get; private set; }
    public double Second { get; private set; }
    public double Third { get; private set; }

    /// <summary>
    /// The class of a deal: a third of a natural log of the amount, and a 24th of the root of the probability. For the parts of the company, of
    /// which there may be thousands, both steps are twice as wide.
    /// </summary>
    public static int Of(double amount, double probability, bool isPart)
    {
        var (size, share) = (BinsPerE * Math.Log(1 + amount), ProbabilityBins * Math.Sqrt(probability));
        if (isPart) (size, share) = (size / Coarser, share / Coarser);
        return (int)size * ProbabilityBins + Math.Min(ProbabilityBins - 1, (int)share);
    }

    public void Add(ReadOnlySpan<double> probabilities, double mean, AmountDistribution amount)
    {
        Count++;
        for (var q = 0; q < probabilities.Length; q++) Probabilities[q] += probabilities[q];
        var third = 0.0;
        for (var k = 0; k < amount.Values.Length; k++) third += amount.Masses[k] * amount.Values[k] * amount.Values[k] * amount.Values[k];
        First += mean * amount.Mean;
        Second += mean * amount.SecondMoment;
        Third += mean * third;
    }

    public void Add(RollupClass other)
    {
        Count += other.Count;
        for (var q = 0; q < Probabilities.Length; q++) Probabilities[q] += other.Probabilities[q];
        (First, Second, Third) = (First + other.First, Second + other.Second, Third + other.Third);
    }

    /// <summary>The class as so many like terms of a sum.</summary>
    /// <param name="nodes">The scenarios of the period.</param>
    /// <param name="finer">Finer scenarios to state it for; null for those it was added up in.</param>
    public CompoundItem ToItem(FactorNodes nodes, FactorNodes? finer)
    {
        var mean = 0.0;
        for (var q = 0; q < Probabilities.Length; q++) mean += nodes.Weights[q] * Probabilities[q];
        return new CompoundItem(Amount(First / mean, Second / mean, Third / mean), [.. (finer is null ? Probabilities : Between(nodes, finer, mean)).Select(p => Math.Min(1, p / Count))], Count);
    }

    // The scenarios in between, on the polynomial through those that were added up; their mean stays.
    private double[] Between(FactorNodes nodes, FactorNodes finer, double mean)
    {
        var between = new double[finer.Nodes.Length];
        var total = 0.0;
        for (var k = 0; k < between.Length; k++)
        {
            var weights = Interpolation.Weights(nodes.Nodes, finer.Nodes[k]);
            for (var q = 0; q < weights.Length; q++) between[k] += weights[q] * Probabilities[q];
            between[k] = Math.Clamp(between[k], 0, Count);
            total += finer.Weights[k] * between[k];
        }
        for (var k = 0; k < between.Length; k++) between[k] *= mean / total;
        return between;
    }

    // Two atoms with the same first three moments (Gauss's rule of two nodes), which lie within the range of the amounts.
    private static AmountDistribution Amount(double first, double second, double third)
    {
        var variance = second - first * first;
        if (!(variance > 1e-12 * second)) return AmountDistribution.Fixed(first);
        var skewness = (third - 3 * first * second + 2 * first * first * first) / variance; // κ₃ / κ₂: the sum of both distances from the mean
        var root = Math.Sqrt(skewness * skewness + 4 * variance);
        var (below, above) = ((skewness - root) / 2, (skewness + root) / 2);
        if (first + below < 0 || !double.IsFinite(above)) (below, above) = (-first, variance / first);
        return AmountDistribution.FromAtoms([first + below, first + above], [above / (above - below), -below / (above - below)]);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Count);
        foreach (var probability in Probabilities) writer.Write(probability);
        writer.Write(First);
        writer.Write(Second);
        writer.Write(Third);
    }

    public static RollupClass Read(BinaryReader reader, int scenarios)
    {
        var read = new RollupClass(scenarios) { Count = reader.ReadInt32() };
        for (var q = 0; q < scenarios; q++) read.Probabilities[q] = reader.ReadDouble();
        (read.First, read.Second, read.Third) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
        return read;
    }
}
