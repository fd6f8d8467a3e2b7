using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Forecasting;

/// <summary>
/// What all open deals at a date have in common: the market, the rates of groups, the models and how coming deals will fare.
/// Learned once from the whole history; any share of the deals may then be scored on it, by any process, with the same numbers.
/// Safe to share between threads.
/// </summary>
public sealed class PipelineGround
{
    private PipelineGround(ModelBundle bundle, CrmHistory known, AsOf asOf, GroupRates rates, MarketState market)
    {
        (Bundle, Known, AsOf, Rates, Market) = (bundle, known, asOf, rates, market);
        Scorer = new PipelineScorer(bundle.Win, bundle.Size, market.Factor);
        Newborns = NewbornCurves.From(known, asOf, bundle.Win, rates, market.Factor);
    }

    /// <summary>The models.</summary>
    public ModelBundle Bundle { get; }
    /// <summary>What was known.</summary>
    public CrmHistory Known { get; }
    /// <summary>The date.</summary>
    public AsOf AsOf { get; }
    /// <summary>Rates of groups.</summary>
    public GroupRates Rates { get; }
    /// <summary>The common factor at that date.</summary>
    public MarketState Market { get; }
    /// <summary>Scores deals.</summary>
    public PipelineScorer Scorer { get; }
    /// <summary>How deals not yet created will fare; null to go by the recent past.</summary>
    public NewbornCurves? Newborns { get; }

    /// <summary>Learns it.</summary>
    /// <param name="bundle">Trained on nothing after <paramref name="asOf"/>.</param>
    /// <param name="known">What is known at <paramref name="asOf"/>: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="asOf">The date.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ModelRegistryException">The models learnt by another calendar than the history's.</exception>
    public static PipelineGround From(ModelBundle bundle, CrmHistory known, AsOf asOf, int threads, CancellationToken cancellation = default)
    {
        if (!bundle.Win.Features.Schema.Calendar.HasDaysOf(known.Calendar))
            throw new ModelRegistryException("Models", $"some that learnt by another business calendar ({bundle.Win.Features.Schema.Calendar})", $"the history's ({known.Calendar})", "Train again.");
        var rates = GroupRates.From(known, bundle.Win.Features.Schema.CategoricalAttributes);
        return new PipelineGround(bundle, known, asOf, rates, bundle.Market.AdvanceTo(asOf, bundle.Win, known, rates, threads, cancellation));
    }

    /// <summary>A new taker of snapshots, for one thread.</summary>
    public SnapshotTaker Taker() => new(Known, Bundle.Win.Features, Rates);

    /// <summary>Adds deals up to revenue.</summary>
    public RevenueForecaster Forecaster(IReadOnlyList<ScoredOpportunity> deals) => new(Known, AsOf, deals, Market.Factor, Market.MomentVariance, Newborns);
}
