using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>A simple way to tell how likely an open deal is to be won, that the engine must beat.</summary>
public interface IDealBaseline
{
    /// <summary>Its name: one of <see cref="Method"/>, or what the user called it.</summary>
    string Name { get; }

    /// <summary>False for a method that answers P(won eventually) whatever days it is asked about.</summary>
    bool KnowsTime { get; }

    /// <summary>P(won within <paramref name="days"/> of the snapshot), 0–1; a method that knows no time answers with P(won eventually). Null where it cannot answer.</summary>
    double? WonWithin(OpportunitySnapshot deal, double days);
}
