using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.WinProbability;

public sealed class HazardLineTests
{
    private const int Deals = 20_000;
    private const double Slope = 0.6;
    private static readonly TimeGrid Grid = new() { UnitDays = 1, Edges = [0, 1, 2, 4, 8] };
    private static readonly string[] Names = ["age_days", "x", "noise", "constant"];

    // Deals of a true hazard 0.06 × odds e^{0.6 x} per cell, watched to the end of the grid; nothing is lost.
    private static LandmarkColumns World(double slope)
    {
        var (x, noise, outcome, days) = (new float[Deals], new float[Deals], new int[Deals], new double[Deals]);
        for (var i = 0; i < Deals; i++)
        {
            var draws = CounterRandom.For(5, i);
            (x[i], noise[i], days[i]) = ((float)draws.Normal(0), (float)draws.Normal(1), 50);
            var hazard = Logit.Inverse(Logit.Of(0.06) + slope * x[i]);
            for (var k = 0; k < Grid.Count && outcome[i] == 0; k++)
                if (draws.Uniform(10 + k) < hazard) (outcome[i], days[i]) = (1, (Grid.Edges[k] + Grid.Edges[k + 1]) / 2);
        }
        return LandmarkColumns.From(new DataFrame(
            new StringDataFrameColumn(TrainingTable.OpportunityId, Enumerable.Range(0, Deals).Select(i => $"D{i}")),
            new PrimitiveDataFrameColumn<DateTime>(TrainingTable.AsOfColumn, Enumerable.Range(0, Deals).Select(i => new DateTime(2024, 1, 1).AddDays(i % 700))),
            new StringDataFrameColumn(TrainingTable.Stage, Enumerable.Repeat("New", Deals)),
            new PrimitiveDataFrameColumn<float>("age_days", Enumerable.Range(0, Deals).Select(i => (float)(i % 40))),
            new PrimitiveDataFrameColumn<float>("x", x), new PrimitiveDataFrameColumn<float>("noise", noise), new PrimitiveDataFrameColumn<float>("constant", Enumerable.Repeat(3f, Deals)),
            new PrimitiveDataFrameColumn<int>(TrainingTable.Outcome, outcome),
            new PrimitiveDataFrameColumn<double>(TrainingTable.DaysObserved, days), new PrimitiveDataFrameColumn<double>(TrainingTable.DaysWatched, Enumerable.Repeat(50.0, Deals))), Names);
    }

    private static HazardLine? LineOf(LandmarkColumns world, double controls = 4) => HazardLine.From(world, StageRates.From(world, Grid, Cause.Won),
        CalendarPace.From(world, Cause.Won), CalendarPace.From(world, Cause.Lost), Grid, Cause.Won, new WinProbabilityOptions { ControlsPerEvent = controls });

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    [InlineData(double.PositiveInfinity)]
    public void A_true_slope_is_found_however_many_rows_are_kept_and_noise_is_not(double controls)
    {
        var line = LineOf(World(Slope), controls)!;
        Assert.Equal([0, 1, 2], line.Columns);
        // The prior of 250 rows draws a slope on some 5,000 events by a twentieth; three standard errors beside it.
        Assert.InRange(line.Coefficients[1], 0.50, 0.65);
        Assert.InRange(line.Coefficients[2], -0.06, 0.06);
        Assert.InRange(line.Coefficients[0], -0.005, 0.005);
    }

    [Fact]
    public void Without_an_effect_there_is_none() => Assert.InRange(LineOf(World(0))!.Coefficients[1], -0.06, 0.06);

    [Fact]
    public void Beyond_what_was_seen_the_line_ends_and_its_shares_add_up()
    {
        var line = new HazardLine { Columns = [0, 2], Coefficients = [0.5, -2], Means = [1, 10], Lows = [0, 9], Highs = [4, 12] };
        Assert.Equal(0.5 * (3 - 1) - 2 * (11 - 10), line.Of([3, 99, 11]), 1e-12);
        Assert.Equal(0, line.Of([1, 0, 10]), 1e-12);
        Assert.Equal(0.5 * (4 - 1) - 2 * (9 - 10), line.Of([70, 0, -70]), 1e-12);
        Assert.Equal(line.Of([3, 99, 11]), line.Share(0, [3, 99, 11]) + line.Share(1, [3, 99, 11]), 1e-12);
    }

    [Fact]
    public void Around_a_line_more_controls_are_kept_where_more_is_won()
    {
        var world = World(Slope);
        var (rates, win, loss) = (StageRates.From(world, Grid, Cause.Won), CalendarPace.From(world, Cause.Won), CalendarPace.From(world, Cause.Lost));
        var line = LineOf(world)!;
        var around = HazardRows.From(world, rates, win, loss, Grid, Cause.Won, 4, 1, line: line);
        double PerEvent(Func<float, bool> where)
        {
            var rows = Enumerable.Range(0, around.Count).Where(r => where(around.Values[r * around.Stride + 1])).ToList();
            return rows.Count(r => !around.Labels[r]) / (double)rows.Count(r => around.Labels[r]);
        }
        // About four to one everywhere; by stage rate alone there would be about twelve to one below −1 and fewer than three above 1.
        Assert.InRange(PerEvent(x => x < -1), 3, 5.6);
        Assert.InRange(PerEvent(x => x is > -1 and < 1), 3, 5);
        Assert.InRange(PerEvent(x => x > 1), 3, 5);
    }
}
