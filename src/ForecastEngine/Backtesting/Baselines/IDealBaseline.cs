using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>A simple way to tell how likely an open deal is to be won, that the engine must beat.</summary>
public interface IDealBaseline
{
    /// <summary>Its name: one of <see cref="Method"/>.</summary>
    string Name { get; }

    /// <summary>P(won within <paramref name="days"/> of the snapshot), 0–1; a method that knows no time answers with P(won eventually). Null where it cannot answer.</summary>
    double? WonWithin(OpportunitySnapshot deal, double days);
}
