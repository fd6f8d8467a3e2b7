namespace ForecastEngine.Crm;

/// <summary>
/// All that the CRM told us and when, arranged per opportunity. Immutable. The only code that may look into an
/// opportunity's changes and activities is Snapshots, which takes an <see cref="AsOf"/> for every look.
/// </summary>
/// <remarks>
/// All instants in it are business time: what the wall clock of the <see cref="Calendar"/>'s zone shows, written with
/// offset zero. So the day, hour and weekday of an
/// instant are the business's, and a history of Auckland reads like the same one of UTC. Storage keeps UTC and turns it
/// into business time where it loads a history;
/// <see cref="BusinessCalendar.ToInstant"/> turns it back where people or programs are shown an instant.
/// </remarks>
public sealed class CrmHistory
{
    private readonly OpportunityChange[] _told;
    private readonly OpportunityChange[] _changes;
    private readonly int[] _changeStarts;
    private readonly Activity[] _activities;
    private readonly int[] _activityStarts;
    private readonly int[] _lineItemStarts;
    private readonly int[] _splitStarts;
    private readonly Dictionary<string, int> _indexOf;
    private readonly HashSet<int> _corrected = [];
    private readonly bool _hasGone;
    private readonly Dictionary<string, Stage> _stages;
    private readonly IReadOnlyList<Stage> _toldStages;
    private readonly IReadOnlyList<SalesPipeline> _toldPipelines;
    private readonly TeamMemberships _members;

    /// <summary>Arranges <paramref name="facts"/>. Changes, activities, line items and splits of unknown opportunities are not kept: an import rejects them before.</summary>
    public CrmHistory(CrmFacts facts)
    {
        (_toldStages, _toldPipelines) = (facts.Stages, facts.Pipelines);
        facts = RevenueFacts.Of(facts);
        Currency = facts.Currency;
        Calendar = facts.Calendar;
        IsDegraded = facts.IsDegraded;
        Pipelines = [.. facts.Pipelines.OrderBy(p => p.Name, StringComparer.Ordinal)];
        Stages = [.. facts.Stages
            .OrderBy(s => s.Pipeline, StringComparer.Ordinal).ThenBy(s => s.Order)
            .ThenBy(s => s.Name, StringComparer.Ordinal)];
        _stages = Stages.ToDictionary(s => s.Name, StringComparer.Ordinal);
        Opportunities = [.. facts.Opportunities.OrderBy(o => o.CreatedAt).ThenBy(o => o.Id, StringComparer.Ordinal)];
        _indexOf = new Dictionary<string, int>(Opportunities.Length, StringComparer.Ordinal);
        for (var i = 0; i < Opportunities.Length; i++) _indexOf.Add(Opportunities[i].Id, i);
        (_told, _changeStarts) = Arrange(facts.Changes, c => c.OpportunityId);
        for (var i = 0; i < Opportunities.Length; i++)
        {
            ChangeOrder.Sort(_told.AsSpan(_changeStarts[i].._changeStarts[i + 1]));
            foreach (ref readonly var change in ToldOf(i))
            {
                if (change.LearnedAt is not null || change.SupersededAt is not null) _corrected.Add(i);
                _hasGone |= change.Field == OpportunityField.Gone;
            }
        }
        (_activities, _activityStarts) = Arrange(facts.Activities, a => a.OpportunityId);
        for (var i = 0; i < Opportunities.Length; i++) ChangeOrder.SortStably(_activities.AsSpan(_activityStarts[i].._activityStarts[i + 1]), Compare);
        var placing = PlacedClosings.Of(this);
        _changes = placing.Changes ?? _told;
        (MassClosings, HasUndatedClosings) = (placing.Tidied, placing.AnyUndated);
        Leads = [.. facts.Leads.OrderBy(l => l.CreatedAt).ThenBy(l => l.Id, StringComparer.Ordinal)];
        Accounts = facts.Accounts.ToDictionary(a => a.Id, StringComparer.Ordinal);
        Products = facts.Products.ToDictionary(p => p.Id, StringComparer.Ordinal);
        (LineItems, _lineItemStarts) = Arrange(facts.LineItems, l => l.OpportunityId);
        for (var i = 0; i < Opportunities.Length; i++)
            ChangeOrder.SortStably(LineItems.AsSpan(_lineItemStarts[i].._lineItemStarts[i + 1]), (a, b) => string.CompareOrdinal(a.Id, b.Id));
        (Splits, _splitStarts) = Arrange(facts.Splits, s => s.OpportunityId);
        SalesReps = facts.SalesReps.ToDictionary(r => r.Id, StringComparer.Ordinal);
        Teams = facts.Teams.ToDictionary(t => t.Id, StringComparer.Ordinal);
        Memberships = facts.Memberships;
        _members = new TeamMemberships(SalesReps, Memberships);
        Quotas = facts.Quotas;
        CustomColumns = facts.CustomColumns.ToDictionary(c => c.Name, StringComparer.Ordinal);
        Rates = facts.Rates.Count == 0 ? ExchangeRates.None : new ExchangeRates(facts.Rates);
        ExportedAt = facts.ExportedAt ?? LatestRecorded();
    }

    /// <summary>The currency that snapshots and forecasts are told in; facts keep their own.</summary>
    public string Currency { get; }
    /// <summary>The business calendar that instants and periods follow.</summary>
    public BusinessCalendar Calendar { get; }
    /// <summary>When the data was taken from the CRM, in business time.</summary>
    public DateTimeOffset ExportedAt { get; }
    /// <summary>When the data was taken from the CRM, as an instant: the data timestamp every answer carries.</summary>
    public DateTimeOffset DataTimestamp => Calendar.ToInstant(ExportedAt);
    /// <summary>True when there is no stage history.</summary>
    public bool IsDegraded { get; }
    /// <summary>Stages by pipeline, then order; none of a pipeline that is no revenue.</summary>
    public Stage[] Stages { get; }
    /// <summary>Sales pipelines by name, but those that are no revenue; empty where there is one process only.</summary>
    public IReadOnlyList<SalesPipeline> Pipelines { get; }
    /// <summary>True when there are several pipelines.</summary>
    public bool HasPipelines => Pipelines.Count > 1;
    /// <summary>Opportunities by creation, then id.</summary>
    public Opportunity[] Opportunities { get; }
    /// <summary>Leads by creation, then id.</summary>
    public Lead[] Leads { get; }
    /// <summary>Accounts by id.</summary>
    public IReadOnlyDictionary<string, Account> Accounts { get; }
    /// <summary>Products by id.</summary>
    public IReadOnlyDictionary<string, Product> Products { get; }
    /// <summary>Line items, in the order of their opportunities, then by id.</summary>
    public LineItem[] LineItems { get; }
    /// <summary>Shares of people in opportunities, in the order of these.</summary>
    public OpportunitySplit[] Splits { get; }
    /// <summary>Sales reps by id.</summary>
    public IReadOnlyDictionary<string, SalesRep> SalesReps { get; }
    /// <summary>Teams by id.</summary>
    public IReadOnlyDictionary<string, Team> Teams { get; }
    /// <summary>Since when who is in which team. Like reps and teams it is not cut at a date: ask <see cref="TeamOf"/> of a day.</summary>
    public IReadOnlyList<TeamMembership> Memberships { get; }
    /// <summary>Quotas.</summary>
    public IReadOnlyList<Quota> Quotas { get; }
    /// <summary>Custom columns that an import told of, by name.</summary>
    public IReadOnlyDictionary<string, CustomColumn> CustomColumns { get; }
    /// <summary>Exchange rates into <see cref="Currency"/>.</summary>
    public ExchangeRates Rates { get; }
    /// <summary>
    /// Days on which the CRM was tidied, in order. Closings of such a day keep it for revenue; as to timing they are
    /// spread like those without a day.
    /// </summary>
    public IReadOnlyList<MassClosing> MassClosings { get; }
    /// <summary>True when nobody told the day of some closing.</summary>
    public bool HasUndatedClosings { get; }
    /// <summary>True when some closing stands at a moment that was drawn.</summary>
    public bool HasPlacedClosings => !ReferenceEquals(_changes, _told);
    /// <summary>How many changes of known opportunities there are.</summary>
    public int ChangeCount => _told.Length;
    /// <summary>How many activities on known opportunities there are.</summary>
    public int ActivityCount => _activities.Length;

    /// <summary>The stage of that name, or null.</summary>
    public Stage? FindStage(string? name) => name is not null && _stages.TryGetValue(name, out var stage) ? stage : null;

    /// <summary>The pipeline of a deal in that stage; null without one.</summary>
    public string? PipelineOf(string? stage) => FindStage(stage)?.Pipeline;

    /// <summary>The team that a person was in on a day; null for none.</summary>
    public string? TeamOf(string? repId, DateOnly on) => _members.TeamOf(repId, on);

    /// <summary>Position of an opportunity in <see cref="Opportunities"/>, or −1.</summary>
    public int IndexOf(string opportunityId) => _indexOf.GetValueOrDefault(opportunityId, -1);

    /// <summary>
    /// All changes of the opportunity at <paramref name="index"/>, in the order in which they were recorded; a
    /// corrected one and its
    /// correction both stand here. A closing whose moment nobody told stands where its own was drawn, with
    /// <see cref="OpportunityChange.NotBefore"/> saying since when it may have been; <see cref="ToldOf"/> has it as it
    /// was told. To ask what was known, use <see cref="KnownChanges"/>.
    /// </summary>
    public ReadOnlySpan<OpportunityChange> ChangesOf(int index) => _changes.AsSpan(_changeStarts[index].._changeStarts[index + 1]);

    /// <summary>Changes of the opportunity at <paramref name="index"/> as known at <paramref name="asOf"/>, in the
    /// order in which they were recorded.</summary>
    public ReadOnlySpan<OpportunityChange> KnownChanges(int index, AsOf asOf)
    {
        var all = ChangesOf(index);
        if (_corrected.Contains(index)) return all.ToArray().Where(c => c.IsKnownAt(asOf.Instant)).ToArray();
        var known = all.Length;
        while (known > 0 && !asOf.Knows(all[known - 1].RecordedAt)) known--;
        return all[..known];
    }

    /// <summary>Changes of the opportunity at <paramref name="index"/> as they stand at the end of the history:
    /// corrected ones are left out.</summary>
    public ReadOnlySpan<OpportunityChange> FinalChanges(int index) => _corrected.Contains(index) ? KnownChanges(index, AsOf.EndOfTime) : ChangesOf(index);

    /// <summary>True when facts of the opportunity at <paramref name="index"/> were corrected, so that what is known
    /// does not only grow.</summary>
    internal bool IsCorrected(int index) => _corrected.Contains(index);

    /// <summary>Why the opportunity at <paramref name="index"/> is gone from the CRM, as known at
    /// <paramref name="asOf"/>; null while it is there.</summary>
    public string? GoneAt(int index, AsOf asOf)
    {
        if (!_hasGone) return null;
        string? gone = null;
        foreach (var change in KnownChanges(index, asOf)) if (change.Field == OpportunityField.Gone) gone = change.NewValue;
        return gone;
    }

    /// <summary>The same as they were told: what <see cref="ToFacts"/> and <see cref="KnownAt"/> hand on.</summary>
    public ReadOnlySpan<OpportunityChange> ToldOf(int index) =>
        _told.AsSpan(_changeStarts[index].._changeStarts[index + 1]);

    /// <summary>Activities of the opportunity at <paramref name="index"/>, in the order in which they were recorded.</summary>
    public ReadOnlySpan<Activity> ActivitiesOf(int index) => _activities.AsSpan(_activityStarts[index].._activityStarts[index + 1]);

    /// <summary>Line items of the opportunity at <paramref name="index"/>, by id.</summary>
    public ReadOnlySpan<LineItem> LineItemsOf(int index) => LineItems.AsSpan(_lineItemStarts[index].._lineItemStarts[index + 1]);

    /// <summary>Shares of people in the opportunity at <paramref name="index"/>.</summary>
    public ReadOnlySpan<OpportunitySplit> SplitsOf(int index) => Splits.AsSpan(_splitStarts[index].._splitStarts[index + 1]);

    /// <summary>
    /// The history as it stood then: every fact recorded after <paramref name="asOf"/> is left out, and so are
    /// opportunities that were
    /// gone from the CRM by then. Training and backtests start from here, so nothing later can reach a model.
    /// </summary>
    public CrmHistory KnownAt(AsOf asOf) => new(new CrmFacts
    {
        Currency = Currency,
        Calendar = Calendar,
        IsDegraded = IsDegraded,
        CustomColumns = [.. CustomColumns.Values],
        ExportedAt = ExportedAt < asOf.Instant ? ExportedAt : asOf.Instant,
        Stages = _toldStages,
        Pipelines = _toldPipelines,
        Opportunities = [.. Opportunities.Where((o, i) => asOf.Knows(o.RecordedAt) && GoneAt(i, asOf) is null)],
        Changes = [.. _told.Where(c => asOf.Knows(c.RecordedAt) && !(c.LearnedAt > asOf.Instant))
            .Select(c => c.SupersededAt > asOf.Instant ? c with { SupersededAt = null } : c), .. ClosedBy(asOf)],
        Activities = [.. _activities.Where(a => asOf.Knows(a.RecordedAt))],
        Leads = [.. Leads.Where(l => asOf.Knows(l.RecordedAt)).Select(l => l with
        {
            ConvertedAt = l.ConvertedAt is { } c && asOf.Knows(c) ? l.ConvertedAt : null,
            OpportunityId = l.ConvertedAt is { } d && asOf.Knows(d) ? l.OpportunityId : null,
            DisqualifiedAt = l.DisqualifiedAt is { } q && asOf.Knows(q) ? l.DisqualifiedAt : null,
        })],
        Accounts = [.. Accounts.Values.Where(a => asOf.Knows(a.RecordedAt))],
        Products = [.. Products.Values.Where(p => asOf.Knows(p.RecordedAt))],
        LineItems = [.. LineItems.Where(l => asOf.Knows(l.RecordedAt))],
        Splits = [.. Splits.Where(s => asOf.Knows(s.RecordedAt))],
        SalesReps = [.. SalesReps.Values],
        Memberships = Memberships,
        Teams = [.. Teams.Values],
        Quotas = [.. Quotas.Where(q => asOf.Knows(q.RecordedAt))],
        Rates = [.. Rates.KnownAt(asOf).All],
    });

    // A closing without a day, of a deal that one export told from its birth to its end: like the dated ones of that
    // export it counts as recorded when it happened, so by its drawn moment. When before then is drawn anew, from what was known.
    private List<OpportunityChange> ClosedBy(AsOf asOf)
    {
        var closed = new List<OpportunityChange>();
        if (!HasUndatedClosings || asOf.Instant >= ExportedAt) return closed;
        for (var i = 0; i < Opportunities.Length; i++)
        {
            var birth = Opportunities[i].RecordedAt;
            if (!asOf.Knows(birth)) continue;
            foreach (var told in ToldOf(i))
                if (told.NotBefore <= birth && told.LearnedAt is null && told.SupersededAt is null
                    && !asOf.Knows(told.RecordedAt) && PlacedOf(i, told) is { } placed && asOf.Knows(placed.RecordedAt))
                    closed.Add(told with { At = asOf.Instant, RecordedAt = asOf.Instant });
        }
        return closed;
    }

    private OpportunityChange? PlacedOf(int index, OpportunityChange told)
    {
        foreach (var change in ChangesOf(index))
            if (change.NotBefore is not null && change.Field == told.Field && change.Sequence == told.Sequence && change.NewValue == told.NewValue)
                return change;
        return null;
    }

    /// <summary>All facts again as flat lists, in the history's order.</summary>
    public CrmFacts ToFacts() => new()
    {
        Currency = Currency, Calendar = Calendar, IsDegraded = IsDegraded, ExportedAt = ExportedAt,
        Stages = _toldStages, Pipelines = _toldPipelines,
        CustomColumns = [.. CustomColumns.Values],
        Opportunities = Opportunities, Changes = _told, Activities = _activities, Leads = Leads,
        Accounts = [.. Accounts.Values], Products = [.. Products.Values], LineItems = LineItems, Splits = Splits,
        SalesReps = [.. SalesReps.Values], Memberships = Memberships, Teams = [.. Teams.Values], Quotas = Quotas, Rates = [.. Rates.All],
    };

    private static int Compare(Activity a, Activity b)
    {
        var order = a.RecordedAt.CompareTo(b.RecordedAt);
        if (order == 0) order = a.At.CompareTo(b.At);
        return order == 0 ? string.CompareOrdinal(a.Id, b.Id) : order;
    }

    private (T[] Items, int[] Starts) Arrange<T>(IReadOnlyList<T> items, Func<T, string?> opportunityId)
    {
        var starts = new int[Opportunities.Length + 1];
        var owners = new int[items.Count];
        for (var i = 0; i < items.Count; i++)
        {
            owners[i] = opportunityId(items[i]) is { } id ? IndexOf(id) : -1;
            if (owners[i] >= 0) starts[owners[i] + 1]++;
        }
        for (var i = 0; i < Opportunities.Length; i++) starts[i + 1] += starts[i];
        var arranged = new T[starts[^1]];
        var next = starts.AsSpan(0, Opportunities.Length).ToArray();
        for (var i = 0; i < items.Count; i++)
            if (owners[i] >= 0) arranged[next[owners[i]]++] = items[i];
        return (arranged, starts);
    }

    private DateTimeOffset LatestRecorded()
    {
        var latest = DateTimeOffset.MinValue;
        foreach (var o in Opportunities) if (o.RecordedAt > latest) latest = o.RecordedAt;
        foreach (var c in _told) if (c.RecordedAt > latest) latest = c.RecordedAt;
        foreach (var a in _activities) if (a.RecordedAt > latest) latest = a.RecordedAt;
        foreach (var l in Leads) if (l.RecordedAt > latest) latest = l.RecordedAt;
        return latest;
    }
}
