using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// Week by week, how many wins came of the deals that were open at its start, against how many a model trained before
/// expected: what the common factor of the market is filtered from.
/// </summary>
public static class MarketTracker
{
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
        var weeks = Math.Max(0, (int)((until.Instant - from.Instant).TotalDays / 7));
        var observations = new FactorObservation[weeks];
        Parallel.For(0, weeks, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
            () => new SnapshotTaker(history, model.Features, rates),
            (week, _, taker) =>
            {
                var (start, end) = (AsOf.At(from.Instant.AddDays(7 * week)), AsOf.At(from.Instant.AddDays(7 * (week + 1))));
                var (won, expected, variance) = (0.0, 0.0, 0.0);
                for (var i = 0; i < history.Opportunities.Length && history.Opportunities[i].CreatedAt <= start.Instant; i++)
                {
                    if (taker.Take(i, start) is not { } snapshot) continue;
                    var p = model.Evaluate(snapshot).WonWithin(7);
                    expected += p;
                    variance += p * (1 - p);
                    if (Closing.FirstAfter(history, i, start) is { Won: true } closing && closing.At <= end.Instant) won++;
                }
                observations[week] = new FactorObservation(won, expected, variance);
                return taker;
            }, _ => { });
        return observations;
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
