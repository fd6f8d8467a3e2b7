namespace ForecastEngine.Crm;

/// <summary>
/// All that the CRM told us and when, arranged per opportunity. Immutable. The only code that may look into an
/// opportunity's changes and activities is Snapshots, which takes an <see cref="AsOf"/> for every look.
/// </summary>
/// <remarks>
/// All instants in it are business time: what the wall clock of the <see cref="Calendar"/>'s zone shows, written with offset zero. So the day, hour and weekday of an
/// instant are the business's, and a history of Auckland reads like the same one of UTC. Storage keeps UTC and turns it into business time where it loads a history;
/// <see cref="BusinessCalendar.ToInstant"/> turns it back where people or programs are shown an instant.
/// </remarks>
public sealed class CrmHistory
{
    private readonly OpportunityChange[] _changes;
    private readonly int[] _changeStarts;
    private readonly Activity[] _activities;
    private readonly int[] _activityStarts;
    private readonly Dictionary<string, int> _indexOf;
    private readonly Dictionary<string, Stage> _stages;

    /// <summary>Arranges <paramref name="facts"/>. Changes and activities of unknown opportunities are not kept: an import rejects them before.</summary>
    public CrmHistory(CrmFacts facts)
    {
        Currency = facts.Currency;
        Calendar = facts.Calendar;
        IsDegraded = facts.IsDegraded;
        Stages = [.. facts.Stages.OrderBy(s => s.Order).ThenBy(s => s.Name, StringComparer.Ordinal)];
        _stages = Stages.ToDictionary(s => s.Name, StringComparer.Ordinal);
        Opportunities = [.. facts.Opportunities.OrderBy(o => o.CreatedAt).ThenBy(o => o.Id, StringComparer.Ordinal)];
        _indexOf = new Dictionary<string, int>(Opportunities.Length, StringComparer.Ordinal);
        for (var i = 0; i < Opportunities.Length; i++) _indexOf.Add(Opportunities[i].Id, i);
        (_changes, _changeStarts) = Arrange(facts.Changes, c => c.OpportunityId, Compare);
        for (var i = 0; i < Opportunities.Length; i++) Chain(_changes.AsSpan(_changeStarts[i].._changeStarts[i + 1]));
        (_activities, _activityStarts) = Arrange(facts.Activities, a => a.OpportunityId, Compare);
        Leads = [.. facts.Leads.OrderBy(l => l.CreatedAt).ThenBy(l => l.Id, StringComparer.Ordinal)];
        Accounts = facts.Accounts.ToDictionary(a => a.Id, StringComparer.Ordinal);
        Products = facts.Products.ToDictionary(p => p.Id, StringComparer.Ordinal);
        LineItems = [.. facts.LineItems.OrderBy(l => l.OpportunityId, StringComparer.Ordinal).ThenBy(l => l.Id, StringComparer.Ordinal)];
        SalesReps = facts.SalesReps.ToDictionary(r => r.Id, StringComparer.Ordinal);
        Teams = facts.Teams.ToDictionary(t => t.Id, StringComparer.Ordinal);
        Quotas = facts.Quotas;
        ExportedAt = facts.ExportedAt ?? LatestRecorded();
    }

    /// <summary>The one currency of every amount.</summary>
    public string Currency { get; }
    /// <summary>The business calendar that instants and periods follow.</summary>
    public BusinessCalendar Calendar { get; }
    /// <summary>When the data was taken from the CRM, in business time.</summary>
    public DateTimeOffset ExportedAt { get; }
    /// <summary>When the data was taken from the CRM, as an instant: the data timestamp every answer carries.</summary>
    public DateTimeOffset DataTimestamp => Calendar.ToInstant(ExportedAt);
    /// <summary>True when there is no stage history.</summary>
    public bool IsDegraded { get; }
    /// <summary>Stages by order.</summary>
    public Stage[] Stages { get; }
    /// <summary>Opportunities by creation, then id.</summary>
    public Opportunity[] Opportunities { get; }
    /// <summary>Leads by creation, then id.</summary>
    public Lead[] Leads { get; }
    /// <summary>Accounts by id.</summary>
    public IReadOnlyDictionary<string, Account> Accounts { get; }
    /// <summary>Products by id.</summary>
    public IReadOnlyDictionary<string, Product> Products { get; }
    /// <summary>Line items by opportunity.</summary>
    public LineItem[] LineItems { get; }
    /// <summary>Sales reps by id.</summary>
    public IReadOnlyDictionary<string, SalesRep> SalesReps { get; }
    /// <summary>Teams by id.</summary>
    public IReadOnlyDictionary<string, Team> Teams { get; }
    /// <summary>Quotas.</summary>
    public IReadOnlyList<Quota> Quotas { get; }
    /// <summary>How many changes of known opportunities there are.</summary>
    public int ChangeCount => _changes.Length;
    /// <summary>How many activities on known opportunities there are.</summary>
    public int ActivityCount => _activities.Length;

    /// <summary>The stage of that name, or null.</summary>
    public Stage? FindStage(string? name) => name is not null && _stages.TryGetValue(name, out var stage) ? stage : null;

    /// <summary>Position of an opportunity in <see cref="Opportunities"/>, or −1.</summary>
    public int IndexOf(string opportunityId) => _indexOf.GetValueOrDefault(opportunityId, -1);

    /// <summary>Changes of the opportunity at <paramref name="index"/>, in the order in which they were recorded.</summary>
    public ReadOnlySpan<OpportunityChange> ChangesOf(int index) => _changes.AsSpan(_changeStarts[index].._changeStarts[index + 1]);

    /// <summary>Activities of the opportunity at <paramref name="index"/>, in the order in which they were recorded.</summary>
    public ReadOnlySpan<Activity> ActivitiesOf(int index) => _activities.AsSpan(_activityStarts[index].._activityStarts[index + 1]);

    /// <summary>
    /// The history as it stood then: every fact recorded after <paramref name="asOf"/> is gone. Training and backtests
    /// start from here, so nothing later can reach a model.
    /// </summary>
    public CrmHistory KnownAt(AsOf asOf) => new(new CrmFacts
    {
        Currency = Currency,
        Calendar = Calendar,
        IsDegraded = IsDegraded,
        ExportedAt = ExportedAt < asOf.Instant ? ExportedAt : asOf.Instant,
        Stages = Stages,
        Opportunities = [.. Opportunities.Where(o => asOf.Knows(o.RecordedAt))],
        Changes = [.. _changes.Where(c => asOf.Knows(c.RecordedAt))],
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
        SalesReps = [.. SalesReps.Values],
        Teams = [.. Teams.Values],
        Quotas = [.. Quotas.Where(q => asOf.Knows(q.RecordedAt))],
    });

    /// <summary>All facts again as flat lists, in the history's order.</summary>
    public CrmFacts ToFacts() => new()
    {
        Currency = Currency, Calendar = Calendar, IsDegraded = IsDegraded, ExportedAt = ExportedAt, Stages = Stages,
        Opportunities = Opportunities, Changes = _changes, Activities = _activities, Leads = Leads,
        Accounts = [.. Accounts.Values], Products = [.. Products.Values], LineItems = LineItems,
        SalesReps = [.. SalesReps.Values], Teams = [.. Teams.Values], Quotas = Quotas,
    };

    private static int Compare(OpportunityChange a, OpportunityChange b)
    {
        var order = a.RecordedAt.CompareTo(b.RecordedAt);
        if (order == 0) order = a.At.CompareTo(b.At);
        if (order == 0) order = string.CompareOrdinal(a.Field, b.Field);
        if (order == 0) order = a.Occurrence.CompareTo(b.Occurrence);
        if (order == 0) order = string.CompareOrdinal(a.OldValue, b.OldValue);
        return order == 0 ? string.CompareOrdinal(a.NewValue, b.NewValue) : order;
    }

    // Several changes of one field in one instant: each follows the one that wrote its old value.
    private static void Chain(Span<OpportunityChange> changes)
    {
        for (var i = 0; i + 1 < changes.Length; i++)
        {
            var (at, field) = (changes[i].RecordedAt, changes[i].Field);
            var end = i + 1;
            while (end < changes.Length && changes[end].RecordedAt == at && changes[end].Field == field) end++;
            for (var position = i; position + 1 < end; position++)
            {
                var before = position == 0 ? null : LastValue(changes[..position], field);
                for (var candidate = position; candidate < end; candidate++)
                {
                    if (changes[candidate].OldValue != before) continue;
                    (changes[position], changes[candidate]) = (changes[candidate], changes[position]);
                    break;
                }
            }
            i = end - 1;
        }
    }

    private static string? LastValue(ReadOnlySpan<OpportunityChange> changes, string field)
    {
        for (var i = changes.Length - 1; i >= 0; i--)
            if (changes[i].Field == field) return changes[i].NewValue;
        return null;
    }

    private static int Compare(Activity a, Activity b)
    {
        var order = a.RecordedAt.CompareTo(b.RecordedAt);
        if (order == 0) order = a.At.CompareTo(b.At);
        return order == 0 ? string.CompareOrdinal(a.Id, b.Id) : order;
    }

    private (T[] Items, int[] Starts) Arrange<T>(IReadOnlyList<T> items, Func<T, string?> opportunityId, Comparison<T> order)
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
        for (var i = 0; i < Opportunities.Length; i++)
            arranged.AsSpan(starts[i]..starts[i + 1]).Sort(order);
        return (arranged, starts);
    }

    private DateTimeOffset LatestRecorded()
    {
        var latest = DateTimeOffset.MinValue;
        foreach (var o in Opportunities) if (o.RecordedAt > latest) latest = o.RecordedAt;
        foreach (var c in _changes) if (c.RecordedAt > latest) latest = c.RecordedAt;
        foreach (var a in _activities) if (a.RecordedAt > latest) latest = a.RecordedAt;
        foreach (var l in Leads) if (l.RecordedAt > latest) latest = l.RecordedAt;
        return latest;
    }
}
