using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>Windows as a backtest might bring them, drawn instead of trained: quarters of log-normal revenue, each forecast at its start and in week 6.</summary>
public static class SampleWindows
{
    private static readonly double[] Levels = [.5, .8, .95];
    private static readonly double[] Normals = [.67449, 1.28155, 1.95996];

    /// <param name="quarters">Quarters per series.</param>
    /// <param name="deals">Open deals per window, half of them carried on to the next.</param>
    /// <param name="series">Histories; more than one or a known truth mean simulated worlds.</param>
    /// <param name="isTrueKnown">True to give the oracle's view as well.</param>
    /// <param name="teams">Names of the teams.</param>
    public static IReadOnlyList<WindowResult> Of(int quarters = 8, int deals = 60, int series = 1, bool isTrueKnown = false, long seed = 1, params string[] teams)
    {
        var windows = new List<WindowResult>();
        for (var s = 0; s < series; s++)
        {
            var period = BusinessCalendar.Default.Quarter(new DateOnly(2023, 1, 1));
            for (var q = 0; q < quarters; q++, period = period.Next())
            {
                var random = CounterRandom.For(seed, s, q);
                var centre = 900_000 * (1 + .04 * q);
                var luck = .22 * random.Normal(1);
                foreach (var week in (int[])[0, 6])
                    windows.Add(One(isTrueKnown || series > 1 ? $"world {s + 1}" : "", new BacktestWindow(AsOf.EndOf(period.From.AddDays(7 * week - 1)), period), centre, luck, random, week, deals, isTrueKnown, teams));
            }
        }
        return windows;
    }

    private static WindowResult One(string series, BacktestWindow window, double centre, double luck, CounterRandom random, int week, int deals, bool isTrueKnown, string[] teams)
    {
        var actual = Math.Round(centre * Math.Exp(luck));
        var spread = week == 0 ? .2 : .12;
        var median = centre * Math.Exp((week == 0 ? .2 : .65) * luck + .04 * random.Normal(10 + week));
        var forecasts = new List<WindowForecast>
        {
            Normal(Method.Engine, median, spread, actual),
            WindowForecast.Point(Method.WeightedPipeline, median * (1.25 + .1 * random.Normal(20 + week)), actual),
            WindowForecast.Point(Method.ConversionAndGrowth, median * (1 + .09 * random.Normal(30 + week)), actual),
            WindowForecast.Point(Method.MeanOfLastFour, centre * .9, actual),
        };
        if (window.Period.From.Year > 2023) forecasts.Add(WindowForecast.Point(Method.SamePeriodLastYear, centre * (.85 + .2 * random.Normal(40)), actual));
        var oracle = Normal(Method.Oracle, centre * Math.Exp((week == 0 ? .25 : .75) * luck), spread * .85, actual);
        return new WindowResult
        {
            Window = window, Series = series, TrainedUntil = window.Cutoff.Instant.AddDays(-1), Actual = actual, AlreadyWon = week == 0 ? 0 : .4 * actual, OpenDeals = deals, Forecasts = forecasts,
            Teams = [.. teams.Select((name, t) => Team(name, t, teams.Length, actual, median, spread, random, week))],
            Deals = Deals(window, deals, random, week, isTrueKnown),
            Truth = isTrueKnown ? new WindowTruth(oracle, [.52 + .05 * random.Normal(50 + week), .81 + .04 * random.Normal(52 + week), .94 + .02 * Math.Tanh(random.Normal(54 + week))]) : null,
        };
    }

    private static SegmentResult Team(string name, int team, int teams, double actual, double median, double spread, CounterRandom random, int week)
    {
        var came = Math.Max(0, actual / teams * (1 + .3 * random.Normal(100 + 10 * team + week)));
        return new SegmentResult($"team-{team}", name, came, Normal(Method.Engine, median / teams * (1 + .1 * team), 1.8 * spread, came));
    }

    private static DealForecasts Deals(BacktestWindow window, int count, CounterRandom random, int week, bool isTrueKnown)
    {
        var first = window.Period.From.DayNumber / 7 * count / 26 + week * count / 26;
        string[] ids = [.. Enumerable.Range(0, count).Select(d => FormattableString.Invariant($"deal-{first + d}"))];
        double[] truth = new double[count], engine = new double[count], stage = new double[count], crm = new double[count], odoo = new double[count], outcomes = new double[count];
        for (var d = 0; d < count; d++)
        {
            var draw = CounterRandom.For((long)random.Bits(60 + week), d);
            var logit = -1.2 + 1.1 * draw.Normal();
            truth[d] = Logit.Inverse(logit);
            engine[d] = Logit.Inverse(logit * .9 - .1 + .4 * draw.Normal(1));
            stage[d] = logit < -2 ? .08 : logit < -.8 ? .2 : logit < .3 ? .35 : .55;
            crm[d] = logit < -1 ? .25 : .6;
            odoo[d] = d % 20 == 0 ? double.NaN : Logit.Inverse(.6 * logit - .3 + .6 * draw.Normal(2));
            outcomes[d] = draw.Uniform(9) < truth[d] ? 1 : 0;
        }
        double[] rate = [.. ids.Select(_ => .27)];
        return new DealForecasts
        {
            Ids = ids, Outcomes = outcomes, Timeless = [Method.OdooScoring, Method.CrmProbability, Method.BaseRate], Truth = isTrueKnown ? truth : null,
            Probabilities = new Dictionary<string, double[]> { [Method.Engine] = engine, [Method.StageRate] = stage, [Method.OdooScoring] = odoo, [Method.CrmProbability] = crm, [Method.BaseRate] = rate },
        };
    }

    private static WindowForecast Normal(string method, double median, double relative, double actual)
    {
        var deviation = relative * median;
        return new WindowForecast(method, median, median * 1.01, DistributionScores.CrpsNormal(median, deviation, actual), .5 * (1 + MathNet.Numerics.SpecialFunctions.Erf((actual - median) / deviation / Math.Sqrt(2))),
            [.. Levels.Select((level, b) => new Band(median - Normals[b] * deviation, median + Normals[b] * deviation, level))]);
    }
}
