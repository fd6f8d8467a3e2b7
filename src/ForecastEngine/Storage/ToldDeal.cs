using ForecastEngine.Crm;

namespace ForecastEngine.Storage;

/// <summary>
/// What one import tells of one deal: the telling as it is kept, and the facts that were made of it alone.
/// </summary>
/// <param name="Row">The telling.</param>
/// <param name="Born">The deal, where it is there.</param>
/// <param name="Changes">Its changes, those that only the telling makes necessary among them.</param>
/// <param name="Repeated">How many changes came twice.</param>
internal sealed record ToldDeal(
    TellingRow Row, Opportunity? Born, IReadOnlyList<OpportunityChange> Changes, int Repeated)
{
    public string Id => Row.OpportunityId;

    /// <summary>The rows of the CRM's history, told at the time of the import.</summary>
    public IEnumerable<(OpportunityChange Row, DateTimeOffset ToldAt, long Arrival)> History(ImportRun run) =>
        Changes.Where(c => !c.Origin.HasFlag(ChangeOrigin.Told)).Select(c => (c, Whole(run.ExportedAt), run.Id));

    /// <summary>A telling without history, such as an event.</summary>
    public static ToldDeal Of(DealTelling telling, ImportRun run) =>
        new(TellingRow.Of(Whole(telling), [], run.Id, run.IsSample), null, [], 0);

    public static DealTelling Whole(DealTelling t) =>
        IsWhole(t.ToldAt) && IsWhole(t.At) && IsWhole(t.CreatedAt) && IsWhole(t.RecordedAt)
        && IsWhole(t.ClosedAt) && IsWhole(t.ActualAt) && IsWhole(t.ChangedAt) && IsWhole(t.WorkedAt)
            ? t
            : t with
            {
                ToldAt = Whole(t.ToldAt), At = Whole(t.At), CreatedAt = Whole(t.CreatedAt),
                RecordedAt = Whole(t.RecordedAt), ClosedAt = Whole(t.ClosedAt),
                ActualAt = Whole(t.ActualAt), ChangedAt = Whole(t.ChangedAt), WorkedAt = Whole(t.WorkedAt),
            };

    public static OpportunityChange Whole(OpportunityChange c) =>
        IsWhole(c.At) && IsWhole(c.RecordedAt) && IsWhole(c.NotBefore)
            ? c : c with { At = Whole(c.At), RecordedAt = Whole(c.RecordedAt), NotBefore = Whole(c.NotBefore) };

    public static Opportunity Whole(Opportunity o) =>
        IsWhole(o.CreatedAt) && IsWhole(o.RecordedAt)
            ? o : o with { CreatedAt = Whole(o.CreatedAt), RecordedAt = Whole(o.RecordedAt) };

    private static bool IsWhole(DateTimeOffset? at) => at is null || at.Value.UtcTicks % TimeSpan.TicksPerMicrosecond == 0;

    // To the microsecond, as the database keeps it: what is read again must be equal.
    private static DateTimeOffset Whole(DateTimeOffset at) =>
        StorageMapping.FromMicroseconds(StorageMapping.ToMicroseconds(at));

    private static DateTimeOffset? Whole(DateTimeOffset? at) => at is { } instant ? Whole(instant) : null;
}

/// <summary>
/// All deals that an import speaks of, by bucket. A deal is put together when its bucket is asked for, so that nothing
/// is held twice. Facts without tellings give their deals whole.
/// </summary>
internal sealed class ToldDeals
{
    private readonly CrmFacts _facts;
    private readonly ImportRun _run;
    private readonly ToldFields _given;
    private readonly List<string> _ids = [];
    private readonly List<int> _tellings = [];
    private readonly List<int> _births = [];
    private readonly int[] _changes, _changeStarts, _byBucket, _bucketStarts;

    public ToldDeals(CrmFacts facts, ImportRun run)
    {
        (_facts, _run) = (facts, run);
        var isTold = facts.Tellings.Count > 0;
        _given = isTold ? ToldFields.None
            : BirthRecord.FieldsOf(facts.Opportunities.SelectMany(o => o.Attributes.Keys)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal));
        var slots = new Dictionary<string, int>(
            Math.Max(facts.Tellings.Count, facts.Opportunities.Count), StringComparer.Ordinal);
        for (var i = 0; i < facts.Tellings.Count; i++) _tellings[SlotOf(slots, facts.Tellings[i].OpportunityId)] = i;
        for (var i = 0; i < facts.Opportunities.Count; i++) _births[SlotOf(slots, facts.Opportunities[i].Id)] = i;
        var owners = new int[facts.Changes.Count];
        for (var i = 0; i < owners.Length; i++) owners[i] = SlotOf(slots, facts.Changes[i].OpportunityId);
        (_changes, _changeStarts) = Arrange(owners, _ids.Count);
        (_byBucket, _bucketStarts) = Arrange([.. _ids.Select(FactKeys.BucketOf)], FactKeys.Buckets);
    }

    /// <summary>How many there are.</summary>
    public int Count => _ids.Count;

    /// <summary>Ids of all of them.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>Those of some buckets.</summary>
    public List<ToldDeal> InBuckets(int first, int last)
    {
        var deals = new List<ToldDeal>();
        for (var i = _bucketStarts[first]; i < _bucketStarts[last + 1]; i++) deals.Add(At(_byBucket[i]));
        return deals;
    }

    private ToldDeal At(int slot)
    {
        var id = _ids[slot];
        var born = _births[slot] < 0 ? null : ToldDeal.Whole(_facts.Opportunities[_births[slot]]);
        var count = _changeStarts[slot + 1] - _changeStarts[slot];
        var changes = new List<OpportunityChange>(count);
        for (var i = 0; i < count; i++) changes.Add(ToldDeal.Whole(_facts.Changes[_changes[_changeStarts[slot] + i]]));
        if (_tellings[slot] >= 0)
            return new ToldDeal(
                TellingRow.Of(ToldDeal.Whole(_facts.Tellings[_tellings[slot]]), changes, _run.Id, _run.IsSample),
                born, changes, 0);
        List<OpportunityChange> once = [.. changes.Distinct()];
        var telling = born is not null ? BirthRecord.ToTelling(born, _run.ExportedAt, _given)
            : new DealTelling { OpportunityId = id, ToldAt = _run.ExportedAt, Fields = ToldFields.None, Values = [] };
        return new ToldDeal(
            TellingRow.Of(ToldDeal.Whole(telling), once, _run.Id, _run.IsSample),
            born, once, changes.Count - once.Count);
    }

    private int SlotOf(Dictionary<string, int> slots, string id)
    {
        if (slots.TryGetValue(id, out var slot)) return slot;
        slots.Add(id, slot = _ids.Count);
        _ids.Add(id);
        _tellings.Add(-1);
        _births.Add(-1);
        return slot;
    }

    // Positions grouped by their key, in order, and where each group starts.
    private static (int[] Positions, int[] Starts) Arrange(int[] keys, int groups)
    {
        var starts = new int[groups + 1];
        foreach (var key in keys) starts[key + 1]++;
        for (var g = 0; g < groups; g++) starts[g + 1] += starts[g];
        var next = starts[..groups];
        var positions = new int[keys.Length];
        for (var i = 0; i < keys.Length; i++) positions[next[keys[i]]++] = i;
        return (positions, starts);
    }
}
