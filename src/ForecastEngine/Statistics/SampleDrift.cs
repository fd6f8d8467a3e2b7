namespace ForecastEngine.Statistics;

/// <summary>How far one column moved from its reference.</summary>
/// <param name="StabilityIndex">Population stability index over the reference's deciles: 0.1 watch, 0.25 act, by custom.</param>
/// <param name="KolmogorovSmirnov">Largest distance of the two distribution functions, 0–1.</param>
/// <param name="PValue">The chance of a distance as large if nothing had changed; too large, never too small, where values repeat.</param>
public readonly record struct SampleDrift(double StabilityIndex, double KolmogorovSmirnov, double PValue)
{
    /// <summary>Compares two samples of independent cases. An indicator of 0 and 1 does as well: the distance is the difference of its rates then.</summary>
    public static SampleDrift Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> current)
    {
        var distance = Statistics.KolmogorovSmirnov.TwoSample(reference, current);
        return new(PopulationStability.IndexOfSamples(reference, current), distance.Statistic, distance.PValue);
    }
}

/// <summary>
/// When drift calls for a new training. All looks of a year together raise a false alarm with a probability of at most 5 %: 4 % go to
/// calibration, by Ville's inequality over any number of looks; 1 % to columns, a 52nd of it to each weekly look, shared by Holm among the
/// columns of the look (Bonferroni over looks holds although their samples overlap).
/// </summary>
public static class DriftRule
{
    /// <summary>Chance of a false alarm in a year that calibration may use.</summary>
    public const double CalibrationRisk = 0.04;
    /// <summary>Chance of a false alarm in a year that all columns together may use.</summary>
    public const double ColumnRisk = 0.01;
    /// <summary>Weekly looks in a year.</summary>
    public const int Looks = 52;
    /// <summary>A column's stability index below which a difference, however certain, is too small to act on.</summary>
    public const double LeastIndex = 0.1;

    /// <summary>Adjusted p-value at or below which a column calls for a new training.</summary>
    public static double ColumnLevel => ColumnRisk / Looks;

    /// <summary>
    /// The e-value that calls for a new training. Each new champion begins a process of its own: the k-th of a year may use
    /// 1/(k (k + 1)) of the risk, which adds up to at most all of it.
    /// </summary>
    /// <param name="championsThisYear">Champions in force during the last year, this one included: 1 or more.</param>
    public static double CalibrationThreshold(int championsThisYear) => championsThisYear * (championsThisYear + 1.0) / CalibrationRisk;

    /// <summary>Holm-adjusted p-values of a look's columns.</summary>
    public static double[] Adjust(IReadOnlyList<SampleDrift> columns) => Holm.Adjust([.. columns.Select(c => c.PValue)]);

    /// <summary>True when a column calls for a new training.</summary>
    public static bool Alarms(SampleDrift column, double adjusted) => adjusted <= ColumnLevel && column.StabilityIndex >= LeastIndex;
}
