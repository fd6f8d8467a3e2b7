using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Forecasting;

/// <summary>
/// The open pipeline at a date, scored and ready to be added up: the one way from a model and what was known to scores and
/// revenue, for the nightly run, an answer on demand and a backtest alike.
/// </summary>
public sealed class PipelineForecast
{
    private readonly PipelineScorer _scorer;
    private readonly SnapshotTaker _taker;
    private readonly CrmHistory _known;

    private PipelineForecast(CrmHistory known, AsOf asOf, MarketState market, IReadOnlyList<OpportunitySnapshot> open, IReadOnlyList<ScoredOpportunity> deals,
        RevenueForecaster forecaster, PipelineScorer scorer, SnapshotTaker taker) =>
        (_known, AsOf, Market, Open, Deals, Forecaster, _scorer, _taker) = (known, asOf, market, open, deals, forecaster, scorer, taker);

    /// <summary>The date.</summary>
    public AsOf AsOf { get; }
    /// <summary>The common factor at that date.</summary>
    public MarketState Market { get; }
    /// <summary>The open deals as known then, by creation.</summary>
    public IReadOnlyList<OpportunitySnapshot> Open { get; }
    /// <summary>Their scores, in the same order.</summary>
    public IReadOnlyList<ScoredOpportunity> Deals { get; }
    /// <summary>Adds the deals up to revenue.</summary>
    public RevenueForecaster Forecaster { get; }

    /// <summary>Scores the pipeline.</summary>
    /// <param name="bundle">Trained on nothing after <paramref name="asOf"/>.</param>
    /// <param name="known">What is known at <paramref name="asOf"/>: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="asOf">The date.</param>
    /// <param name="periods">Periods to state P(won by their end) for.</param>
    /// <param name="options">Settings of the scoring.</param>
    /// <param name="previous">Win probabilities of the run before, by opportunity; for the trend.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static PipelineForecast From(ModelBundle bundle, CrmHistory known, AsOf asOf, IReadOnlyList<Period> periods, ScoringOptions options,
        IReadOnlyDictionary<string, double>? previous = null, CancellationToken cancellation = default)
    {
        var rates = GroupRates.From(known, bundle.Win.Features.Schema.CategoricalAttributes);
        var market = bundle.Market.AdvanceTo(asOf, bundle.Win, known, rates, options.Threads, cancellation);
        var factor = market.Factor;
        var taker = new SnapshotTaker(known, bundle.Win.Features, rates);
        var open = taker.OpenPipeline(asOf);
        var scorer = new PipelineScorer(bundle.Win, bundle.Size, factor);
        var deals = scorer.Score(open, periods, previous, options, cancellation);
        var forecaster = new RevenueForecaster(known, asOf, deals, factor, market.MomentVariance, NewbornCurves.From(known, asOf, bundle.Win, rates, factor));
        return new PipelineForecast(known, asOf, market, open, deals, forecaster, scorer, taker);
    }

    /// <summary>The score of one deal with its drivers; null when it is not open at the date or not known.</summary>
    public OpportunityScore? Explain(string opportunityId)
    {
        var deal = Deals.FirstOrDefault(d => d.Score.OpportunityId == opportunityId);
        if (deal is null) return null;
        return deal.Score.BaseProbability is null ? _scorer.Explain(deal.Score, _taker.Take(_known.IndexOf(opportunityId), AsOf)!) : deal.Score;
    }
}
