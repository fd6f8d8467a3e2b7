using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>The same answer for every deal: the win rate of the closed deals known at an origin. Knows no time.</summary>
/// <remarks>(w + ½) / (n + 1), Jeffreys; ½ where no deal is closed.</remarks>
public sealed class BaseRateBaseline : IDealBaseline
{
    private readonly double _rate;

    /// <param name="rates">Closings of a history.</param>
    /// <param name="origin">Closings recorded until then count.</param>
    public BaseRateBaseline(GroupRates rates, AsOf origin) => _rate = rates.OverallRate(origin);

    /// <inheritdoc/>
    public string Name => Method.BaseRate;

    /// <inheritdoc/>
    public bool KnowsTime => false;

    /// <inheritdoc/>
    public double? WonWithin(OpportunitySnapshot deal, double days) => _rate;
}
