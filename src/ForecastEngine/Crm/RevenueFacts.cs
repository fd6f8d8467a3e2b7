namespace ForecastEngine.Crm;

/// <summary>
/// Facts without the pipelines that are no revenue: their stages are unknown, so a deal's time there counts as none,
/// and a deal that was never anywhere else is not there.
/// </summary>
internal static class RevenueFacts
{
    public static CrmFacts Of(CrmFacts facts)
    {
        var others = facts.Pipelines.Where(p => !p.IsRevenue).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        if (others.Count == 0) return facts;
        var outside = facts.Stages.Where(s => s.Pipeline is { } pipeline && others.Contains(pipeline))
            .Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        var there = new HashSet<string>(StringComparer.Ordinal);
        var elsewhere = new HashSet<string>(StringComparer.Ordinal);
        foreach (var deal in facts.Opportunities) Saw(deal.Id, deal.Stage);
        foreach (var change in facts.Changes)
            if (change.Field == OpportunityField.Stage) Saw(change.OpportunityId, change.NewValue);
        there.ExceptWith(elsewhere);
        return facts with
        {
            Pipelines = [.. facts.Pipelines.Where(p => p.IsRevenue)],
            Stages = [.. facts.Stages.Where(s => !outside.Contains(s.Name))],
            Opportunities = there.Count == 0
                ? facts.Opportunities
                : [.. facts.Opportunities.Where(o => !there.Contains(o.Id))],
        };

        void Saw(string deal, string? stage)
        {
            if (stage is not null) (outside.Contains(stage) ? there : elsewhere).Add(deal);
        }
    }
}
