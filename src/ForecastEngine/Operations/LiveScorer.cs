using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>
/// Scores single deals between two rescoring runs: the run's model, and all that deals have in common as the run knew it (the
/// rates of groups, the market).
/// Immutable and safe to share between threads.
/// </summary>
public sealed class LiveScorer(RunGround beside)
{
    private readonly PipelineGround _ground = beside.Ground;

    /// <summary>The run whose scores it continues.</summary>
    public RescoringRun Run { get; } = beside.Run;

    /// <summary>The calendar that the run went by.</summary>
    public BusinessCalendar Calendar => _ground.Known.Calendar;

    /// <summary>Prepares to score beside a published run.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops the waiting.</param>
    public static async Task<LiveScorer> LoadAsync(Workspace workspace, RescoringRun run, CancellationToken cancellation = default) => new(await workspace.Grounds.OfAsync(workspace, run, cancellation));

    /// <summary>
    /// The score of a deal with its drivers, as of the run's date, or of the day of the deal's newest fact where that is later;
    /// null when it is closed or not known.
    /// </summary>
    /// <param name="deals">A history that holds the deal, in the run's <see cref="Calendar"/>: see
    /// <see cref="EventStore.Deals(IReadOnlyCollection{string}, BusinessCalendar?)"/>.</param>
    /// <param name="opportunityId">The deal.</param>
    /// <param name="published">The win probability that the run published, 0–1, for the trend; null where it has none.</param>
    public OpportunityScore? Score(CrmHistory deals, string opportunityId, double? published = null)
    {
        if (deals.IndexOf(opportunityId) is not (>= 0 and var index)) return null;
        var asOf = AsOf.EndOf(DateOf(deals, index));
        if (new SnapshotTaker(deals, _ground.Bundle.Win.Features, _ground.Rates).Take(index, asOf) is not { } snapshot) return null;
        var previous = published is { } before ? new Dictionary<string, double>(StringComparer.Ordinal) { [opportunityId] = before } : null;
        return _ground.Scorer.Explain(_ground.Scorer.Score(snapshot, RevenueForecaster.DefaultPeriods(deals.Calendar, asOf.Date), previous).Score, snapshot);
    }

    /// <summary>The as-of date of a deal's score.</summary>
    internal DateOnly DateOf(CrmHistory deals, int index)
    {
        var latest = deals.Opportunities[index].RecordedAt;
        if (deals.ToldOf(index) is [.., var change] && change.RecordedAt > latest) latest = change.RecordedAt;
        if (deals.ActivitiesOf(index) is [.., var activity] && activity.RecordedAt > latest) latest = activity.RecordedAt;
        var date = DateOnly.FromDateTime(latest.UtcDateTime);
        return date > Run.AsOf ? date : Run.AsOf;
    }
}
