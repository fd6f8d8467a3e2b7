using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots.Custom;

/// <summary>A history with the same past and another future: what a value that is known at the as-of date cannot tell apart.</summary>
internal static class AnotherFuture
{
    /// <summary>Everything recorded after <paramref name="asOf"/> altered: won and lost exchanged, amounts and rates
    /// tripled, owners emptied, every second activity gone and the others doubled, later deals gone.</summary>
    public static CrmHistory Of(CrmHistory history, AsOf asOf)
    {
        var facts = history.ToFacts();
        return new CrmHistory(facts with
        {
            Opportunities = [.. facts.Opportunities.Where(o => asOf.Knows(o.RecordedAt))],
            Changes = [.. facts.Changes.Select(c => asOf.Knows(c.RecordedAt) ? c : c with { NewValue = Other(history, c) })],
            Activities = [.. facts.Activities.SelectMany((a, n) => asOf.Knows(a.RecordedAt) ? [a] : n % 2 == 0 ? Array.Empty<Activity>() : [a, a with { Id = a.Id + " again", Kind = a.Kind + " again" }])],
            Accounts = [.. facts.Accounts.Where(a => asOf.Knows(a.RecordedAt))],
            Rates = [.. facts.Rates.Select(r => asOf.Knows(r.KnownFrom) ? r : r with { Rate = 3 * r.Rate })],
            LineItems = [.. facts.LineItems.Where(l => asOf.Knows(l.RecordedAt))],
            Splits = [.. facts.Splits.Where(s => asOf.Knows(s.RecordedAt))],
        });
    }

    private static string? Other(CrmHistory history, OpportunityChange change) => change.Field switch
    {
        OpportunityField.Stage when history.FindStage(change.NewValue) is { Kind: not StageKind.Open } closed => history.Stages.FirstOrDefault(s => s.Kind != StageKind.Open && s.Kind != closed.Kind)?.Name ?? change.NewValue,
        OpportunityField.Amount => change.NewValue is null ? null : (3 * decimal.Parse(change.NewValue, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture),
        OpportunityField.Stage or OpportunityField.PlannedCloseOn or OpportunityField.CrmProbability => change.NewValue,
        _ => null,
    };
}
