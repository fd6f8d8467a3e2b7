using ForecastEngine.Statistics;

namespace ForecastEngine.Benchmarks;

/// <summary>A year of weekly looks at a company whose probabilities are calibrated, until something shifts: how often and how soon the drift rule alarms.</summary>
public sealed record DriftTrial
{
    /// <summary>Wins a quarter.</summary>
    public double WinsPerQuarter { get; init; } = 100;
    /// <summary>Columns watched.</summary>
    public int Columns { get; init; } = 60;
    /// <summary>Standard deviation of the market, log odds; it persists by 0.9 a week.</summary>
    public double Market { get; init; } = 0.15;
    /// <summary>The first week of the shift, from 0; null for none.</summary>
    public int? ShiftAt { get; init; }
    /// <summary>What the shift adds to the log odds of winning in a week.</summary>
    public double LogOdds { get; init; }
    /// <summary>What it adds to the first column of the deals born since, in standard deviations.</summary>
    public double Column { get; init; }

    private const int Weeks = 52, WindowWeeks = 8;
    private const double Persistence = 0.9, WinsPerDeal = 0.3;

    /// <summary>Weeks from the shift (from the first week where there is none) to the first alarm; null without one.</summary>
    public int? FirstAlarm(long seed)
    {
        var births = Math.Max(1, (int)Math.Round(WinsPerQuarter / 13 / WinsPerDeal));
        var reference = Samples(seed, -Weeks, Weeks, births);
        var alarm = new CalibrationAlarm(Persistence, Market, 0, Market * Market);
        var factor = 0.0;
        for (var week = 0; week < Weeks; week++)
        {
            factor = Persistence * factor + Market * Math.Sqrt(1 - Persistence * Persistence) * Normal(seed, 1, week, 0);
            var (probabilities, outcomes) = Pipeline(seed, week, factor + (week >= ShiftAt ? LogOdds : 0));
            alarm.Add(probabilities, outcomes);
            var current = Samples(seed, week - WindowWeeks + 1, WindowWeeks, births);
            var drifts = reference.Zip(current).Select(c => SampleDrift.Of(c.First, c.Second)).ToList();
            var adjusted = DriftRule.Adjust(drifts);
            if (alarm.Value >= DriftRule.CalibrationThreshold(1) || drifts.Where((d, c) => DriftRule.Alarms(d, adjusted[c])).Any())
                return week - (ShiftAt ?? 0);
        }
        return null;
    }

    // Open deals of a week: what was foretold of each, and what came.
    private (double[] Probabilities, double[] Outcomes) Pipeline(long seed, int week, double shift)
    {
        var open = (int)Math.Round(WinsPerQuarter / 13 / 0.04);
        var (probabilities, outcomes) = (new double[open], new double[open]);
        for (var i = 0; i < open; i++)
        {
            probabilities[i] = Logit.Inverse(-3.6 + Normal(seed, 2, week, i));
            outcomes[i] = CounterRandom.For(seed, 3, week, i).Uniform() < Logit.Inverse(Logit.Of(probabilities[i]) + shift) ? 1 : 0;
        }
        return (probabilities, outcomes);
    }

    // Columns of a span of weeks: continuous, skewed, counted and yes-or-no, all correlated through the deal.
    private double[][] Samples(long seed, int from, int weeks, int births)
    {
        var columns = Enumerable.Range(0, Columns).Select(_ => new double[weeks * births]).ToArray();
        for (var w = 0; w < weeks; w++)
            for (var i = 0; i < births; i++)
            {
                var (week, common) = (from + w, Normal(seed, 4, from + w + 1000, i));
                for (var c = 0; c < Columns; c++)
                {
                    var z = 0.6 * common + 0.8 * Normal(seed, 5 + c, week + 1000, i) + (c == 0 && week >= ShiftAt ? Column : 0);
                    columns[c][w * births + i] = (c % 4) switch { 0 => z, 1 => Math.Exp(z), 2 => Math.Round(Math.Max(0, 2 + 2 * z)), _ => z > 1 ? 1 : 0 };
                }
            }
        return columns;
    }

    private static double Normal(long seed, int stream, int week, int i) => CounterRandom.For(seed, stream, week, i).Normal();
}
