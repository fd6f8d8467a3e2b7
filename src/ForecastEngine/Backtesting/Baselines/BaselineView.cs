using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// What a revenue baseline may look at: the history known at the origin, the open pipeline then, and the like windows of
/// earlier periods as they were known at their own origins. Shared by all baselines of a window; each look is computed once.
/// One view serves one thread.
/// </summary>
public sealed class BaselineView
{
    /// <summary>Baselines read a deal's state and no features.</summary>
    internal static FeatureSchema NoFeatures { get; } = new()
    {
        DecayDays = [], ActivityKinds = [], RateColumns = [], NumericAttributes = [], HasStages = false, HasAmounts = false, HasPlannedClose = false,
        HasActivities = false, HasAccounts = false, HasTimeOfDay = false, HasSeasons = false,
    };

    /// <summary>No closing at all, for reading states only.</summary>
    internal static GroupRates NoRates { get; } = GroupRates.From(new CrmHistory(new CrmFacts { Currency = "", Stages = [] }), []);

    private readonly Lazy<Closing?[]> _closings;
    private readonly Lazy<WonDeal[]> _won;
    private readonly Lazy<GroupRates> _rates;
    private readonly Lazy<SnapshotTaker> _taker;
    private readonly Lazy<IReadOnlyList<OpportunitySnapshot>> _pipeline;
    private readonly Lazy<double> _alreadyWon;
    private readonly Lazy<IReadOnlyList<LikeWindow>> _likeWindows;

    /// <param name="known">What is known at the window's origin: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="window">The window.</param>
    public BaselineView(CrmHistory known, BacktestWindow window)
    {
        if (known.ExportedAt > window.Cutoff.Instant)
            throw new ArgumentException($"Baselines of {window.Period.Label}: found a history until {known.ExportedAt:O}; expected what was known at the origin {window.Cutoff}. Pass CrmHistory.KnownAt of the origin.", nameof(known));
        (Known, Window) = (known, window);
        _closings = new(() => [.. Enumerable.Range(0, known.Opportunities.Length).Select(i => Closing.Final(known, i))]);
        _won = new(Won);
        _rates = new(() => GroupRates.From(known, []));
        _taker = new(() => new SnapshotTaker(known, new FeatureSet(NoFeatures), NoRates));
        _pipeline = new(() => PipelineAt(window.Cutoff));
        _alreadyWon = new(() => WonBetween(window.Period.From, window.Period.Until));
        _likeWindows = new(() => [.. FindLikeWindows()]);
    }

    /// <summary>What is known at the origin.</summary>
    public CrmHistory Known { get; }
    /// <summary>The window.</summary>
    public BacktestWindow Window { get; }
    /// <summary>Win rates of groups, as known at the origin.</summary>
    public GroupRates Rates => _rates.Value;
    /// <summary>The open deals at the origin.</summary>
    public IReadOnlyList<OpportunitySnapshot> Pipeline => _pipeline.Value;
    /// <summary>Revenue won in the window's period, as known at the origin. A won deal without an amount adds nothing.</summary>
    public double AlreadyWon => _alreadyWon.Value;

    /// <summary>
    /// Revenue won from the first day to the last, both included, as known at the origin: a deal counts on the day
    /// (UTC) of its closing with its last known amount, one without a close date not at all.
    /// </summary>
    public double WonBetween(DateOnly from, DateOnly until)
    {
        var sum = 0.0;
        foreach (var deal in WonDeals(from, until)) sum += deal.Amount;
        return sum;
    }

    /// <summary>Revenue of an earlier period as known at the origin; null where the history does not cover it whole or it is not over.</summary>
    public double? RevenueOf(Period period) => Covers(period) ? WonBetween(period.From, period.Until) : null;

    /// <summary>The newest earlier windows that are like this one, newest first: of the same kind of period, over by the origin, covered whole by the history.</summary>
    /// <param name="most">At most so many.</param>
    public IReadOnlyList<LikeWindow> LikeWindows(int most) => most >= _likeWindows.Value.Count ? _likeWindows.Value : [.. _likeWindows.Value.Take(most)];

    /// <summary>The closing in force at the origin of the deal at a position in the history; null while it is open.</summary>
    internal Closing? ClosingOf(int index) => _closings.Value[index];

    /// <summary>Won deals of the days from the first to the last, by day, then by creation.</summary>
    internal ReadOnlySpan<WonDeal> WonDeals(DateOnly from, DateOnly until)
    {
        var start = FirstOnOrAfter(from);
        var end = until == DateOnly.MaxValue ? _won.Value.Length : FirstOnOrAfter(until.AddDays(1));
        return start < end ? _won.Value.AsSpan(start..end) : [];
    }

    /// <summary>The deals open at a date up to the origin, as they were known then.</summary>
    internal List<OpportunitySnapshot> PipelineAt(AsOf asOf)
    {
        var pipeline = new List<OpportunitySnapshot>();
        for (var i = 0; i < Known.Opportunities.Length; i++)
        {
            if (_closings.Value[i] is { } closing && asOf.Knows(closing.RecordedAt)) continue;
            if (_taker.Value.Take(i, asOf) is { } snapshot) pipeline.Add(snapshot);
        }
        return pipeline;
    }

    private IEnumerable<LikeWindow> FindLikeWindows()
    {
        if (Known.Opportunities.Length == 0) yield break;
        var start = new DateTimeOffset(Window.Period.From.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var offset = Window.Cutoff.Instant - start;
        for (var period = Known.Calendar.Previous(Window.Period); HasBegunBy(period.From); period = Known.Calendar.Previous(period))
        {
            var origin = AsOf.At(new DateTimeOffset(period.From.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) + offset);
            if (origin.CompareTo(period.End) > 0) origin = period.End;
            if (Covers(period) && HasBegunBy(origin.Date)) yield return new LikeWindow(this, period, origin);
        }
    }

    private bool Covers(Period period) => HasBegunBy(period.From) && period.End.CompareTo(Window.Cutoff) <= 0;

    private bool HasBegunBy(DateOnly date) =>
        Known.Opportunities.Length > 0 && Known.Opportunities[0].CreatedAt <= new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private int FirstOnOrAfter(DateOnly day)
    {
        var (low, high) = (0, _won.Value.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_won.Value[middle].On < day) low = middle + 1; else high = middle;
        }
        return low;
    }

    private WonDeal[] Won()
    {
        var won = new List<WonDeal>();
        for (var i = 0; i < _closings.Value.Length; i++)
            if (_closings.Value[i] is { Won: true, IsUndated: false } closing) won.Add(new WonDeal(i, closing.On,
                (double)(closing.Amount ?? 0)));
        return [.. won.OrderBy(w => w.On).ThenBy(w => w.Index)];
    }

    /// <summary>A won deal: its position in the history, its day and what it brought.</summary>
    internal readonly record struct WonDeal(int Index, DateOnly On, double Amount);
}
