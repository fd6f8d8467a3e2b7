using CsCheck;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Statistics;

public sealed class SurvivalTests
{
    private static readonly double[] Durations = [2, 3, 3, 5, 6, 7, 7, 9, 10, 12];
    private static readonly int[] Causes = [1, 2, 0, 1, 2, 1, 1, 0, 2, 0];

    [Fact]
    public void Aalen_johansen_has_its_golden_values() // METHOD §10
    {
        double[] times = [2, 3, 5, 6, 7, 10], won = [.1, .1, .2142857143, .2142857143, .4428571429, .4428571429];
        var fit = AalenJohansen.Fit(Durations, Causes, 2);
        Assert.Equal(times, fit.Times);
        for (var i = 0; i < won.Length; i++) Assert.Equal(won[i], fit.Incidence(1)[i], 1e-10);
        Assert.Equal(.3857142857, fit.IncidenceAt(2, 12), 1e-10);
        Assert.Equal(.1714285714, fit.SurvivalAt(12), 1e-10);
        Assert.True(fit.IncidenceAt(1, 12) < 4 / 7.0); // the closed-only rate, .5714, is biased upwards here
    }

    [Fact]
    public void Curves_step_at_their_times()
    {
        var fit = AalenJohansen.Fit(Durations, Causes, 2);
        Assert.Equal(0, fit.IncidenceAt(1, 1.99));
        Assert.Equal(.1, fit.IncidenceAt(1, 2), 1e-12);
        Assert.Equal(1, fit.SurvivalAt(0));
    }

    [Fact]
    public void Incidences_and_survival_sum_to_one_and_weights_count_rows()
    {
        Gen.Select(Gen.Int[0, 10], Gen.Int[0, 3], Gen.Int[1, 3]).Array[1, 40].Sample(rows =>
        {
            double[] t = [.. rows.Select(r => (double)r.Item1)], w = [.. rows.Select(r => (double)r.Item3)];
            int[] c = [.. rows.Select(r => r.Item2)];
            var fit = AalenJohansen.Fit(t, c, 3, w);
            var repeated = rows.SelectMany(r => Enumerable.Repeat(r, r.Item3)).ToArray();
            var plain = AalenJohansen.Fit([.. repeated.Select(r => (double)r.Item1)], [.. repeated.Select(r => r.Item2)], 3);
            for (var i = 0; i < fit.Times.Length; i++)
            {
                Assert.Equal(1, fit.Survival[i] + fit.Incidence(1)[i] + fit.Incidence(2)[i] + fit.Incidence(3)[i], 1e-9);
                Assert.Equal(plain.Incidence(2)[i], fit.Incidence(2)[i], 1e-9);
            }
        });
    }

    [Fact]
    public void Without_censoring_incidence_is_the_share_that_happened() =>
        Assert.Equal(.75, AalenJohansen.Fit([1, 2, 3, 4], [1, 2, 1, 1], 2).IncidenceAt(1, 9), 1e-12);

    [Fact]
    public void Kaplan_meier_of_a_textbook_sample() // remission times 6 6 6 6* 7 9* 10 10* 11* 13 16 17* 19* 20* 22 23 25* 32* 32* 34* 35*: Freireich et al. 1963, arm 6-MP
    {
        double[] t = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35];
        int[] events = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
        var fit = KaplanMeier.Fit(t, [.. events.Select(e => e == 1)]);
        double[] expected = [.857, .807, .753, .690, .627, .538, .448];
        Assert.Equal([6, 7, 10, 13, 16, 22, 23], fit.Times);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], fit.Survival[i], .0006);
        Assert.Equal(23, fit.TimeAtWhich(.5));
        Assert.Equal(double.NaN, fit.TimeAtWhich(.9));
    }

    [Fact]
    public void An_unknown_cause_is_refused() => Assert.Throws<ArgumentException>(() => AalenJohansen.Fit([1], [3], 2));
}
