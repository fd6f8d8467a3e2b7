using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>
/// The cells of time ahead of a snapshot in which an outcome may fall: fine near, wide far. The unit is a day where the
/// team's deals are decided in days and a week where they take months; chosen from history and written on the model card.
/// </summary>
public sealed record TimeGrid
{
    private const int MaxCells = 64;

    /// <summary>Unit in days: 1 or 7.</summary>
    public required int UnitDays { get; init; }

    /// <summary>Cell k is [Edges[k], Edges[k + 1]) in days after the snapshot; Edges[0] = 0.</summary>
    public required IReadOnlyList<double> Edges { get; init; }

    /// <summary>Number of cells, at most 64.</summary>
    public int Count => Edges.Count - 1;

    /// <summary>Days covered.</summary>
    public double HorizonDays => Edges[^1];

    /// <summary>Time constants for decayed activity counts that fit the unit, in days.</summary>
    public IReadOnlyList<double> DecayDays => UnitDays == 1 ? [1, 5, 20] : [7, 28, 84];

    /// <summary>The cell that a moment falls into, or −1 beyond the horizon.</summary>
    public int CellOf(double days)
    {
        if (days >= HorizonDays) return -1;
        var cell = 0;
        while (days >= Edges[cell + 1]) cell++;
        return cell;
    }

    /// <summary>
    /// Chooses unit and horizon from the closed deals known in <paramref name="history"/> whose times can be trusted
    /// (<see cref="DealTimes"/>): days when the median won deal
    /// took under 45 days, weeks otherwise; the horizon holds 99 % of the closings and at most three quarters of the
    /// observed span. Cells: 14 of one unit, 8 of two, 8 of four, then of eight (sixteen past the fortieth).
    /// </summary>
    public static TimeGrid From(CrmHistory history)
    {
        var won = new List<double>();
        var closed = new List<double>();
        for (var i = 0; i < history.Opportunities.Length; i++)
            if (Closing.FirstAfter(history, i, AsOf.At(DateTimeOffset.MinValue)) is { } closing
                && DealTimes.DaysToClose(history.Opportunities[i], closing) is { } days)
            {
                closed.Add(days);
                if (closing.Won) won.Add(days);
            }
        won.Sort();
        closed.Sort();
        var median = won.Count > 0 ? won[won.Count / 2] : closed.Count > 0 ? closed[closed.Count / 2] : 90;
        var longest = closed.Count > 0 ? closed[(int)(0.99 * (closed.Count - 1))] : 365;
        var span = history.Opportunities.Length == 0 ? 365 : (history.ExportedAt - history.Opportunities[0].CreatedAt).TotalDays;
        return Create(median < 45 ? 1 : 7, Math.Min(longest, 0.75 * span));
    }

    /// <summary>A grid of the given unit that reaches at least <paramref name="horizonDays"/>.</summary>
    public static TimeGrid Create(int unitDays, double horizonDays)
    {
        var edges = new List<double> { 0 };
        while ((edges.Count <= 14 || edges[^1] < horizonDays) && edges.Count <= MaxCells)
        {
            var cell = edges.Count - 1;
            edges.Add(edges[^1] + unitDays * (cell < 14 ? 1 : cell < 22 ? 2 : cell < 30 ? 4 : cell < 40 ? 8 : 16));
        }
        return new TimeGrid { UnitDays = unitDays, Edges = edges };
    }
}
