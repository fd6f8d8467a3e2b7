using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations.Tables;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations;

/// <summary>Writes the revenue forecasts of a published run to a file.</summary>
public static class ExportForecasts
{
    /// <summary>Runs the export.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="asOf">The run of that date, or the last before it; null for the newest.</param>
    /// <param name="file">Where to.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; no file appears then.</param>
    public static async Task<ExportedTable> Run(Workspace workspace, DateOnly? asOf, TableFile file, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(new OperationProgress("Reading the forecasts", 0.1));
        var run = await PublishedResults.RunAsync(workspace, asOf, cancellation);
        return await ExportedTable.WriteAsync(await Table(workspace, run, cancellation), file, run.AsOf, run.ModelVersion, run.DataExportedAt, progress, cancellation);
    }

    /// <summary>A row per dimension, part and period, in this order; the company's key is empty. Parts add up in their means, not in their bands.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="run">A published run.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static async Task<DataFrame> Table(Workspace workspace, RescoringRun run, CancellationToken cancellation = default)
    {
        var asOf = AsOf.EndOf(run.AsOf).Instant;
        var table = new TableOf<RevenueForecast>()
            .Instant(TrainingTable.AsOfColumn, _ => asOf).Text("dimension", f => f.Dimension.ToString().ToLowerInvariant()).Text("key", f => f.Key).Text("name", f => f.Name)
            .Text("period", f => f.Period.Label).Day("period_from", f => f.Period.From).Day("period_until", f => f.Period.Until)
            .Number("already_won", f => f.AlreadyWon).Number("from_open", f => f.FromOpen).Number("from_new", f => f.FromNew).Number("leaning", f => f.Leaning).Number("mean", f => f.Mean).Number("median", f => f.Median)
            .Bands(f => f.Bands)
            .Number("expected_wins", f => f.ExpectedWins).Count("open_deals", f => f.OpenDeals).Number("weighted_pipeline", f => f.WeightedPipeline)
            .Number("quota", f => (double?)f.Quota).Number("probability_to_reach_quota", f => f.ProbabilityToReachQuota)
            .Text(TrainingTable.Currency, f => f.Currency).Text("model_version", _ => run.ModelVersion);
        return table.Build((await workspace.Scores.ForecastsAsync(run.Id, null, cancellation)).Select(PublishedResults.ForecastOf));
    }
}
