using ForecastEngine.Crm;
using LinqToDB;

namespace ForecastEngine.Storage;

/// <summary>All that is stored of one deal.</summary>
internal sealed class StoredDeal
{
    /// <summary>What was told of it.</summary>
    public List<TellingRow> Tellings { get; } = [];
    /// <summary>The deal as it was born; null where nobody said that it exists.</summary>
    public Opportunity? Born { get; private set; }
    /// <summary>Its facts.</summary>
    public List<OpportunityChange> Changes { get; } = [];
    /// <summary>The keys of its facts, as stored.</summary>
    public Dictionary<OpportunityChange, byte[]> Keys { get; } = [];
    /// <summary>Those of them that rows of the CRM's history tell, with when each was told.</summary>
    public List<(OpportunityChange Row, DateTimeOffset ToldAt, long Arrival)> History { get; } = [];
    /// <summary>True while it is the sample's.</summary>
    public bool IsSample { get; private set; }

    /// <summary>Loads some deals; one that is not known is empty.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="ids">The deals.</param>
    /// <param name="toldAt">Time of each import by its number.</param>
    public static Dictionary<string, StoredDeal> Load(
        DatabaseSession session, IReadOnlyList<string> ids, IReadOnlyDictionary<long, DateTimeOffset> toldAt)
    {
        var deals = ids.ToDictionary(id => id, _ => new StoredDeal(), StringComparer.Ordinal);
        var buckets = ids.Select(FactKeys.BucketOf).Distinct().ToList();
        foreach (var row in session.Db.GetTable<TellingRow>()
            .Where(t => buckets.Contains(t.Bucket) && ids.Contains(t.OpportunityId)))
            deals[row.OpportunityId].Tellings.Add(row);
        foreach (var row in session.Db.GetTable<Opportunity>()
            .Where(o => ids.Contains(o.Id))
            .Select(o => new { Deal = o, IsSample = Sql.Property<bool>(o, "is_sample") }))
            (deals[row.Deal.Id].Born, deals[row.Deal.Id].IsSample) = (row.Deal, row.IsSample);
        var changes = session.Db.GetTable<OpportunityChange>().Where(c => buckets.Contains(Sql.Property<int>(c, "bucket")) && ids.Contains(c.OpportunityId))
            .Select(c => new { Change = c, Arrival = Sql.Property<long>(c, "arrival"), Key = Sql.Property<byte[]>(c, "key") });
        foreach (var row in changes)
        {
            var deal = deals[row.Change.OpportunityId];
            var isTold = row.Change.Origin.HasFlag(ChangeOrigin.Told);
            var told = row.Change.ToldAt ?? toldAt.GetValueOrDefault(row.Arrival, DateTimeOffset.UnixEpoch);
            var change = isTold ? row.Change : row.Change with { ToldAt = told };
            deal.Changes.Add(change);
            deal.Keys[change] = row.Key;
            if (!isTold) deal.History.Add((row.Change, told, row.Arrival));
        }
        foreach (var deal in deals.Values)
            ChangeOrder.Sort(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(deal.Changes));
        return deals;
    }
}
