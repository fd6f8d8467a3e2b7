using ForecastEngine.Crm;
using LinqToDB;

namespace ForecastEngine.Storage;

/// <summary>
/// A deal's currency is told with its birth. An export that tells another one than is stored has seen it change, at the
/// latest at its own time: so has the first export after a release that stored every amount in the history's currency.
/// </summary>
internal static class CurrencyObservations
{
    /// <summary>The facts with a change for every stored deal whose currency differs and whose history does not tell it.</summary>
    public static CrmFacts Add(DatabaseSession session, CrmFacts facts, DateTimeOffset exportedAt)
    {
        if (facts.Opportunities.Count == 0) return facts;
        var deals = session.Db.GetTable<Opportunity>();
        var changes = session.Db.GetTable<OpportunityChange>()
            .Where(c => c.Field == OpportunityField.Currency && c.RecordedAt <= exportedAt);
        var isForeign = facts.Opportunities.Any(o => o.Currency is not null) || deals.Any(o => o.Currency != null) || changes.Any();
        if (!isForeign) return facts;
        var stored = deals.Select(o => new { o.Id, o.Currency })
            .ToDictionary(o => o.Id, o => o.Currency, StringComparer.Ordinal);
        foreach (var change in changes.OrderBy(c => c.RecordedAt).ThenBy(c => c.At))
            stored[change.OpportunityId] = change.NewValue;
        var told = facts.Changes.Where(c => c.Field == OpportunityField.Currency)
            .Select(c => c.OpportunityId).ToHashSet(StringComparer.Ordinal);
        var seen = facts.Opportunities
            .Where(o => !told.Contains(o.Id) && stored.TryGetValue(o.Id, out var before) && before != o.Currency)
            .Select(o => new OpportunityChange
            {
                OpportunityId = o.Id,
                Field = OpportunityField.Currency,
                OldValue = stored[o.Id],
                NewValue = o.Currency,
                At = exportedAt,
                RecordedAt = exportedAt,
            }).ToList();
        return seen.Count == 0 ? facts : facts with { Changes = [.. facts.Changes, .. seen] };
    }
}
