using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// Week by week, how many wins came of the deals that were open at its start, against how many a model trained before
/// expected: what the common factor of the market is filtered from. A win at a moment that was drawn
/// (<see cref="Closing.HasTime"/>) says nothing about the market: it is not counted, and as much less
/// is expected of its weeks.
/// </summary>
/// <remarks>
/// With D wins told and U drawn in the weeks t − 13 … t + 13, a win of week t has a time with probability f_t = D/(D +
/// U); the expected wins are thinned to Σ f p with variance Σ f p (1 − f p).
/// </remarks>
public static class MarketTracker
{
    private const int Parts = 16;

    /// <summary>One observation per whole week in (from, until], oldest first.</summary>
    /// <param name="model">Trained on nothing after <paramref name="from"/>.</param>
    /// <param name="history">What is known at <paramref name="until"/>.</param>
    /// <param name="rates">Group rates of that history.</param>
    /// <param name="from">Start of the first week.</param>
    /// <param name="until">No week ends after it.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static FactorObservation[] Observe(WinProbabilityModel model, CrmHistory history, GroupRates rates, AsOf from, AsOf until, int threads, CancellationToken cancellation = default)
    {
        var weeks = WeeksIn(from, until);
        var told = TimedShares(history, from, weeks);
        // As many parts as ever: sums are added in one order, whatever the number of threads.
        (double[] Won, double[] Expected, double[] Variance)[] parts = [.. Enumerable.Range(0, Parts).Select(_ => (new double[weeks], new double[weeks], new double[weeks]))];
        Walk(model, history, rates, from, until, threads, (part, week, p, won) =>
        {
            if (told is not null) p *= told[week];
            parts[part].Expected[week] += p;
            parts[part].Variance[week] += p * (1 - p);
            if (won) parts[part].Won[week]++;
        }, cancellation);
        var observations = new FactorObservation[weeks];
        for (var w = 0; w < weeks; w++) observations[w] = new FactorObservation(parts.Sum(p => p.Won[w]), parts.Sum(p => p.Expected[w]), parts.Sum(p => p.Variance[w]));
        return observations;
    }

    /// <summary>The same deal by deal: per week what the model expected of each deal that was open at its start, and 1 where it was won in it, else 0.</summary>
    public static (double[] Expected, double[] Won)[] ObserveDeals(WinProbabilityModel model, CrmHistory history, GroupRates rates, AsOf from, AsOf until, int threads, CancellationToken cancellation = default)
    {
        var weeks = WeeksIn(from, until);
        var told = TimedShares(history, from, weeks);
        List<(double P, bool Won)>[][] parts = [.. Enumerable.Range(0, Parts).Select(_ => Enumerable.Range(0, weeks).Select(_ => new List<(double, bool)>()).ToArray())];
        Walk(model, history, rates, from, until, threads, (part, week, p, won) =>
            parts[part][week].Add((told is null ? p : p * told[week], won)), cancellation);
        return [.. Enumerable.Range(0, weeks).Select(w => (parts.SelectMany(p => p[w]).Select(d => d.P).ToArray(), parts.SelectMany(p => p[w]).Select(d => d.Won ? 1.0 : 0).ToArray()))];
    }

    private static int WeeksIn(AsOf from, AsOf until) => Math.Max(0, (int)((until.Instant - from.Instant).TotalDays / 7));

    // Every deal at every week's start at which it was open. A part is walked by one thread, in one order.
    private static void Walk(WinProbabilityModel model, CrmHistory history, GroupRates rates, AsOf from, AsOf until, int threads, Action<int, int, double, bool> seen, CancellationToken cancellation)
    {
        var weeks = WeeksIn(from, until);
        var nextWeek = model.Until(7);
        AsOf[] starts = [.. Enumerable.Range(0, weeks + 1).Select(w => AsOf.At(from.Instant.AddDays(7 * w)))];
        Parallel.For(0, Parts, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, part =>
        {
            var taker = new SnapshotTaker(history, nextWeek.Features, rates);
            for (var i = part; i < history.Opportunities.Length; i += Parts)
            {
                var birth = history.Opportunities[i].CreatedAt;
                var first = Math.Max(0, (int)Math.Ceiling((birth - from.Instant).TotalDays / 7));
                var last = Closing.Final(history, i) is { } final ? Math.Min(weeks, (int)Math.Ceiling((final.RecordedAt - from.Instant).TotalDays / 7)) : weeks;
                if (first >= last) continue;
                foreach (var snapshot in taker.Take(i, starts[first..last]))
                {
                    var week = (int)Math.Round((snapshot.AsOf.Instant - from.Instant).TotalDays / 7);
                    var p = nextWeek.Evaluate(snapshot).WonWithin(7);
                    seen(part, week, p, Closing.FirstAfter(history, i, snapshot.AsOf) is { Won: true, HasTime: true } closing
                        && closing.At <= starts[week + 1].Instant);
                }
            }
        });
    }

    // Per week the share of the wins around it that have a time; null where all have.
    private static double[]? TimedShares(CrmHistory history, AsOf from, int weeks)
    {
        if (!history.HasPlacedClosings) return null;
        const int around = 13;
        var (timed, drawn) = (new double[weeks], new double[weeks]);
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            if (Closing.Final(history, i) is not { Won: true } closing) continue;
            var week = (int)Math.Floor((closing.At - from.Instant).TotalDays / 7);
            if (week >= 0 && week < weeks) (closing.HasTime ? timed : drawn)[week]++;
        }
        if (drawn.Sum() == 0) return null;
        var shares = new double[weeks];
        for (var week = 0; week < weeks; week++)
        {
            var (first, last) = (Math.Max(0, week - around), Math.Min(weeks, week + around + 1));
            var (told, lost) = (timed[first..last].Sum(), drawn[first..last].Sum());
            shares[week] = told + lost > 0 ? told / (told + lost) : 1;
        }
        return shares;
    }

    /// <summary>What the factor adds to the log odds of winning in each cell of the grid.</summary>
    public static double[] Shift(CommonFactor factor, TimeGrid grid)
    {
        var shift = new double[grid.Count];
        for (var k = 0; k < shift.Length; k++)
            shift[k] = factor.ShiftAt((int)((grid.Edges[k] + grid.Edges[k + 1]) / 2 / 7));
        return shift;
    }
}
