namespace ForecastEngine.Statistics;

/// <summary>Scores of point forecasts of sums: how far off, and to which side.</summary>
public static class PointScores
{
    /// <summary>
    /// Weighted absolute percentage error, as a fraction.
    /// <para>Σ|ŷ − y| / Σ|y|, from 0; lower is better. NaN where nothing came at all. Least for forecasts of the median.</para>
    /// </summary>
    public static double Wape(ReadOnlySpan<double> forecasts, ReadOnlySpan<double> actuals)
    {
        Check(nameof(Wape), forecasts, actuals);
        double error = 0, size = 0;
        for (var i = 0; i < actuals.Length; i++)
        {
            error += Math.Abs(forecasts[i] - actuals[i]);
            size += Math.Abs(actuals[i]);
        }
        return size == 0 ? double.NaN : error / size;
    }

    /// <summary>Relative bias Σŷ / Σy − 1: above 0 too optimistic, below 0 too careful. NaN where the actuals sum to 0.</summary>
    public static double Bias(ReadOnlySpan<double> forecasts, ReadOnlySpan<double> actuals)
    {
        Check(nameof(Bias), forecasts, actuals);
        double forecast = 0, actual = 0;
        for (var i = 0; i < actuals.Length; i++)
        {
            forecast += forecasts[i];
            actual += actuals[i];
        }
        return actual == 0 ? double.NaN : forecast / actual - 1;
    }

    /// <summary>
    /// Mean absolute scaled error: against the seasonal naive forecast's error within the history.
    /// <para>mean|ŷ − y| / mean_{t &gt; m}|h_t − h_{t−m}|, from 0; lower is better, 1 ties with the naive forecast. NaN where the history never changes.</para>
    /// </summary>
    /// <param name="forecasts">Forecasts of the test window.</param>
    /// <param name="actuals">What came.</param>
    /// <param name="history">The training window before it, longer than one season.</param>
    /// <param name="season">Season length m in steps: 4 for quarters, 1 for the plain naive forecast.</param>
    /// <remarks>Hyndman and Koehler, "Another look at measures of forecast accuracy", IJF 2006.</remarks>
    public static double Mase(ReadOnlySpan<double> forecasts, ReadOnlySpan<double> actuals, ReadOnlySpan<double> history, int season = 1)
    {
        Check(nameof(Mase), forecasts, actuals);
        if (season < 1 || history.Length <= season)
            throw new ArgumentException($"{nameof(Mase)}: found {history.Length} steps of history and season {season}; expected a history longer than one season.");
        double error = 0, naive = 0;
        for (var i = 0; i < actuals.Length; i++) error += Math.Abs(forecasts[i] - actuals[i]);
        for (var t = season; t < history.Length; t++) naive += Math.Abs(history[t] - history[t - season]);
        naive /= history.Length - season;
        return naive == 0 ? double.NaN : error / actuals.Length / naive;
    }

    private static void Check(string where, ReadOnlySpan<double> forecasts, ReadOnlySpan<double> actuals)
    {
        Require.NotEmpty(where, actuals.Length);
        Require.SameLength(where, forecasts.Length, actuals.Length, "forecasts");
    }
}
