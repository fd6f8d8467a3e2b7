using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>
/// Scores single deals between two rescoring runs: the run's model, and all that deals have in common as the run knew it (the
/// rates of groups, the market). Loading reads the whole history once and keeps none of it; a score reads one deal.
/// Immutable and safe to share between threads.
/// </summary>
public sealed class LiveScorer
{
    private readonly ModelBundle _bundle;
    private readonly GroupRates _rates;
    private readonly PipelineScorer _scorer;

    private LiveScorer(RescoringRun run, ModelBundle bundle, GroupRates rates, CommonFactor factor) =>
        (Run, _bundle, _rates, _scorer) = (run, bundle, rates, new PipelineScorer(bundle.Win, bundle.Size, factor));

    /// <summary>The run whose scores it continues.</summary>
    public RescoringRun Run { get; }

    /// <summary>Prepares to score beside a published run.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="run">The run.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops it.</param>
    public static LiveScorer Load(Workspace workspace, RescoringRun run, int threads = 1, CancellationToken cancellation = default)
    {
        var bundle = ModelBundle.Load(workspace.Models.Get(run.ModelVersion).Files);
        var asOf = AsOf.EndOf(run.AsOf);
        var known = workspace.History.Load(asOf, cancellation);
        var rates = GroupRates.From(known, bundle.Win.Features.Schema.CategoricalAttributes);
        return new LiveScorer(run, bundle, rates, bundle.Market.AdvanceTo(asOf, bundle.Win, known, rates, threads, cancellation).Factor);
    }

    /// <summary>
    /// The score of a deal with its drivers, as of the run's date, or of the day of the deal's newest fact where that is later;
    /// null when it is closed or not known.
    /// </summary>
    /// <param name="deals">A history that holds the deal: see <see cref="EventStore.Deals(IReadOnlyCollection{string})"/>.</param>
    /// <param name="opportunityId">The deal.</param>
    /// <param name="published">The win probability that the run published, 0–1, for the trend; null where it has none.</param>
    public OpportunityScore? Score(CrmHistory deals, string opportunityId, double? published = null)
    {
        if (deals.IndexOf(opportunityId) is not (>= 0 and var index)) return null;
        var asOf = AsOf.EndOf(DateOf(deals, index));
        if (new SnapshotTaker(deals, _bundle.Win.Features, _rates).Take(index, asOf) is not { } snapshot) return null;
        var previous = published is { } before ? new Dictionary<string, double>(StringComparer.Ordinal) { [opportunityId] = before } : null;
        return _scorer.Score([snapshot], RevenueForecaster.DefaultPeriods(asOf.Date), previous, new ScoringOptions { ExplainTop = 1, Threads = 1 })[0].Score;
    }

    /// <summary>The as-of date of a deal's score.</summary>
    internal DateOnly DateOf(CrmHistory deals, int index)
    {
        var latest = deals.Opportunities[index].RecordedAt;
        if (deals.ChangesOf(index) is [.., var change] && change.RecordedAt > latest) latest = change.RecordedAt;
        if (deals.ActivitiesOf(index) is [.., var activity] && activity.RecordedAt > latest) latest = activity.RecordedAt;
        var date = DateOnly.FromDateTime(latest.UtcDateTime);
        return date > Run.AsOf ? date : Run.AsOf;
    }
}
