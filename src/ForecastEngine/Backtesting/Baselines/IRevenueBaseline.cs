namespace ForecastEngine.Backtesting.Baselines;

/// <summary>A simple way to forecast the revenue of a period, that the engine must beat.</summary>
public interface IRevenueBaseline
{
    /// <summary>Its name: one of <see cref="Method"/>, or what the user called it.</summary>
    string Name { get; }

    /// <summary>The whole period's revenue as forecast at the origin, what is already won included, in the history's currency; null where it cannot answer.</summary>
    double? Forecast(BaselineView view);
}
