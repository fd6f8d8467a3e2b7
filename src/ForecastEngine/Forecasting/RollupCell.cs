using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>What the open deals of one part (a team, an owner …) add to one period.</summary>
internal sealed class RollupCell
{
    public SortedDictionary<int, RollupClass> Classes { get; } = [];
    public int OpenDeals { get; private set; }
    public int Unsized { get; private set; }
    /// <summary>Deals in a currency without a rate.</summary>
    public MissingRates WithoutRate { get; private init; } = new();
    /// <summary>Σ share × p over all deals.</summary>
    public double Wins { get; private set; }
    /// <summary>Σ p × expected amount.</summary>
    public double Revenue { get; private set; }
    /// <summary>Σ amount × CRM probability of the deals planned to close in the period.</summary>
    public double Weighted { get; private set; }
    /// <summary>The deal that is expected to bring the most, as people call it.</summary>
    public (double Expected, string Name)? Largest { get; private set; }

    public void Add(OpenShare deal, double mean, ReadOnlySpan<double> probabilities, bool isPlanned, bool isPart)
    {
        OpenDeals++;
        Wins += deal.Share * mean;
        WithoutRate.Add(deal.WithoutRate);
        if (isPlanned) Weighted += deal.Weighted;
        if (deal.Size is not { } size)
        {
            Unsized++;
            return;
        }
        var expected = mean * size.Mean;
        Revenue += expected;
        Keep((expected, deal.Name));
        if (!(expected > 0)) return;
        var number = RollupClass.Of(size.Mean, mean, isPart);
        if (!Classes.TryGetValue(number, out var known)) Classes.Add(number, known = new RollupClass(probabilities.Length));
        known.Add(probabilities, mean, size);
    }

    public void Add(RollupCell other)
    {
        (OpenDeals, Unsized) = (OpenDeals + other.OpenDeals, Unsized + other.Unsized);
        (Wins, Revenue, Weighted) = (Wins + other.Wins, Revenue + other.Revenue, Weighted + other.Weighted);
        WithoutRate.Add(other.WithoutRate);
        if (other.Largest is { } largest) Keep(largest);
        foreach (var (number, more) in other.Classes)
            if (Classes.TryGetValue(number, out var known)) known.Add(more);
            else Classes.Add(number, more);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(OpenDeals);
        writer.Write(Unsized);
        writer.Write(Wins);
        writer.Write(Revenue);
        writer.Write(Weighted);
        writer.Write(Largest is not null);
        if (Largest is { } largest)
        {
            writer.Write(largest.Expected);
            writer.Write(largest.Name);
        }
        WithoutRate.Write(writer);
        writer.Write(Classes.Count);
        foreach (var (number, one) in Classes)
        {
            writer.Write(number);
            one.Write(writer);
        }
    }

    public static RollupCell Read(BinaryReader reader, int scenarios)
    {
        var cell = new RollupCell
        {
            OpenDeals = reader.ReadInt32(), Unsized = reader.ReadInt32(), Wins = reader.ReadDouble(), Revenue = reader.ReadDouble(), Weighted = reader.ReadDouble(),
            Largest = reader.ReadBoolean() ? (reader.ReadDouble(), reader.ReadString()) : null,
            WithoutRate = MissingRates.Read(reader),
        };
        for (var left = reader.ReadInt32(); left > 0; left--) cell.Classes.Add(reader.ReadInt32(), RollupClass.Read(reader, scenarios));
        return cell;
    }

    // Of equals the first by name, so that the order in which parts come does not matter.
    private void Keep((double Expected, string Name) deal)
    {
        if (Largest is not { } known || deal.Expected > known.Expected || deal.Expected == known.Expected && string.CompareOrdinal(deal.Name, known.Name) < 0) Largest = deal;
    }
}
