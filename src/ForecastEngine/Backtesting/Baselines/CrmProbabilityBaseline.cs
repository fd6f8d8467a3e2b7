using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>The CRM's own figure: the deal's, else its stage's default. Knows no time. Null where the CRM has none.</summary>
public sealed class CrmProbabilityBaseline : IDealBaseline
{
    /// <inheritdoc/>
    public string Name => Method.CrmProbability;

    /// <inheritdoc/>
    public bool KnowsTime => false;

    /// <inheritdoc/>
    public double? WonWithin(OpportunitySnapshot deal, double days) => deal.CrmProbability;
}
