using ForecastEngine.Crm;
using ForecastEngine.Operations.Tables;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations;

/// <summary>Writes the scores of a published run to a file.</summary>
public static class ExportScores
{
    private const int RowsAtOnce = 5000;

    /// <summary>Runs the export.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="asOf">The run of that date, or the last before it; null for the newest.</param>
    /// <param name="file">Where to.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; no file appears then.</param>
    public static async Task<ExportedTable> Run(Workspace workspace, DateOnly? asOf, TableFile file, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(new OperationProgress("Reading the scores", 0.1));
        var run = await PublishedResults.RunAsync(workspace, asOf, cancellation);
        return await ExportedTable.WriteAsync(await Table(workspace, run, cancellation), file, run.AsOf, run.ModelVersion, run.DataExportedAt, progress, cancellation);
    }

    /// <summary>A row per scored deal, by id. Amounts in the currency of the column of that name, bands of 80 %, a column <c>won_by_…</c> per period of the run.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="run">A published run.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static async Task<DataFrame> Table(Workspace workspace, RescoringRun run, CancellationToken cancellation = default)
    {
        var (currency, asOf) = (PublishedResults.CurrencyOf(workspace), AsOf.EndOf(run.AsOf).Instant);
        var table = new TableOf<OpportunityScore>()
            .Text(TrainingTable.OpportunityId, s => s.OpportunityId).Text("name", s => s.Name).Text(TrainingTable.Stage, s => s.Stage)
            .Number("win_probability", s => s.WinProbability).Text("grade", s => s.Grade.ToString()).Number("trend", s => s.Trend).Number("crm_probability", s => s.CrmProbability)
            .Number("amount", s => (double?)s.Amount).Number("expected_amount", s => s.ExpectedAmount).Number("amount_lower", s => s.AmountBand?.Lower).Number("amount_upper", s => s.AmountBand?.Upper)
            .Number("expected_revenue", s => s.ExpectedRevenue).Text(TrainingTable.Currency, _ => currency)
            .Day("expected_close_on", s => s.ExpectedCloseOn).Day("close_from", s => s.CloseFrom).Day("close_until", s => s.CloseUntil).Day("planned_close_on", s => s.PlannedCloseOn);
        foreach (var period in RescoringPlan.Of(run).Periods)
            table.Number($"won_by_{period.Label.Replace('-', '_').ToLowerInvariant()}", s => s.WonBy.FirstOrDefault(w => w.Period.Label == period.Label)?.Probability);
        table.Text("owner_id", s => s.OwnerId).Text("team_id", s => s.TeamId).Text("product_id", s => s.ProductId).Text("region", s => s.Region)
            .Text("rung", s => s.Rung.ToString()).Instant(TrainingTable.AsOfColumn, _ => asOf).Text("model_version", _ => run.ModelVersion);

        if (workspace.History.Pipelines().Count(p => p.IsRevenue) > 1)
            table.Text(TrainingTable.Pipeline, s => s.Pipeline);

        var filter = new ScoreFilter { Take = RowsAtOnce };
        while (true)
        {
            var rows = await workspace.Scores.PageAsync(run.Id, filter, cancellation);
            foreach (var row in rows) table.Add(PublishedResults.ScoreOf(run, row));
            if (rows.Count < RowsAtOnce) return table.Build();
            filter = filter with { After = ScoreMark.Of(rows[^1], filter.OrderBy) };
        }
    }
}
