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
    /// <summary>The most that one column may say, in log odds.</summary>
    private const double MostSaid = 3;
    /// <summary>Rows it is fitted on at most, about.</summary>
    private const int MostRows = 50_000;

    /// <summary>Columns of the snapshot.</summary>
    public required int[] Columns { get; init; }
    /// <summary>b per column, in log odds per unit.</summary>
    public required double[] Coefficients { get; init; }
    /// <summary>Mean of each column over the training rows.</summary>
    public required double[] Means { get; init; }
    /// <summary>What lies below counts as it: the 0.5 % quantile of the training rows.</summary>
    public required double[] Lows { get; init; }
    /// <summary>What lies above counts as it: the 99.5 % quantile.</summary>
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
        if (!rows.Labels.Contains(true)) return null;
        var (outcomes, weights, offsets) = (new double[rows.Count], new double[rows.Count], new double[rows.Count]);
        var perRow = rows.Weights.Average(w => (double)w);
        for (var r = 0; r < rows.Count; r++)
        {
            (outcomes[r], weights[r]) = (rows.Labels[r] ? 1 : 0, rows.Weights[r] / perRow);
            // What stage rate and calendar say of a row that was kept.
            var pace = rows.Values[r * rows.Stride + landmarks.FeatureCount + AheadFeatures.PaceOf(cause)];
            offsets[r] = rates.LogOdds(rows.Stages[r])[rows.Cells[r]] + Math.Log(pace) - rows.LogKeptShare[r];
        }
        return Fit(rows.Values, rows.Stride, landmarks.LineColumns, outcomes, weights, offsets, Precision)?.Line;
    }

    /// <summary>Fits a line and an intercept to rows.</summary>
    /// <param name="values">Row-major.</param>
    /// <param name="stride">Floats per row.</param>
    /// <param name="columns">Columns to consider: those that vary between their 0.5 % and 99.5 % quantiles are used.</param>
    /// <param name="outcomes">1 where it happened.</param>
    /// <param name="weights">Weight of each row; empty for 1.</param>
    /// <param name="offsets">Known part of the log odds; empty for 0.</param>
    /// <param name="precision">Precision of the normal prior on each coefficient of a standardised column, in rows.</param>
    /// <returns>Null where no column varies.</returns>
    internal static (HazardLine Line, double Intercept)? Fit(
        ReadOnlySpan<float> values, int stride, IReadOnlyList<int> columns, double[] outcomes, double[] weights, double[] offsets, double precision)
    {
        var spreads = new List<Spread>();
        foreach (var column in columns)
            if (Spread.Of(values, stride, column, weights) is { } spread) spreads.Add(spread);
        if (spreads.Count == 0) return null;
        var design = new double[outcomes.Length, spreads.Count + 1];
        for (var r = 0; r < outcomes.Length; r++)
        {
            design[r, 0] = 1;
            for (var j = 0; j < spreads.Count; j++)
                design[r, j + 1] = (Math.Clamp(values[r * stride + spreads[j].Column], spreads[j].Low, spreads[j].High) - spreads[j].Mean) / spreads[j].Deviation;
        }
        double[] precisions = [1e-6, .. spreads.Select(_ => precision)];
        var fit = LogisticRegression.Fit(design, outcomes, weights, offsets, priorPrecision: precisions).Coefficients;
        return (new HazardLine
        {
            Columns = [.. spreads.Select(c => c.Column)],
            Coefficients = [.. spreads.Select((c, j) => Math.Clamp(fit[j + 1], -MostSaid / c.Reach, MostSaid / c.Reach) / c.Deviation)],
            Means = [.. spreads.Select(c => c.Mean)], Lows = [.. spreads.Select(c => c.Low)], Highs = [.. spreads.Select(c => c.High)],
        }, fit[0]);
    }

    private sealed record Spread(int Column, double Mean, double Deviation, double Low, double High)
    {
        private const double Tail = 0.005;

        /// <summary>Farthest that the column comes from its mean, in standard deviations.</summary>
        public double Reach => Math.Max(High - Mean, Mean - Low) / Deviation;

        // Null for a column that hardly ever varies: what is told of a few rows in a thousand would be luck.
        public static Spread? Of(ReadOnlySpan<float> values, int stride, int column, double[] weights)
        {
            var sorted = new float[values.Length / stride];
            for (var r = 0; r < sorted.Length; r++) sorted[r] = values[r * stride + column];
            Array.Sort(sorted);
            var (low, high) = (sorted[(int)(Tail * (sorted.Length - 1))], sorted[sorted.Length - 1 - (int)(Tail * (sorted.Length - 1))]);
            if (low >= high) return null;
            var (weight, mean, variance) = (0.0, 0.0, 0.0);
            for (var r = 0; r < sorted.Length; r++)
            {
                var own = weights.Length == 0 ? 1 : weights[r];
                weight += own;
                mean += own * Math.Clamp(values[r * stride + column], low, high);
            }
            mean /= weight;
            for (var r = 0; r < sorted.Length; r++)
                variance += (weights.Length == 0 ? 1 : weights[r]) / weight * Math.Pow(Math.Clamp(values[r * stride + column], low, high) - mean, 2);
            return variance > 1e-12 * (1 + mean * mean) ? new Spread(column, mean, Math.Sqrt(variance), low, high) : null;
        }
    }
}
