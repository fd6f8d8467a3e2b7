namespace ForecastEngine.Backtesting.Baselines;

/// <summary>Seasonal naive: the revenue of the same period a year before
/// (<see cref="Crm.BusinessCalendar.YearBefore"/>). May lie below what is already won. Null where the history does not
/// cover that period whole.</summary>
public sealed class SamePeriodLastYear : IRevenueBaseline
{
    /// <inheritdoc/>
    public string Name => Method.SamePeriodLastYear;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view) => view.RevenueOf(view.Known.Calendar.YearBefore(view.Window.Period));
}
