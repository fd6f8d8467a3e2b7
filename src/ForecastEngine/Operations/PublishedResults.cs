using System.Text.Json;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>Published rows read back as what they were made from; the one place that knows how they are kept.</summary>
public static class PublishedResults
{
    /// <summary>The score that a row of a run keeps.</summary>
    public static OpportunityScore ScoreOf(RescoringRun run, ScoreRow row) => StoredScore.Read(run, row);

    /// <summary>The score that a deal got beside a run, after an event; null where it was closed.</summary>
    public static OpportunityScore? ScoreOf(FreshScore fresh) => StoredScore.Read(fresh);

    /// <summary>The forecast of a row, without its distribution.</summary>
    public static RevenueForecast ForecastOf(ForecastRow row) => JsonSerializer.Deserialize<RevenueForecast>(row.Details, RescorePipeline.Json)
        ?? throw new OperationException($"Forecast of {row.Dimension} {row.Key}: found no details; expected those of its run. Score the pipeline again.");
}
