using System.Text.Json;
using ForecastEngine.Backtesting;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Operations;

/// <summary>An earlier win probability of a deal.</summary>
/// <param name="AsOf">Date of the run.</param>
/// <param name="WinProbability">0–1.</param>
/// <param name="ModelVersion">The model that said so.</param>
public sealed record PastScore(DateOnly AsOf, double WinProbability, string ModelVersion);

/// <summary>A deal's score with its drivers, or how it was closed.</summary>
/// <param name="OpportunityId">The deal.</param>
/// <param name="ModelVersion">The champion.</param>
/// <param name="AsOf">The date.</param>
/// <param name="Score">Null when it is closed.</param>
/// <param name="Closing">Null when it is open.</param>
/// <param name="History">Published scores, newest first.</param>
/// <param name="Measured">What the newest backtest measured; null before the first.</param>
public sealed record ExplainOpportunityResult(string OpportunityId, string ModelVersion, DateOnly AsOf, OpportunityScore? Score, Closing? Closing, IReadOnlyList<PastScore> History, MeasuredQuality? Measured);

/// <summary>Tells why a deal's win probability is what it is.</summary>
public static class ExplainOpportunity
{
    /// <summary>Runs the explanation.</summary>
    public static async Task<ExplainOpportunityResult> Run(Workspace workspace, string opportunityId, DateOnly? asOf = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var pipeline = await ScoredPipeline.LoadAsync(workspace, asOf, new ScoringOptions { ExplainTop = 0 }, progress, cancellation);
        var index = pipeline.History.IndexOf(opportunityId);
        if (index < 0)
        {
            var alike = pipeline.History.Opportunities.Select(o => o.Id).Where(id => id.Contains(opportunityId, StringComparison.OrdinalIgnoreCase)).Take(3).ToList();
            throw new OperationException($"Opportunity {opportunityId}: found none with this id known on {pipeline.AsOf.Date:yyyy-MM-dd}; expected one. {(alike.Count > 0 ? "Did you mean " + string.Join(", ", alike) + "?" : "Ids are those of the CRM; forecast score lists open ones.")}");
        }
        var past = await workspace.Scores.ScoreAsync(opportunityId, 12, cancellation);
        return new ExplainOpportunityResult(opportunityId, pipeline.Version.Id, pipeline.AsOf.Date, pipeline.Explain(opportunityId), Closing.Final(pipeline.History, index),
            [.. past.Select(p => new PastScore(p.Run.AsOf, p.Score.WinProbability, p.Run.ModelVersion))], pipeline.Measured);
    }
}
