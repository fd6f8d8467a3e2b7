using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// What a revenue baseline may look at: the history known at the origin, the open pipeline then, and the like windows of
/// earlier periods as they were known at their own origins. Shared by all baselines of a window; each look is computed once.
/// </summary>
public sealed class BaselineView
{
    private static readonly FeatureSchema NoFeatures = new()
    {
        DecayDays = [7], ActivityKinds = [], RateColumns = [], NumericAttributes = [], HasStages = false, HasAmounts = false, HasPlannedClose = false,
        HasActivities = false, HasAccounts = false, HasTimeOfDay = false, HasSeasons = false,
    };

    private readonly SnapshotTaker _taker;
    private readonly Lazy<IReadOnlyList<OpportunitySnapshot>> _pipeline;

    /// <param name="known">What is known at the window's origin: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="window">The window.</param>
    public BaselineView(CrmHistory known, BacktestWindow window)
    {
        (Known, Window) = (known, window);
        _taker = new SnapshotTaker(known, new FeatureSet(NoFeatures), GroupRates.From(known, []));
        _pipeline = new(() => _taker.OpenPipeline(window.Cutoff));
    }

    /// <summary>What is known at the origin.</summary>
    public CrmHistory Known { get; }
    /// <summary>The window.</summary>
    public BacktestWindow Window { get; }
    /// <summary>The open deals at the origin.</summary>
    public IReadOnlyList<OpportunitySnapshot> Pipeline => _pipeline.Value;
}
