using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>An opportunity's stay in a stage.</summary>
/// <param name="OpportunityId">The opportunity.</param>
/// <param name="Stage">The stage.</param>
/// <param name="EnteredAt">When it came there.</param>
/// <param name="LeftAt">When it moved on; null while it stands there.</param>
/// <param name="To">The stage that it moved to; null while it stands there.</param>
public sealed record StageVisit(string OpportunityId, Stage Stage, DateTimeOffset EnteredAt, DateTimeOffset? LeftAt, Stage? To)
{
    /// <summary>The stays of the opportunity at <paramref name="index"/> that were known at a date, in the order in which they were recorded; closed stages are stays too.</summary>
    public static IEnumerable<StageVisit> KnownAt(CrmHistory history, int index, AsOf asOf)
    {
        var visits = new List<StageVisit>();
        var opportunity = history.Opportunities[index];
        if (!asOf.Knows(opportunity.RecordedAt)) return visits;
        var (stage, enteredAt) = (history.FindStage(opportunity.Stage), opportunity.CreatedAt);
        foreach (var change in history.KnownChanges(index, asOf))
        {
            if (change.Field != OpportunityField.Stage || history.FindStage(change.NewValue) is not { } next || next == stage) continue;
            if (stage is not null) visits.Add(new StageVisit(opportunity.Id, stage, enteredAt, change.At, next));
            (stage, enteredAt) = (next, change.At);
        }
        if (stage is not null) visits.Add(new StageVisit(opportunity.Id, stage, enteredAt, null, null));
        return visits;
    }
}
