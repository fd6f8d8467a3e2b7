using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// How a deal's columns move the log odds of a hazard in a straight line: the pilot from which the trees depart.
/// <para>Σ_j b_j (min(max(x_j, low_j), high_j) − mean_j), in log odds; 0 for the average training row.</para>
/// </summary>
/// <remarks>
/// Trees alone answer too much alike: held against the truth of simulated companies their log odds wanted a slope of 1.14 at 460 wins a quarter and of
/// 1.07 at 100, around the line 1.09 and 1.01. A ridge over all columns goes on where rows are few. Local case-control sampling around a pilot:
/// Fithian and Hastie, Annals of Statistics 42, 2014.
/// </remarks>
public sealed record HazardLine
{
    /// <summary>Precision of the normal prior on each coefficient of a standardised column, in training rows: landmarks of one deal overlap, so some 40 deals.</summary>
    private const double Precision = 250;
    /// <summary>Rows it is fitted on at most, about.</summary>
    private const int MostRows = 50_000;

    /// <summary>Columns of the snapshot.</summary>
    public required int[] Columns { get; init; }
    /// <summary>b per column, in log odds per unit.</summary>
    public required double[] Coefficients { get; init; }
    /// <summary>Mean of each column over the training rows.</summary>
    public required double[] Means { get; init; }
    /// <summary>Least value of each column in training: what lies below counts as it.</summary>
    public required double[] Lows { get; init; }
    /// <summary>Largest value of each column in training.</summary>
    public required double[] Highs { get; init; }

    /// <summary>The line's log odds of a snapshot's columns.</summary>
    public double Of(ReadOnlySpan<float> columns)
    {
        var sum = 0.0;
        for (var j = 0; j < Columns.Length; j++) sum += Share(j, columns);
        return sum;
    }

    /// <summary>The part of the <paramref name="j"/>-th of <see cref="Columns"/> in <see cref="Of"/>.</summary>
    public double Share(int j, ReadOnlySpan<float> columns) => Coefficients[j] * (Math.Clamp(columns[Columns[j]], Lows[j], Highs[j]) - Means[j]);

    /// <summary>Fits the line to rows kept by stage, cell and calendar alone; null where no column varies or nothing happened.</summary>
    internal static HazardLine? From(LandmarkColumns landmarks, StageRates rates, CalendarPace winPace, CalendarPace lossPace, TimeGrid grid, Cause cause, WinProbabilityOptions options)
    {
        var rows = HazardRows.From(landmarks, rates, winPace, lossPace, grid, cause, options.ControlsPerEvent, options.Seed, Math.Min(options.MaxRows, MostRows));
        var columns = Enumerable.Range(0, landmarks.FeatureCount).Select(c => Spread.Of(rows, c)).OfType<Spread>().ToArray();
        if (columns.Length == 0 || !rows.Labels.Contains(true)) return null;
        var (design, outcomes, weights, offsets) = (new double[rows.Count, columns.Length + 1], new double[rows.Count], new double[rows.Count], new double[rows.Count]);
        var perRow = rows.Weights.Average(w => (double)w);
        for (var r = 0; r < rows.Count; r++)
        {
            (design[r, 0], outcomes[r], weights[r]) = (1, rows.Labels[r] ? 1 : 0, rows.Weights[r] / perRow);
            for (var j = 0; j < columns.Length; j++) design[r, j + 1] = (rows.Values[r * rows.Stride + columns[j].Column] - columns[j].Mean) / columns[j].Deviation;
            // What stage rate and calendar say of a row that was kept.
            var pace = rows.Values[r * rows.Stride + landmarks.FeatureCount + AheadFeatures.PaceOf(cause)];
            offsets[r] = rates.LogOdds(rows.Stages[r])[rows.Cells[r]] + Math.Log(pace) - rows.LogKeptShare[r];
        }
        double[] precision = [1e-6, .. columns.Select(_ => Precision)];
        var fit = LogisticRegression.Fit(design, outcomes, weights, offsets, priorPrecision: precision).Coefficients;
        return new HazardLine
        {
            Columns = [.. columns.Select(c => c.Column)], Coefficients = [.. columns.Select((c, j) => fit[j + 1] / c.Deviation)], Means = [.. columns.Select(c => c.Mean)],
            Lows = [.. columns.Select(c => c.Low)], Highs = [.. columns.Select(c => c.High)],
        };
    }

    private sealed record Spread(int Column, double Mean, double Deviation, double Low, double High)
    {
        // Null for a column that never varies.
        public static Spread? Of(HazardRows rows, int column)
        {
            var (weight, mean, variance, low, high) = (0.0, 0.0, 0.0, double.PositiveInfinity, double.NegativeInfinity);
            for (var r = 0; r < rows.Count; r++)
            {
                double value = rows.Values[r * rows.Stride + column];
                weight += rows.Weights[r];
                mean += rows.Weights[r] * value;
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            }
            mean /= weight;
            for (var r = 0; r < rows.Count; r++) variance += rows.Weights[r] / weight * Math.Pow(rows.Values[r * rows.Stride + column] - mean, 2);
            return low < high && variance > 1e-12 * (1 + mean * mean) ? new Spread(column, mean, Math.Sqrt(variance), low, high) : null;
        }
    }
}
