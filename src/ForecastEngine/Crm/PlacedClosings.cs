using ForecastEngine.Statistics;

namespace ForecastEngine.Crm;

/// <summary>
/// Gives a place in time to closings whose moment nobody told: those without a day
/// (<see cref="OpportunityChange.NotBefore"/>), and those of a day on which the CRM was tidied.
/// Each falls between the deal's last sign of life and what is known of its end, where the team's own deals of that
/// outcome fall: at a draw from the ages at which its dated
/// ones closed, of those inside the interval and one part in (n + 1) evenly over it. Pure: facts in, moments out, drawn
/// by the deal's id; it looks at nothing but the facts of this history,
/// so a history cut off earlier places by what was known then.
/// </summary>
internal sealed class PlacedClosings
{
    private const long Purpose = 71;
    private readonly CrmHistory _history;
    private readonly List<double> _wonAges = [];
    private readonly List<double> _lostAges = [];
    private readonly HashSet<DateOnly> _tidied;
    private bool _anyUndated;

    private PlacedClosings(CrmHistory history)
    {
        _history = history;
        var days = new Dictionary<DateOnly, int>();
        foreach (var (on, _, _) in Dated()) days[on] = days.GetValueOrDefault(on) + 1;
        Tidied = MassClosing.Find(days);
        _tidied = [.. Tidied.Select(d => d.On)];
        if (!_anyUndated && _tidied.Count == 0) return;
        foreach (var (on, age, kind) in Dated())
            if (!_tidied.Contains(on)) (kind == StageKind.Won ? _wonAges : _lostAges).Add(age);
        _wonAges.Sort();
        _lostAges.Sort();
    }

    // Closings with a day; what was closed by its birth was loaded then, not closed.
    private IEnumerable<(DateOnly On, double Age, StageKind Kind)> Dated()
    {
        for (var i = 0; i < _history.Opportunities.Length; i++)
            for (var c = 0; c < _history.ToldOf(i).Length; c++)
            {
                var change = _history.ToldOf(i)[c];
                if (KindOf(change) is not { } kind) continue;
                _anyUndated |= change.NotBefore is not null;
                var (on, at) = MomentOf(change);
                var age = (at - _history.Opportunities[i].CreatedAt).TotalDays;
                if (change.NotBefore is null && age > 0) yield return (on, age, kind);
            }
    }

    /// <summary>Days of mass closing.</summary>
    public IReadOnlyList<MassClosing> Tidied { get; }

    /// <summary>
    /// The day and the moment that a closing states: the end of its close date where that is another day than the one
    /// it was entered on.
    /// </summary>
    public static (DateOnly On, DateTimeOffset At) MomentOf(OpportunityChange closing)
    {
        var day = DateOnly.FromDateTime(closing.At.UtcDateTime);
        return closing.CloseOn is { } told && told != day ? (told, AsOf.EndOf(told).Instant) : (day, closing.At);
    }

    /// <summary>True when nobody told the day of some closing.</summary>
    public bool AnyUndated => _anyUndated;

    /// <summary>
    /// The changes of all deals with their closings in place; null where every closing has its own moment.
    /// </summary>
    public OpportunityChange[]? Changes { get; private set; }

    /// <summary>Places the closings of a history whose told changes and activities are arranged.</summary>
    public static PlacedClosings Of(CrmHistory history)
    {
        var placing = new PlacedClosings(history);
        if (!placing._anyUndated && placing.Tidied.Count == 0) return placing;
        var changes = new List<OpportunityChange>(history.ChangeCount);
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            var own = history.ToldOf(i).ToArray();
            if (placing.Place(i, own)) ChangeOrder.Sort(own);
            changes.AddRange(own);
        }
        placing.Changes = [.. changes];
        return placing;
    }

    // Closings in the order in which they were recorded: none is placed before what the deal went through until then.
    private bool Place(int index, Span<OpportunityChange> changes)
    {
        var deal = _history.Opportunities[index];
        var birth = deal.RecordedAt > deal.CreatedAt ? deal.RecordedAt : deal.CreatedAt;
        var (isPlaced, entered) = (false, birth);
        for (var c = 0; c < changes.Length; c++)
        {
            if (changes[c].Field != OpportunityField.Stage) continue;
            if (KindOf(changes[c]) is { } kind && IntervalOf(index, changes[c], entered, changes) is { } interval
                && interval.From < interval.Until)
            {
                var ages = kind == StageKind.Won ? _wonAges : _lostAges;
                var at = Draw(deal, changes[c], interval.From, interval.Until, ages);
                changes[c] = changes[c] with { NotBefore = interval.From, At = at, RecordedAt = at, CloseOn = interval.On };
                isPlaced = true;
            }
            if (changes[c].RecordedAt > entered) entered = changes[c].RecordedAt;
        }
        return isPlaced;
    }

    // After what and by when it happened, and the day its revenue belongs to; null where the closing has a moment of
    // its own.
    private (DateTimeOffset From, DateTimeOffset Until, DateOnly? On)? IntervalOf(int index, OpportunityChange closing,
        DateTimeOffset entered, ReadOnlySpan<OpportunityChange> changes)
    {
        if (closing.NotBefore is { } told) return (told > entered ? told : entered, closing.At, closing.CloseOn);
        var (on, at) = MomentOf(closing);
        if (!_tidied.Contains(on)) return null;
        var day = new DateTimeOffset(on.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var alive = entered;
        foreach (var change in changes)
            if (change.RecordedAt < day && change.RecordedAt > alive) alive = change.RecordedAt;
        foreach (var activity in _history.ActivitiesOf(index))
            if (activity.RecordedAt < day && activity.RecordedAt > alive) alive = activity.RecordedAt;
        return (alive, at, on);
    }

    private static DateTimeOffset Draw(Opportunity deal, OpportunityChange closing, DateTimeOffset from,
        DateTimeOffset until, List<double> ages)
    {
        var draw = CounterRandom.For(Purpose, CounterRandom.HashOf(deal.Id), closing.Sequence,
            CounterRandom.HashOf(closing.NewValue ?? ""));
        var (low, high) = ((from - deal.CreatedAt).TotalDays, (until - deal.CreatedAt).TotalDays);
        var (first, last) = (FirstAbove(ages, low), FirstAbove(ages, high));
        var slot = first + (int)(draw.Uniform(0) * (last - first + 1));
        var (start, end) = slot >= last ? (low, high)
            : (ages[slot], slot + 1 < last ? ages[slot + 1] : Math.Min(high, ages[slot] + 1));
        var days = start + draw.Uniform(1) * (end - start);
        var at = deal.CreatedAt.AddDays(days);
        return at > until ? until : at <= from ? from.AddTicks(1) : at;
    }

    private static int FirstAbove(List<double> sorted, double value)
    {
        var (low, high) = (0, sorted.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (sorted[middle] <= value) low = middle + 1; else high = middle;
        }
        return low;
    }

    private StageKind? KindOf(OpportunityChange change) =>
        change.Field == OpportunityField.Stage
            && _history.FindStage(change.NewValue) is { Kind: not StageKind.Open } stage ? stage.Kind : null;
}
