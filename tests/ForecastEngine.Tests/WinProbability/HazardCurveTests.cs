using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

public sealed class HazardCurveTests
{
    private static readonly TimeGrid Grid = new() { UnitDays = 1, Edges = [0, 1, 2, 4] };
    private static readonly HazardCurve Curve = new(Grid, [0.1, 0.2, 0.5], [0.3, 0.2, 0.25], 0.4);

    [Fact]
    public void Incidences_add_up_as_by_hand()
    {
        Assert.Equal([1, 0.6, 0.36, 0.09], Curve.Survival, (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal(0.1, Curve.WonWithin(1), 15);
        Assert.Equal(0.1 + 0.6 * 0.2, Curve.WonWithin(2), 15);
        Assert.Equal(0.1 + 0.12 + 0.36 * 0.5, Curve.WonWithin(4), 15);
        Assert.Equal(0.4, Curve.WonWithin(4), 15);
        Assert.Equal(Curve.WinProbability, Curve.WonWithin(1e9), 15);
        Assert.Equal(0.4 + 0.09 * 0.4, Curve.WinProbability, 15);
    }

    [Fact]
    public void The_golden_incidence_of_the_Aalen_Johansen_example_comes_out_of_its_hazards()
    {
        // METHOD §10: (2,1)(3,2)(3,0)(5,1)(6,2)(7,1)(7,1)(9,0)(10,2)(12,0); a cell per event time.
        var grid = new TimeGrid { UnitDays = 1, Edges = [0, 2.5, 4, 5.5, 6.5, 8, 11] };
        var curve = new HazardCurve(grid, [1 / 10.0, 0, 1 / 7.0, 0, 2 / 5.0, 0], [0, 1 / 9.0, 0, 1 / 6.0, 0, 1 / 2.0], 0);
        double[] won = [.1, .1, .2142857143, .2142857143, .4428571429, .4428571429];
        for (var k = 0; k < won.Length; k++) Assert.Equal(won[k], curve.WonWithin(grid.Edges[k + 1]), 10);
        Assert.Equal(.1714285714, curve.Survival[^1], 10);
        Assert.Equal(.3857142857, 1 - curve.Survival[^1] - curve.WinProbability, 10);
    }

    [Fact]
    public void Won_lost_and_open_add_up_to_1()
    {
        var random = new Random(2);
        for (var n = 0; n < 200; n++)
        {
            var curve = RandomCurve(random);
            var lost = Enumerable.Range(0, curve.Grid.Count).Sum(k => curve.Survival[k] * curve.Lost[k]);
            Assert.Equal(1, curve.WonWithin(curve.Grid.HorizonDays) + lost + curve.Survival[^1], 12);
            Assert.All(curve.Won.Zip(curve.Lost), h => Assert.True(h.First + h.Second <= 1 + 1e-15));
        }
    }

    [Fact]
    public void Inside_a_cell_the_hazards_are_constant()
    {
        // Third cell, [2, 4): half of it leaves (1 − 0.75)^0.5 = 1/2 open, two thirds of what closes is won.
        Assert.Equal(0.22 + 0.36 * (0.5 / 0.75) * 0.5, Curve.WonWithin(3), 14);
        Assert.Equal(0.1 / 0.4 * (1 - Math.Pow(0.6, 0.25)), Curve.WonWithin(0.25), 14);
        Assert.Equal(0, Curve.WonWithin(0));
        Assert.Equal(0, Curve.WonWithin(-3));
        Assert.Equal(0, new HazardCurve(Grid, [0, 0, 0], [0.1, 0.1, 0.1], 0.5).WonWithin(1.5));
        Assert.Equal(0.05, new HazardCurve(Grid, [0, 0, 0], [0.5, 0.5, 0.6], 0.5).WinProbability, 15);
    }

    [Fact]
    public void WonWithin_never_falls_and_WinTimeQuantile_is_its_inverse()
    {
        var random = new Random(3);
        for (var n = 0; n < 100; n++)
        {
            var curve = RandomCurve(random);
            var last = 0.0;
            for (var day = 0.0; day < curve.Grid.HorizonDays + 10; day += 0.37)
            {
                var won = curve.WonWithin(day);
                Assert.True(won >= last - 1e-15);
                last = won;
            }
            Assert.True(curve.WinProbability >= last - 1e-15);
            foreach (var q in new[] { 0.1, 0.25, 0.5, 0.9, 0.99 })
                Assert.Equal(q * curve.WinProbability, curve.WonWithin(curve.WinTimeQuantile(q)!.Value), 1e-6);
        }
        Assert.Null(new HazardCurve(Grid, [0, 0, 0], [0.1, 0.1, 0.1], 0.5,
            late: new LateClosing(0, 16)).WinTimeQuantile(0.5));
        Assert.Null(new HazardCurve(Grid, [0, 0, 0], [0.1, 0.1, 0.1], 0).WinTimeQuantile(0.5));
    }

    [Fact]
    public void Shifted_moves_the_log_odds_of_winning_and_leaves_losing()
    {
        double[] shift = [0.5, -1, 0];
        var shifted = Curve.Shifted(shift);
        for (var k = 0; k < 2; k++)
            Assert.Equal(Curve.Won[k] * Math.Exp(shift[k]) / (1 + Curve.Won[k] * (Math.Exp(shift[k]) - 1)), shifted.Won[k], 14);
        Assert.Equal(Logit.Of(Curve.Won[0]) + 0.5, Logit.Of(shifted.Won[0]), 12);
        Assert.Equal(Curve.Lost, shifted.Lost);
        Assert.Equal(Curve.WinProbability, Curve.Shifted(new double[3]).WinProbability, 15);
        Assert.True(Curve.Shifted([0.1, 0.1, 0.1]).WinProbability > Curve.WinProbability);
    }

    [Fact]
    public void Hazards_that_exceed_1_together_are_scaled_to_1_also_after_a_shift_there_and_back()
    {
        var curve = new HazardCurve(Grid, [0.8, 0.1, 0.1], [0.6, 0.1, 0.1], 0.5);
        Assert.Equal([0.8 / 1.4, 0.6 / 1.4], [curve.Won[0], curve.Lost[0]]);
        Assert.Equal(0.8 / 1.4, curve.WinProbability, 15);
        Assert.Equal(curve.WinProbability, curve.Shifted([1, 1, 1]).Shifted([-1, -1, -1]).WinProbability, 12);
        Assert.InRange(curve.Shifted([800, 800, 800]).WinProbability, 0.5, 1);
        Assert.InRange(curve.Shifted([-800, -800, -800]).WinProbability, 0, 0.2);
    }

    private static HazardCurve RandomCurve(Random random)
    {
        var grid = TimeGrid.Create(1, 60);
        double[] Draw() => [.. Enumerable.Range(0, grid.Count).Select(_ => random.NextDouble() * random.NextDouble() * 0.7)];
        return new HazardCurve(grid, Draw(), Draw(), random.NextDouble(),
            late: new LateClosing(random.NextDouble() * random.NextDouble() * 0.1, 4 * grid.HorizonDays));
    }
}
