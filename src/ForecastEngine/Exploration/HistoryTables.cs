using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Operations.Tables;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Exploration;

/// <summary>The history as tables. Only what was known at the date is in them.</summary>
public static class HistoryTables
{
    /// <summary>A row per opportunity: what it was at its birth, where it stands, and its outcome as in <see cref="TrainingTable.Outcome"/>; 0 is right-censored, not lost.</summary>
    /// <param name="history">Any history.</param>
    /// <param name="asOf">Last instant whose events may be known.</param>
    public static DataFrame Opportunities(CrmHistory history, AsOf asOf)
    {
        var deals = Known(history, asOf).Select(i => (Deal: history.Opportunities[i], Closing: Closing.InForce(history, i, asOf), Stage: StageVisit.KnownAt(history, i, asOf).LastOrDefault()?.Stage)).ToList();
        var table = new TableOf<(Opportunity Deal, Closing? Closing, Stage? Stage)>()
            .Text("opportunity_id", d => d.Deal.Id)
            .Text("cohort", d => history.Calendar.Quarter(DateOnly.FromDateTime(d.Deal.CreatedAt.UtcDateTime)).Label)
            .Instant("created_at", d => history.Calendar.ToInstant(d.Deal.CreatedAt))
            .Text("stage", d => d.Stage?.Name).Text("source", d => d.Deal.Source).Text("region", d => d.Deal.Region).Text("segment", d => d.Deal.Segment)
            .Text("owner_id", d => d.Closing?.OwnerId ?? d.Deal.OwnerId).Text("product_id", d => d.Closing?.ProductId ?? d.Deal.ProductId)
            .Number("first_amount", d => (double?)FirstAmount(history, d.Deal, asOf))
            .Count(TrainingTable.Outcome, d => d.Closing is null ? 0 : d.Closing.Won ? 1 : 2)
            .Instant("closed_at", d => d.Closing is { IsUndated: false } closing
                ? history.Calendar.ToInstant(closing.HasTime ? closing.At : AsOf.EndOf(closing.On).Instant) : null)
            .Text("closed_from", d => d.Closing?.FromStage)
            .Number(TrainingTable.DaysObserved, d => Math.Max(0, ((d.Closing?.At ?? asOf.Instant) - d.Deal.CreatedAt).TotalDays))
            .Number(TrainingTable.AmountAtClose, d => d.Closing is { Won: true } ? (double?)d.Closing.Amount : null);
        if (history.HasPipelines) table.Text(TrainingTable.Pipeline, d => d.Stage?.Pipeline);
        return table.Build(deals);
    }

    /// <summary>A row per stay of an opportunity in a stage.</summary>
    /// <param name="history">Any history.</param>
    /// <param name="asOf">Last instant whose events may be known.</param>
    public static DataFrame StageVisits(CrmHistory history, AsOf asOf) => new TableOf<StageVisit>()
        .Text("opportunity_id", v => v.OpportunityId).Text("stage", v => v.Stage.Name).Count("stage_order", v => v.Stage.Order)
        .Instant("entered_at", v => history.Calendar.ToInstant(v.EnteredAt)).Instant("left_at", v => v.LeftAt is { } left ? history.Calendar.ToInstant(left) : null).Text("to_stage", v => v.To?.Name)
        .Number("days", v => ((v.LeftAt ?? asOf.Instant) - v.EnteredAt).TotalDays)
        .Build([.. Known(history, asOf).SelectMany(i => StageVisit.KnownAt(history, i, asOf))]);

    /// <summary>A row per open stage: how many stays it saw, and where each led.</summary>
    /// <param name="history">Any history.</param>
    /// <param name="asOf">Last instant whose events may be known.</param>
    public static DataFrame StageFlow(CrmHistory history, AsOf asOf)
    {
        var visits = Known(history, asOf).SelectMany(i => StageVisit.KnownAt(history, i, asOf)).ToLookup(v => v.Stage.Name, StringComparer.Ordinal);
        return new TableOf<Stage>()
            .Text("stage", s => s.Name)
            .Count("stays", s => visits[s.Name].Count())
            .Count("forward", s => visits[s.Name].Count(v => v.To is { Kind: StageKind.Open } to && to.IsBeside(s) && to.Order > s.Order))
            .Count("back", s => visits[s.Name].Count(v => v.To is { Kind: StageKind.Open } to && to.IsBeside(s) && to.Order < s.Order))
            .Count("won", s => visits[s.Name].Count(v => v.To is { Kind: StageKind.Won }))
            .Count("lost", s => visits[s.Name].Count(v => v.To is { Kind: StageKind.Lost }))
            .Count("still_there", s => visits[s.Name].Count(v => v.To is null))
            .Number("median_days", s => Median([.. visits[s.Name].Where(v => v.LeftAt is not null).Select(v => (v.LeftAt!.Value - v.EnteredAt).TotalDays)]))
            .Build([.. history.Stages.Where(s => s.Kind == StageKind.Open)]);
    }

    private static decimal? FirstAmount(CrmHistory history, Opportunity deal, AsOf asOf) =>
        deal.Amount is { } amount ? new Money(amount, deal.Currency).ToHistoryCurrency(history, DateOnly.FromDateTime(deal.CreatedAt.UtcDateTime), asOf) : null;

    private static IEnumerable<int> Known(CrmHistory history, AsOf asOf) => Enumerable.Range(0, history.Opportunities.Length).Where(i => asOf.Knows(history.Opportunities[i].RecordedAt));

    private static double? Median(double[] values)
    {
        if (values.Length == 0) return null;
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
