using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>
/// Adds up a scored pipeline to revenue by period: already won + from open deals + from deals not yet created, as a
/// distribution on a lattice under a common factor. Bands come from that distribution, not from a rule of thumb. Up to 5,000
/// open deals it is exact; beyond, deals alike in amount and probability count as one class (<see cref="RevenueRollup"/>).
/// </summary>
public sealed class RevenueForecaster
{
    /// <summary>Levels of the bands.</summary>
    public static IReadOnlyList<double> Levels { get; } = [0.50, 0.80, 0.95];

    /// <summary>Up to how many open deals each is added up by itself. Of more, so many tell in which weeks wins are expected.</summary>
    public const int ExactDeals = 5_000;

    private const int MostScenarios = 513;
    private readonly CrmHistory _history;
    private readonly AsOf _asOf;
    private readonly IReadOnlyList<ScoredOpportunity> _deals;
    private readonly CommonFactor _factor;
    private readonly double _momentVariance;
    private readonly NewBusiness _newBusiness;
    private readonly IReadOnlyList<WonDeal> _won;
    private readonly DealShares _shares;
    private readonly IReadOnlyList<HistoryGap> _gaps;
    private readonly Dictionary<Period, (FactorNodes Nodes, double ExpectedNew)> _grounds = [];
    private readonly Dictionary<Period, double[][]> _probabilities = [];
    private readonly Lock _gate = new();

    /// <param name="history">What is known at the as-of date: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="asOf">Date of the forecast.</param>
    /// <param name="deals">The scored open pipeline at that date.</param>
    /// <param name="factor">The common factor after the last known week.</param>
    /// <param name="momentVariance">Its variance over whole windows.</param>
    /// <param name="newborns">How deals not yet created will fare; null to go by the recent past.</param>
    public RevenueForecaster(CrmHistory history, AsOf asOf, IReadOnlyList<ScoredOpportunity> deals, CommonFactor factor, double momentVariance, NewbornCurves? newborns = null)
    {
        (_history, _asOf, _deals, _factor, _momentVariance) = (history, asOf, deals, factor, momentVariance);
        _newBusiness = NewBusiness.From(history, asOf, newborns);
        _won = WonDeal.KnownAt(history, asOf);
        _shares = new DealShares(history, asOf);
        _gaps = HistoryGaps.OfTiming(history);
    }

    /// <summary>Of a calendar the current and next two quarters, and the months of the current and the next quarter
    /// that are not over.</summary>
    public static IReadOnlyList<Period> DefaultPeriods(BusinessCalendar calendar, DateOnly asOf)
    {
        var quarter = calendar.Quarter(asOf);
        var next = calendar.Next(quarter);
        return [quarter, next, calendar.Next(next), .. calendar.Months(asOf, next.Until)];
    }

    /// <summary>So many of a pipeline's deals, the same whoever draws them, in the order given: all up to <see cref="ExactDeals"/>, else those whose ids hash lowest.</summary>
    public static IReadOnlyList<T> Sample<T>(IReadOnlyList<T> deals, Func<T, string> id)
    {
        if (deals.Count <= ExactDeals) return deals;
        var hashes = deals.Select(d => CounterRandom.HashOf(id(d))).ToArray();
        var most = hashes.Order().ElementAt(ExactDeals);
        return [.. deals.Where((_, i) => hashes[i] < most)];
    }

    /// <summary>The forecast of a period, by one dimension: one entry for the company, or one per part.</summary>
    /// <param name="period">The period; must not be over.</param>
    /// <param name="dimension">By what to tell revenue apart.</param>
    /// <param name="latticeSize">Points of the lattice; a power of two.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    public IReadOnlyList<RevenueForecast> Forecast(Period period, Dimension dimension = Dimension.Company, int latticeSize = 4096, int threads = 1)
    {
        if (_deals.Count > ExactDeals) return Forecast(RollUp([new ForecastSlot(period, dimension)], _deals, threads), period, dimension, latticeSize, threads);
        var (nodes, _) = GroundOf(period);
        var probabilities = Probabilities(period, nodes);
        var items = _deals.SelectMany((d, i) => _shares.Of(dimension, d.Score).Select(p => (p.Key, Item: new Item(OpenShare.Of(d, p.Share), probabilities[i]))))
            .ToLookup(i => i.Key, i => i.Item, StringComparer.Ordinal);
        return Parts(period, dimension, items.Select(g => g.Key), key => Sums([.. items[key]], period, nodes), latticeSize, threads);
    }

    /// <summary>The forecast of a period from a roll-up of all open deals.</summary>
    /// <param name="rollup">Of <see cref="RollUp"/>, for this period and dimension among others; the shares of the pipeline added up.</param>
    /// <param name="period">The period; must not be over.</param>
    /// <param name="dimension">By what to tell revenue apart.</param>
    /// <param name="latticeSize">Points of the lattice at least; a power of two. More are taken where many wins are expected, which are small beside their sum.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    public IReadOnlyList<RevenueForecast> Forecast(RevenueRollup rollup, Period period, Dimension dimension = Dimension.Company, int latticeSize = 4096, int threads = 1)
    {
        var (slot, (nodes, _)) = (rollup.SlotOf(period, dimension), GroundOf(period));
        return Parts(period, dimension, rollup.Keys(slot), key => Sums(rollup.Find(slot, key), nodes), latticeSize, threads);
    }

    /// <summary>Adds open deals up for the forecasts asked for. Shares of the pipeline may be rolled up apart, by forecasters of the same pipeline.</summary>
    /// <param name="slots">What will be asked.</param>
    /// <param name="deals">All open deals or a share of them.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    public RevenueRollup RollUp(IReadOnlyList<ForecastSlot> slots, IReadOnlyList<ScoredOpportunity> deals, int threads = 1)
    {
        var rollup = new RevenueRollup(slots);
        if (deals.Count == 0) return rollup;
        Period[] periods = [.. slots.Select(s => s.Period).Distinct()];
        var nodes = periods.Select(p => GroundOf(p).Nodes).ToArray();
        var scenarios = new FactorScenarios([.. periods.Zip(nodes, (p, n) => (n, Days(p).From, Days(p).Until))], deals[0].Curve.Grid.Count);
        var (length, each) = (scenarios.Length, FactorNodes.Scenarios);
        var at = slots.Select(s => Array.IndexOf(periods, s.Period)).ToArray();
        var byDimension = slots.Select((s, i) => (s.Dimension, Slot: i)).GroupBy(s => s.Dimension, s => s.Slot).Select(g => (g.Key, Slots: g.ToArray())).ToArray();
        const int chunk = 8192;
        var probabilities = new double[Math.Min(chunk, deals.Count) * length];
        for (var first = 0; first < deals.Count; first += chunk)
        {
            var count = Math.Min(chunk, deals.Count - first);
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => scenarios.Write(deals[first + i].Curve, probabilities.AsSpan(i * length, length)));
            for (var i = 0; i < count; i++)
            {
                var deal = deals[first + i];
                foreach (var (dimension, dimensionSlots) in byDimension)
                {
                    foreach (var (key, share) in _shares.Of(dimension, deal.Score))
                    {
                        var open = OpenShare.Of(deal, share);
                        foreach (var slot in dimensionSlots)
                        {
                            var own = probabilities.AsSpan(i * length + at[slot] * each, each);
                            rollup.Add(slot, key, open, Mean(own, nodes[at[slot]]), own, deal.Score.PlannedCloseOn is { } on && slots[slot].Period.Contains(on));
                        }
                    }
                }
            }
        }
        return rollup;
    }

    private List<RevenueForecast> Parts(Period period, Dimension dimension, IEnumerable<string> openKeys, Func<string, OpenSums> open, int latticeSize, int threads)
    {
        var (nodes, expectedNew) = GroundOf(period);
        // A month's new wins are worth what its quarter's are, so that months add up.
        var amountNew = _newBusiness.Amounts(Math.Max((_history.Calendar.Quarter(period.From).End.Instant - _asOf.Instant).TotalDays, 30));
        var shares = dimension == Dimension.Company ? new Dictionary<string, double> { [""] = 1 } : _newBusiness.Shares((born, pipeline) => _shares.Of(dimension, born, pipeline));
        var won = _won.Where(w => period.Contains(w.On)).SelectMany(w => _shares.Divide(dimension, w)).ToLookup(w => w.Key, w => w.Part, StringComparer.Ordinal);
        string[] keys = [.. openKeys.Concat(won.Select(g => g.Key)).Concat(shares.Keys).Distinct().Order(StringComparer.Ordinal)];
        return [.. keys.Select(key => Part(period, dimension, key, open(key), [.. won[key]], expectedNew * shares.GetValueOrDefault(key), amountNew, nodes, latticeSize, threads))];
    }

    private RevenueForecast Part(Period period, Dimension dimension, string key, OpenSums open, List<WonDeal> won, double expectedNew,
        AmountDistribution? amountNew, FactorNodes nodes, int latticeSize, int threads)
    {
        var alreadyWon = won.Sum(w => w.Amount ?? 0);
        var distribution = Distribution(open, nodes, latticeSize, threads, n => amountNew is null || expectedNew <= 0 ? null : new CompoundArrivals(amountNew, [.. n.Rates(expectedNew)], _newBusiness.Dispersion)).Shift(alreadyWon);
        var (quota, gaps) = (QuotaOf(period, dimension, key), dimension == Dimension.Company ? _gaps : []);
        return new RevenueForecast
        {
            Period = period, Dimension = dimension, Key = key, Name = NameOf(dimension, key), Currency = _history.Currency,
            AlreadyWon = alreadyWon, FromOpen = open.Revenue, FromNew = amountNew is null ? 0 : expectedNew * amountNew.Mean,
            Median = distribution.Quantile(0.5), Bands = [.. Levels.Select(level => distribution.Band(level))], Distribution = distribution,
            ExpectedWins = open.Wins + expectedNew, OpenDeals = open.Deals,
            WeightedPipeline = open.Weighted,
            Quota = quota, ProbabilityToReachQuota = quota is null ? null : distribution.ProbabilityAtLeast((double)quota),
            Warnings = [.. Doubts(open, won), .. gaps.Select(g => g.InWords(_history.Currency))],
            Gaps = gaps.Count == 0 ? null : gaps,
        };
    }

    private static LatticeDistribution Distribution(OpenSums open, FactorNodes nodes, int latticeSize, int threads, Func<FactorNodes, CompoundArrivals?> arrivals)
    {
        var sum = new CompoundSum(open.Items(null), arrivals(nodes), nodes.Weights);
        if (!open.IsRolledUp) return sum.Distribution(latticeSize, maxDegreeOfParallelism: threads);
        // What is left to chance within a scenario must blur the step to the next one, or scenarios show as peaks.
        const int middle = FactorNodes.Scenarios / 2;
        var (step, spread) = (Math.Abs(sum.MeanAt(middle + 1) - sum.MeanAt(middle)), Math.Sqrt(sum.VarianceAt(middle)));
        if (step > 1.5 * spread)
        {
            var count = Math.Min(MostScenarios, FactorNodes.Scenarios * (int)Math.Ceiling(step / (1.5 * spread)) | 1);
            var finer = nodes.Finer(count);
            sum = new CompoundSum(open.Items(finer), arrivals(finer), finer.Weights);
        }
        // An amount that falls between two points is shared by them, which adds to the variance of the sum at most mean × distance.
        while (latticeSize < 65536 && open.Wins > latticeSize / 4) latticeSize *= 2;
        return sum.Distribution(latticeSize, maxDegreeOfParallelism: threads);
    }

    private static OpenSums Sums(List<Item> items, Period period, FactorNodes nodes)
    {
        var sized = items.Where(i => i.Deal.Size is not null).ToList();
        var largest = sized.Count == 0 ? null : sized.MaxBy(i => Mean(i.Probabilities, nodes) * i.Deal.Size!.Mean)!;
        return new OpenSums(items.Count, items.Count - sized.Count, items.Sum(i => i.Deal.Share * Mean(i.Probabilities, nodes)), sized.Sum(i => Mean(i.Probabilities, nodes) * i.Deal.Size!.Mean),
            items.Where(i => i.Deal.Score.PlannedCloseOn is { } on && period.Contains(on)).Sum(i => i.Deal.Weighted),
            largest is null ? null : (Mean(largest.Probabilities, nodes) * largest.Deal.Size!.Mean, largest.Deal.Name), Missing(items.Select(i => i.Deal.WithoutRate)),
            _ => sized.Select(i => new CompoundItem(i.Deal.Size!, [.. i.Probabilities])), IsRolledUp: false);
    }

    // Large classes first: they end the product soonest.
    private static OpenSums Sums(RollupCell? cell, FactorNodes nodes) => cell is null ? new OpenSums(0, 0, 0, 0, 0, null, new MissingRates(), _ => [], IsRolledUp: true)
        : new OpenSums(cell.OpenDeals, cell.Unsized, cell.Wins, cell.Revenue, cell.Weighted, cell.Largest, cell.WithoutRate,
            finer => cell.Classes.OrderByDescending(c => c.Value.Second).ThenBy(c => c.Key).Select(c => c.Value.ToItem(nodes, finer)), IsRolledUp: true);

    private (double From, double Until) Days(Period period) =>
        (Math.Max(0, (period.From.ToDateTime(TimeOnly.MinValue) - _asOf.Instant.UtcDateTime).TotalDays), (period.End.Instant - _asOf.Instant).TotalDays);

    private (FactorNodes Nodes, double ExpectedNew) GroundOf(Period period)
    {
        if (period.Until < _asOf.Date)
            throw new ArgumentException($"Forecast of {period.Label}: found a period that ended on {period.Until:yyyy-MM-dd}, before the as-of date {_asOf.Date:yyyy-MM-dd}; expected one that is not over. Choose a later period or an earlier as-of date.", nameof(period));
        lock (_gate)
        {
            if (!_grounds.TryGetValue(period, out var ground))
                _grounds.Add(period, ground = (FactorNodes.For(Sample(_deals, d => d.Score.OpportunityId), _factor, _momentVariance, _asOf.Date, period),
                    _newBusiness.ExpectedWins(period, week => Math.Exp(_factor.ShiftAt(week)))));
            return ground;
        }
    }

    private double[][] Probabilities(Period period, FactorNodes nodes)
    {
        lock (_gate)
        {
            var (from, until) = Days(period);
            if (!_probabilities.TryGetValue(period, out var known)) _probabilities.Add(period, known = [.. _deals.Select(d => nodes.Probabilities(d.Curve, from, until))]);
            return known;
        }
    }

    private static MissingRates Missing(IEnumerable<Money?> amounts)
    {
        var missing = new MissingRates();
        foreach (var amount in amounts) missing.Add(amount);
        return missing;
    }

    private static List<string> Doubts(OpenSums open, List<WonDeal> won)
    {
        var (wonWithoutAmount, wonWithoutRate) = (won.Count(w => w.Amount is null && w.WithoutRate is null), Missing(won.Select(w => w.WithoutRate)));
        var doubts = new List<string>();
        if (open.Unsized > 0) doubts.Add($"{Deals(open.Unsized, "open")} no amount and no history to expect one from: nothing is added for {(open.Unsized == 1 ? "it" : "them")}.");
        if (wonWithoutAmount > 0) doubts.Add($"{Deals(wonWithoutAmount, "won")} no amount: nothing is added for {(wonWithoutAmount == 1 ? "it" : "them")} to what is won.");
        if (wonWithoutRate.Deals > 0) doubts.Add($"{Deals(wonWithoutRate.Deals, "won")} an amount without a rate, {wonWithoutRate} in all: nothing is added for it to what is won. Import the rates.");
        if (open.WithoutRate.Deals > 0) doubts.Add($"{Deals(open.WithoutRate.Deals, "open")} an amount without a rate, {open.WithoutRate} in all: it counts as unknown. Import the rates.");
        if (open.Largest is not { } largest || open.Revenue <= 0) return doubts;
        var share = largest.Expected / open.Revenue;
        if (share > 0.25)
            doubts.Add(string.Create(CultureInfo.InvariantCulture, $"The band is wide because one deal of {open.Deals - open.Unsized} open ones, {largest.Name}, makes {share:P0} of what is expected from open deals."));
        return doubts;
    }

    private static string Deals(int count, string kind) => count == 1 ? $"1 {kind} deal has" : $"{count} {kind} deals have";

    private static double Mean(ReadOnlySpan<double> scenarios, FactorNodes nodes)
    {
        var mean = 0.0;
        for (var q = 0; q < scenarios.Length; q++) mean += nodes.Weights[q] * scenarios[q];
        return mean;
    }

    private string NameOf(Dimension dimension, string key) => dimension switch
    {
        Dimension.Company => "Company",
        _ when key.Length == 0 => "(none)",
        Dimension.Team => _history.Teams.GetValueOrDefault(key)?.Name ?? key,
        Dimension.Owner => _history.SalesReps.GetValueOrDefault(key)?.Name ?? key,
        Dimension.Product => _history.Products.GetValueOrDefault(key)?.Name ?? key,
        _ => key,
    };

    // A quota counts when it was set for just this period and part, or for the months that make up this quarter.
    private decimal? QuotaOf(Period period, Dimension dimension, string key)
    {
        var own = _history.Quotas.Where(q => _asOf.Knows(q.RecordedAt) && dimension switch
        {
            Dimension.Company => q is { TeamId: null, OwnerId: null, Pipeline: null },
            Dimension.Team => q.TeamId == key && key.Length > 0,
            Dimension.Owner => q.OwnerId == key && key.Length > 0,
            Dimension.Pipeline => q.Pipeline == key && key.Length > 0,
            _ => false,
        }).ToList();
        var exact = own.Where(q => q.From == period.From && q.Until == period.Until).ToList();
        if (exact.Count > 0) return Converted(exact.MaxBy(q => q.RecordedAt)!);
        var inside = own.Where(q => q.From >= period.From && q.Until <= period.Until).ToList();
        var days = inside.Sum(q => q.Until.DayNumber - q.From.DayNumber + 1);
        return days > 0 && days == period.Until.DayNumber - period.From.DayNumber + 1 && inside.All(q => Converted(q) is not null) ? inside.Sum(Converted) : null;
    }

    private decimal? Converted(Quota quota) => new Money(quota.Amount, quota.Currency).ToHistoryCurrency(_history, _asOf.Date, _asOf);

    private sealed record Item(OpenShare Deal, double[] Probabilities);

    /// <summary>The open deals of a part, added up; its items stated for the period's scenarios, or for finer ones.</summary>
    private sealed record OpenSums(int Deals, int Unsized, double Wins, double Revenue, double Weighted, (double Expected, string Name)? Largest, MissingRates WithoutRate, Func<FactorNodes?, IEnumerable<CompoundItem>> Items, bool IsRolledUp);
}
