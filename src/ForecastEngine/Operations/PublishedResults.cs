using System.Text.Json;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>Published rows read back as what they were made from; the one place that knows how they are kept.</summary>
public static class PublishedResults
{
    /// <summary>The published run of the last as-of date, or of the last one on or before <paramref name="asOf"/>.</summary>
    /// <exception cref="OperationException">Nothing is published by then.</exception>
    public static async Task<RescoringRun> RunAsync(Workspace workspace, DateOnly? asOf, CancellationToken cancellation = default) => await workspace.Scores.LatestRunAsync(asOf, cancellation)
        ?? throw new OperationException(asOf is { } date ? $"Scores: found no published run on or before {date:yyyy-MM-dd}; expected one. Choose a later --as-of, or score as of that day: forecast score --as-of {date:yyyy-MM-dd}."
            : $"Workspace {workspace.Folder}: found no published run; expected one. Run: forecast score.");

    /// <summary>Currency of every amount (ISO 4217), by the newest import; empty before the first.</summary>
    public static string CurrencyOf(Workspace workspace) => workspace.History.Imports(1) is [var newest, ..] ? newest.Currency : "";

    /// <summary>The score that a row of a run keeps.</summary>
    public static OpportunityScore ScoreOf(RescoringRun run, ScoreRow row) => StoredScore.Read(run, row);

    /// <summary>The score that a deal got beside a run, after an event; null where it was closed.</summary>
    public static OpportunityScore? ScoreOf(FreshScore fresh) => StoredScore.Read(fresh);

    /// <summary>The forecast of a row, without its distribution.</summary>
    public static RevenueForecast ForecastOf(ForecastRow row) => JsonSerializer.Deserialize<RevenueForecast>(row.Details, RescorePipeline.Json)
        ?? throw new OperationException($"Forecast of {row.Dimension} {row.Key}: found no details; expected those of its run. Score the pipeline again.");
}
