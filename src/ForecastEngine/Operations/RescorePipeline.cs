using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>A published rescoring run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Pipeline">The scored pipeline.</param>
/// <param name="Forecasts">Revenue forecasts of the default periods: the company by month, and every dimension for this quarter and the next.</param>
public sealed record RescorePipelineResult(RescoringRun Run, ScoredPipeline Pipeline, IReadOnlyList<RevenueForecast> Forecasts);

/// <summary>Scores the open pipeline, forecasts revenue and publishes both as one run, whole or not at all. Keyed by its date: doing it twice changes nothing.</summary>
public static class RescorePipeline
{
    /// <summary>How scores and forecasts are kept as JSON beside their columns.</summary>
    public static JsonSerializerOptions Json { get; } = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Runs the rescoring.</summary>
    /// <param name="workspace">Where from and where to.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; the run before stays published then.</param>
    public static async Task<RescorePipelineResult> Run(Workspace workspace, DateOnly? asOf = null, ScoringOptions? options = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new ScoringOptions();
        var startedAt = workspace.Clock.GetUtcNow();
        var pipeline = await ScoredPipeline.LoadAsync(workspace, asOf, options, progress, cancellation);
        progress?.Report(new OperationProgress("Adding up revenue", 0.8));
        var forecasts = new List<RevenueForecast>();
        var quarters = pipeline.Periods.Where(p => p.IsQuarter).Take(2).Select(p => p.Label).ToHashSet(StringComparer.Ordinal);
        foreach (var period in pipeline.Periods)
            foreach (var dimension in Enum.GetValues<Dimension>())
                if (dimension == Dimension.Company || quarters.Contains(period.Label))
                {
                    cancellation.ThrowIfCancellationRequested();
                    forecasts.AddRange(pipeline.Forecaster.Forecast(period, dimension, dimension == Dimension.Company ? 4096 : 2048, options.Threads));
                }
        progress?.Report(new OperationProgress("Publishing", 0.95));
        var run = workspace.Scores.Publish(new RescoringRun
        {
            AsOf = pipeline.AsOf.Date, AsOfAt = pipeline.AsOf.Instant, ModelVersion = pipeline.Version.Id, Seed = pipeline.Version.Card.Seed,
            DataExportedAt = pipeline.History.ExportedAt, StartedAt = startedAt,
        }, pipeline.Deals.Select(d => RowOf(d.Score)), forecasts.Select(RowOf), workspace.Clock.GetUtcNow(), cancellation: cancellation);
        return new RescorePipelineResult(run, pipeline, forecasts);
    }

    internal static ScoreRow RowOf(OpportunityScore score) => new()
    {
        OpportunityId = score.OpportunityId, OwnerId = score.OwnerId, TeamId = score.TeamId, ProductId = score.ProductId, Region = score.Region, Stage = score.Stage,
        Rung = score.Rung.ToString(), WinProbability = score.WinProbability, CrmProbability = score.CrmProbability,
        ExpectedAmount = score.ExpectedAmount ?? 0, AmountLow = score.AmountBand?.Lower ?? 0, AmountHigh = score.AmountBand?.Upper ?? 0, ExpectedRevenue = score.ExpectedRevenue ?? 0,
        CloseOnLow = score.CloseFrom, CloseOn = score.ExpectedCloseOn, CloseOnHigh = score.CloseUntil, Grade = score.Grade.ToString(),
        Details = JsonSerializer.Serialize(score, Json),
    };

    private static ForecastRow RowOf(RevenueForecast forecast)
    {
        var band = forecast.BandOf(0.80);
        return new ForecastRow
        {
            Dimension = forecast.Dimension.ToString(), Key = forecast.Key, PeriodFrom = forecast.Period.From, PeriodUntil = forecast.Period.Until,
            Mean = forecast.Mean, Low = band.Lower, High = band.Upper, Level = band.Level, Details = JsonSerializer.Serialize(forecast, Json),
        };
    }
}
