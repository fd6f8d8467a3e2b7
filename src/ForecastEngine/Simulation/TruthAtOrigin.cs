using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>The true win probability of one open opportunity.</summary>
/// <param name="OpportunityId">Its id.</param>
/// <param name="Probability">P* of the win that was asked for: by a day, or ever.</param>
public readonly record struct WinTruth(string OpportunityId, double Probability);

/// <summary>
/// What an oracle knows at the start of a week: every open opportunity with its hidden quality, the law, and the market
/// factor up to the week before. It does not look at open leads, whose conversions are new business to it.
/// </summary>
public sealed class TruthAtOrigin
{
    private readonly WorldCourse _course;
    private readonly Truth _truth;
    private readonly int _threads;
    private readonly List<(int Opportunity, OpportunityState State)> _open;

    internal TruthAtOrigin(WorldCourse course, Truth truth, int week, int threads)
    {
        (_course, _truth, Week, _threads) = (course, truth, week, threads);
        _open = course.OpenAt(week);
        OpenOpportunityIds = [.. _open.Select(o => course.IdOf(o.Opportunity))];
    }

    /// <summary>The origin: nothing of this week has happened.</summary>
    public int Week { get; }

    /// <summary>The last day whose events the oracle knows: the Sunday before the week.</summary>
    public DateOnly AsOf => _course.Options.FirstWeek.AddDays(7 * Week - 1);

    /// <summary>Opportunities that are really open, whether or not the CRM has been told.</summary>
    public IReadOnlyList<string> OpenOpportunityIds { get; }

    /// <summary>
    /// P* of every open opportunity: the probability of winning on or before <paramref name="until"/>, in the order of
    /// <see cref="OpenOpportunityIds"/>. Exact by forward recursion over the weekly Markov chain (stage by age), the week's activity
    /// integrated out, given the market; the market's futures are averaged over <paramref name="factorPaths"/> antithetic AR(1) paths.
    /// </summary>
    public WinTruth[] WonBy(DateOnly until, int factorPaths = 64) => Recursion(until, factorPaths);

    /// <summary>P*(won eventually) of every open opportunity, by the same recursion run until nothing is left open (at most ten years).</summary>
    public WinTruth[] WonEventually(int factorPaths = 64) => Recursion(null, factorPaths);

    /// <summary>
    /// The distribution of the revenue won in [<paramref name="from"/>, <paramref name="until"/>]: the world is played on
    /// <paramref name="futures"/> times from its latent state at the origin, new arrivals included. What was won in the
    /// window before the origin is a constant part. The number of threads changes nothing.
    /// </summary>
    public RevenueTruth Revenue(DateOnly from, DateOnly until, int futures = 600)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(futures, 1);
        var alreadyWon = (double)_truth.RevenueBetween(from, until < AsOf ? until : AsOf);
        var bought = _course.AccountsThatBoughtBefore(Week);
        var outcomes = new (double Revenue, int WinsOfOpen, int WinsOfNew)[futures];
        Parallel.For(0, futures, WorldWork.Options(_threads), i => outcomes[i] = Future(i, from, until, (bool[])bought.Clone()));
        return new RevenueTruth(
            [.. outcomes.Select(o => alreadyWon + o.Revenue)], alreadyWon,
            outcomes.Average(o => o.WinsOfOpen), outcomes.Average(o => o.WinsOfNew));
    }

    private (double Revenue, int WinsOfOpen, int WinsOfNew) Future(int future, DateOnly from, DateOnly until, bool[] bought)
    {
        var seed = SeedOfFuture(future);
        var population = new Population(_course.Law, _course.Market, bought);
        foreach (var (index, state) in _open) population.Add(_course.Opportunities[index], state);
        var (revenue, winsOfOpen, winsOfNew) = (0.0, 0, 0);
        var factor = FactorBefore();
        for (var week = Week; _course.Options.FirstWeek.AddDays(7 * week) <= until; week++)
        {
            factor = NextFactor(factor, week, seed, 1);
            population.Run(MarketWeek.Of(_course.Options, week, factor), seed);
            foreach (var move in population.Moves)
            {
                if (move.Kind != MoveKind.Win) continue;
                var day = _course.DateOf(move);
                if (day > until) continue;
                if (move.Opportunity < _open.Count) winsOfOpen++; else winsOfNew++;
                if (day >= from) revenue += move.After.Amount;
            }
        }
        return (revenue, winsOfOpen, winsOfNew);
    }

    private WinTruth[] Recursion(DateOnly? until, int factorPaths)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factorPaths, 1);
        var weeks = until is { } last ? Math.Max(0, (int)Math.Ceiling((last.DayNumber - AsOf.DayNumber) / 7.0)) : 520;
        var paths = new MarketWeek[factorPaths][];
        for (var p = 0; p < factorPaths; p++) paths[p] = FactorPath(p, weeks);
        var truths = new WinTruth[_open.Count];
        Parallel.For(0, truths.Length, WorldWork.Options(_threads), i =>
        {
            var (index, state) = _open[i];
            var probability = WinRecursion.Probability(_course.Law, _course.Opportunities[index], state.Stage, paths, until);
            truths[i] = new WinTruth(OpenOpportunityIds[i], probability);
        });
        return truths;
    }

    // Paths 2j and 2j + 1 mirror each other.
    private MarketWeek[] FactorPath(int path, int weeks)
    {
        var (seed, sign) = (SeedOfFuture(path / 2), path % 2 == 0 ? 1.0 : -1.0);
        var result = new MarketWeek[weeks];
        var factor = FactorBefore();
        for (var k = 0; k < weeks; k++)
        {
            factor = NextFactor(factor, Week + k, seed, sign);
            result[k] = MarketWeek.Of(_course.Options, Week + k, factor);
        }
        return result;
    }

    private double FactorBefore() => Week == 0 ? 0 : _course.Factors[Week - 1];

    private double NextFactor(double factor, int week, long seed, double sign) =>
        week == 0 ? _course.Law.FirstFactor(seed, sign) : _course.Law.NextFactor(factor, week, seed, sign);

    private long SeedOfFuture(int future) => (long)CounterRandom.For(_course.Options.Seed, Week, future, Draw.Future).Bits();
}
