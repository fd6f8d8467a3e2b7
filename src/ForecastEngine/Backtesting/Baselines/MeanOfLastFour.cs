namespace ForecastEngine.Backtesting.Baselines;

/// <summary>The mean revenue of the four newest periods of the same kind that were over at the origin. May lie below what is already won. Null where the history does not cover four whole.</summary>
public sealed class MeanOfLastFour : IRevenueBaseline
{
    private const int Periods = 4;

    /// <inheritdoc/>
    public string Name => Method.MeanOfLastFour;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view)
    {
        var calendar = view.Known.Calendar;
        var period = calendar.Previous(view.Window.Period);
        while (period.End.CompareTo(view.Window.Cutoff) > 0) period = calendar.Previous(period);
        var (sum, last) = (0.0, period);
        for (var n = 0; n < Periods; n++, last = calendar.Previous(last))
        {
            if (view.RevenueOf(last) is not { } revenue) return null;
            sum += revenue;
        }
        return sum / Periods;
    }
}
