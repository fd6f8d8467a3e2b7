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
    private readonly PipelineGround _ground;
    private readonly Lazy<(IReadOnlyList<OpportunitySnapshot> Open, IReadOnlyList<ScoredOpportunity> Deals)> _scored;
    private readonly Lazy<RevenueForecaster> _forecaster;

    /// <summary>A forecast whose deals are scored when they are first asked for.</summary>
    /// <param name="ground">What all deals have in common.</param>
    /// <param name="score">Takes and scores the open deals, in the same order.</param>
    /// <param name="forecaster">Adds them up; null to make it of the deals when it is asked for.</param>
    public PipelineForecast(PipelineGround ground, Func<(IReadOnlyList<OpportunitySnapshot> Open, IReadOnlyList<ScoredOpportunity> Deals)> score, RevenueForecaster? forecaster = null)
    {
        (_ground, _scored) = (ground, new(score));
        _forecaster = forecaster is null ? new(() => ground.Forecaster(Deals)) : new(forecaster);
    }

    /// <summary>The date.</summary>
    public AsOf AsOf => _ground.AsOf;
    /// <summary>The common factor at that date.</summary>
    public MarketState Market => _ground.Market;
    /// <summary>The open deals as known then, by creation.</summary>
    public IReadOnlyList<OpportunitySnapshot> Open => _scored.Value.Open;
    /// <summary>Their scores, in the same order.</summary>
    public IReadOnlyList<ScoredOpportunity> Deals => _scored.Value.Deals;
    /// <summary>Adds the deals up to revenue.</summary>
    public RevenueForecaster Forecaster => _forecaster.Value;

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
        var ground = PipelineGround.From(bundle, known, asOf, options.Threads, cancellation);
        var open = ground.Taker().OpenPipeline(asOf);
        var deals = ground.Scorer.Score(open, periods, previous, options, cancellation);
        return new PipelineForecast(ground, () => (open, deals), ground.Forecaster(deals));
    }

    /// <summary>The score of one deal with its drivers; null when it is not open at the date or not known.</summary>
    public OpportunityScore? Explain(string opportunityId)
    {
        var deal = Deals.FirstOrDefault(d => d.Score.OpportunityId == opportunityId);
        if (deal is null) return null;
        return deal.Score.BaseProbability is null ? _ground.Scorer.Explain(deal.Score, _ground.Taker().Take(_ground.Known.IndexOf(opportunityId), AsOf)!) : deal.Score;
    }
}
