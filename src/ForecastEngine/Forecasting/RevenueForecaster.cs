using System.Collections.Immutable;
using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>
/// Adds up a scored pipeline to revenue by period: already won + from open deals + from deals not yet created, as an exact
/// distribution on a lattice under a common factor. Bands come from that distribution, not from a rule of thumb.
/// </summary>
public sealed class RevenueForecaster
{
    /// <summary>Levels of the bands.</summary>
    public static IReadOnlyList<double> Levels { get; } = [0.50, 0.80, 0.95];

    private readonly CrmHistory _history;
    private readonly AsOf _asOf;
    private readonly IReadOnlyList<ScoredOpportunity> _deals;
    private readonly CommonFactor _factor;
    private readonly double _momentVariance;
    private readonly NewBusiness _newBusiness;
    private readonly IReadOnlyList<WonDeal> _won;

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
    }

    /// <summary>The current and next two quarters, and the months of the current and the next quarter that are not over.</summary>
    public static IReadOnlyList<Period> DefaultPeriods(DateOnly asOf)
    {
        var quarter = Period.Quarter(asOf);
        var periods = new List<Period> { quarter, quarter.Next(), quarter.Next().Next() };
        for (var month = Period.Month(asOf); month.From <= periods[1].Until; month = month.Next()) periods.Add(month);
        return periods;
    }

    /// <summary>The forecast of a period, by one dimension: one entry for the company, or one per part.</summary>
    /// <param name="period">The period; must not be over.</param>
    /// <param name="dimension">By what to tell revenue apart.</param>
    /// <param name="latticeSize">Points of the lattice; a power of two.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    public IReadOnlyList<RevenueForecast> Forecast(Period period, Dimension dimension = Dimension.Company, int latticeSize = 4096, int threads = 1)
    {
        if (period.Until < _asOf.Date)
            throw new ArgumentException($"Forecast of {period.Label}: found a period that ended on {period.Until:yyyy-MM-dd}, before the as-of date {_asOf.Date:yyyy-MM-dd}; expected one that is not over. Choose a later period or an earlier as-of date.", nameof(period));
        var fromDays = Math.Max(0, (period.From.ToDateTime(TimeOnly.MinValue) - _asOf.Instant.UtcDateTime).TotalDays);
        var untilDays = (period.End.Instant - _asOf.Instant).TotalDays;
        var nodes = FactorNodes.For(_deals, _factor, _momentVariance, _asOf.Date, period);
        var expectedNew = _newBusiness.ExpectedWins(period, week => Math.Exp(_factor.ShiftAt(week)));
        // A month's new wins are worth what its quarter's are, so that months add up.
        var amountNew = _newBusiness.Amounts(Math.Max((Period.Quarter(period.From).End.Instant - _asOf.Instant).TotalDays, 30));
        var shares = dimension == Dimension.Company ? new Dictionary<string, double> { [""] = 1 } : _newBusiness.Shares(o => KeyOf(dimension, o.OwnerId, o.ProductId, o.Region));

        var items = _deals.Select(d => new Item(KeyOf(dimension, d.Score.OwnerId, d.Score.ProductId, d.Score.Region) ?? "", d, nodes.Probabilities(d.Curve, fromDays, untilDays))).ToLookup(i => i.Key, StringComparer.Ordinal);
        var won = _won.Where(w => period.Contains(w.On)).ToLookup(w => KeyOf(dimension, w.OwnerId, w.ProductId, w.Region) ?? "", StringComparer.Ordinal);
        var keys = items.Select(g => g.Key).Concat(won.Select(g => g.Key)).Concat(shares.Keys).Distinct().Order(StringComparer.Ordinal);
        return [.. keys.Select(key => Part(period, dimension, key, [.. items[key]], [.. won[key]], expectedNew * shares.GetValueOrDefault(key), amountNew, nodes, latticeSize, threads))];
    }

    private RevenueForecast Part(Period period, Dimension dimension, string key, List<Item> items, List<WonDeal> won, double expectedNew,
        AmountDistribution? amountNew, FactorNodes nodes, int latticeSize, int threads)
    {
        var sized = items.Where(i => i.Deal.Size is not null).ToList();
        var alreadyWon = won.Sum(w => w.Amount ?? 0);
        var arrivals = amountNew is null || expectedNew <= 0 ? null : new CompoundArrivals(amountNew, [.. nodes.Rates(expectedNew)], _newBusiness.Dispersion);
        var sum = new CompoundSum(sized.Select(i => new CompoundItem(i.Deal.Size!, [.. i.Probabilities])), arrivals, nodes.Weights);
        var distribution = sum.Distribution(latticeSize, maxDegreeOfParallelism: threads).Shift(alreadyWon);
        var fromOpen = sized.Sum(i => Mean(i.Probabilities, nodes) * i.Deal.Size!.Mean);
        var quota = QuotaOf(period, dimension, key);
        return new RevenueForecast
        {
            Period = period, Dimension = dimension, Key = key, Name = NameOf(dimension, key), Currency = _history.Currency,
            AlreadyWon = alreadyWon, FromOpen = fromOpen, FromNew = amountNew is null ? 0 : expectedNew * amountNew.Mean,
            Median = distribution.Quantile(0.5), Bands = [.. Levels.Select(level => distribution.Band(level))], Distribution = distribution,
            ExpectedWins = items.Sum(i => Mean(i.Probabilities, nodes)) + expectedNew, OpenDeals = items.Count,
            WeightedPipeline = items.Where(i => i.Deal.Score.PlannedCloseOn is { } on && period.Contains(on))
                .Sum(i => (double)(i.Deal.Score.Amount ?? 0) * (i.Deal.Score.CrmProbability ?? 0)),
            Quota = quota, ProbabilityToReachQuota = quota is null ? null : distribution.ProbabilityAtLeast((double)quota),
            Warnings = Doubts(items, sized, won.Count(w => w.Amount is null), nodes, fromOpen),
        };
    }

    private static List<string> Doubts(List<Item> items, List<Item> sized, int wonWithoutAmount, FactorNodes nodes, double fromOpen)
    {
        var doubts = new List<string>();
        if (items.Count - sized.Count is > 0 and var unsized) doubts.Add($"{Deals(unsized, "open")} no amount and no history to expect one from: nothing is added for {(unsized == 1 ? "it" : "them")}.");
        if (wonWithoutAmount > 0) doubts.Add($"{Deals(wonWithoutAmount, "won")} no amount: nothing is added for {(wonWithoutAmount == 1 ? "it" : "them")} to what is won.");
        if (sized.Count == 0 || fromOpen <= 0) return doubts;
        var largest = sized.MaxBy(i => Mean(i.Probabilities, nodes) * i.Deal.Size!.Mean)!;
        var share = Mean(largest.Probabilities, nodes) * largest.Deal.Size!.Mean / fromOpen;
        if (share > 0.25)
            doubts.Add(string.Create(CultureInfo.InvariantCulture, $"The band is wide because one deal of {sized.Count} open ones, {largest.Deal.Score.Name ?? largest.Deal.Score.OpportunityId}, makes {share:P0} of what is expected from open deals."));
        return doubts;
    }

    private static string Deals(int count, string kind) => count == 1 ? $"1 {kind} deal has" : $"{count} {kind} deals have";

    private static double Mean(double[] scenarios, FactorNodes nodes)
    {
        var mean = 0.0;
        for (var q = 0; q < scenarios.Length; q++) mean += nodes.Weights[q] * scenarios[q];
        return mean;
    }

    private string? KeyOf(Dimension dimension, string? ownerId, string? productId, string? region) => dimension switch
    {
        Dimension.Team => ownerId is null ? null : _history.SalesReps.GetValueOrDefault(ownerId)?.TeamId,
        Dimension.Owner => ownerId,
        Dimension.Product => productId,
        Dimension.Region => region,
        _ => "",
    };

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
            Dimension.Company => q.TeamId is null && q.OwnerId is null,
            Dimension.Team => q.TeamId == key && key.Length > 0,
            Dimension.Owner => q.OwnerId == key && key.Length > 0,
            _ => false,
        }).ToList();
        var exact = own.Where(q => q.From == period.From && q.Until == period.Until).ToList();
        if (exact.Count > 0) return exact.MaxBy(q => q.RecordedAt)!.Amount;
        var inside = own.Where(q => q.From >= period.From && q.Until <= period.Until).ToList();
        var days = inside.Sum(q => q.Until.DayNumber - q.From.DayNumber + 1);
        return days > 0 && days == period.Until.DayNumber - period.From.DayNumber + 1 ? inside.Sum(q => q.Amount) : null;
    }

    private sealed record Item(string Key, ScoredOpportunity Deal, double[] Probabilities);

}
