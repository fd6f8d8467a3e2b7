using ForecastEngine.Benchmarks;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

/// <summary>The drift alarm: its value against the formula, its mean of 1, and how rarely and how soon it calls.</summary>
public sealed class CalibrationAlarmTests
{
    [Fact]
    public void A_week_of_independent_events_has_the_value_of_the_formula()
    {
        double[] p = [.1, .4, .25], y = [0, 1, 0];
        double Product(double lambda) => p.Zip(y).Aggregate(1.0, (product, e) => product * (1 + lambda * (e.Second - e.First)));
        var alarm = new CalibrationAlarm();
        alarm.Add(p, y);
        // METHOD 5.14: (1 − .5·(−.1))… for each λ; one of 52 starts has begun.
        var bets = .3 * Product(-.5) + .3 * Product(.5) + .2 * Product(-.25) + .2 * Product(.25);
        Assert.Equal(bets / 52 + 51.0 / 52, alarm.Value, 1e-12);
        alarm.Add([.3], [1]);
        double Both(double lambda) => Product(lambda) * (1 + lambda * .7);
        var second = .3 * Both(-.5) + .3 * Both(.5) + .2 * Both(-.25) + .2 * Both(.25);
        Assert.Equal(second / 52 + 1.0 / 52 + 50.0 / 52, alarm.Value, 1e-12); // the bets that begin now gain nothing on average: λ and −λ weigh alike
    }

    [Fact]
    public void Its_mean_is_one_in_a_market_that_moves_as_it_was_said_to_and_a_market_that_is_left_out_raises_false_alarms()
    {
        double with = 0;
        var (worlds, falseWithout, falseWith) = (300, 0, 0);
        for (var seed = 0; seed < worlds; seed++)
        {
            var (aware, unaware) = (new CalibrationAlarm(.5, .4, 0, .16), new CalibrationAlarm());
            var factor = .4 * CounterRandom.For(seed, 0, 99).Normal();
            for (var week = 0; week < 12; week++)
            {
                factor = .5 * factor + .4 * Math.Sqrt(.75) * CounterRandom.For(seed, 1, week).Normal();
                double[] p = [.. Enumerable.Repeat(.2, 60)];
                double[] y = [.. p.Select((_, i) => CounterRandom.For(seed, 2, week, i).Uniform() < Logit.Inverse(Logit.Of(.2) + factor) ? 1.0 : 0)];
                aware.Add(p, y);
                unaware.Add(p, y);
            }
            with += aware.Value / worlds;
            if (aware.Value >= 20) falseWith++;
            if (unaware.Value >= 20) falseWithout++;
        }
        Assert.InRange(with, .85, 1.25);
        Assert.True(falseWith <= 15, $"{falseWith}"); // Ville: 5 % of 300 at most
        Assert.True(falseWithout > 45, $"{falseWithout}");
    }

    [Fact]
    public void A_block_ends_and_impossible_probabilities_are_refused()
    {
        var alarm = new CalibrationAlarm();
        for (var week = 0; week < CalibrationAlarm.BlockWeeks; week++) alarm.Add([.5], [week % 2]);
        Assert.Throws<InvalidOperationException>(() => alarm.Add([.5], [1]));
        Assert.Contains("found the probability 1; expected one strictly between", Assert.Throws<ArgumentException>(() => new CalibrationAlarm().Add([1.0], [1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_risk_of_all_champions_and_looks_of_a_year_adds_up_to_five_percent()
    {
        Assert.True(Enumerable.Range(1, 53).Sum(k => 1 / DriftRule.CalibrationThreshold(k)) <= DriftRule.CalibrationRisk);
        Assert.Equal(.05, DriftRule.CalibrationRisk + DriftRule.Looks * DriftRule.ColumnLevel, 1e-12);
    }

    // The short form of the trial; 200 years and all sizes are in the benchmarks.
    [Fact]
    public void Years_without_change_rarely_alarm_and_a_shift_is_found_within_eight_weeks()
    {
        var quiet = new DriftTrial { WinsPerQuarter = 50, Columns = 20 };
        Assert.True(Enumerable.Range(0, 8).Count(y => quiet.FirstAlarm(y) is not null) <= 1);
        var shifted = new DriftTrial { WinsPerQuarter = 100, Columns = 20, ShiftAt = 6 };
        Assert.All(Enumerable.Range(0, 2), y => Assert.InRange((shifted with { LogOdds = -1.5 }).FirstAlarm(y) ?? 99, 0, 7));
        Assert.All(Enumerable.Range(0, 2), y => Assert.InRange((shifted with { Column = 1 }).FirstAlarm(y) ?? 99, 0, 7));
    }
}
