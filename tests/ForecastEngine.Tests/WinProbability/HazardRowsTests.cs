using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics.Trees;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.WinProbability;

public sealed class HazardRowsTests
{
    private static readonly TimeGrid Grid = new() { UnitDays = 1, Edges = [0, 1, 2, 4, 8] };

    private static DataFrame Table(params (int Outcome, double Days, double Watched)[] rows) => new(
        new StringDataFrameColumn(TrainingTable.OpportunityId, rows.Select((_, i) => $"D{i}")),
        new PrimitiveDataFrameColumn<DateTime>(TrainingTable.AsOfColumn, rows.Select((_, i) => new DateTime(2024, 1, 1).AddDays(i))),
        new StringDataFrameColumn(TrainingTable.Stage, rows.Select(_ => "New")),
        new PrimitiveDataFrameColumn<float>("age_days", rows.Select((_, i) => 10f * i)),
        new PrimitiveDataFrameColumn<int>(TrainingTable.Outcome, rows.Select(r => r.Outcome)),
        new PrimitiveDataFrameColumn<double>(TrainingTable.DaysObserved, rows.Select(r => r.Days)),
        new PrimitiveDataFrameColumn<double>(TrainingTable.DaysWatched, rows.Select(r => r.Watched)));

    private static HazardRows Rows(DataFrame table, Cause cause, double controls = double.PositiveInfinity, long seed = 1) => HazardRows.From(table, ["age_days"], Grid, cause, controls, seed);

    private static double[] StageHazards(DataFrame table, Cause cause, string stage) =>
        [.. StageRates.From(LandmarkColumns.From(table, ["age_days"]), Grid, cause).LogOdds(stage).Select(z => 1 / (1 + Math.Exp(-z)))];

    [Fact]
    public void A_hand_made_table_opens_up_into_the_expected_rows()
    {
        // Won on day 2.5; lost on day 0.5; open, watched 3.9 days (cell 2 was not watched to its end); lost on day 4 exactly; won on day 1.5 of 1.7 watched days.
        var table = Table((1, 2.5, 100), (2, 0.5, 100), (0, 3.9, 3.9), (2, 4, 100), (1, 1.5, 1.7));
        var won = Rows(table, Cause.Won);
        Assert.Equal([(0, 0, false), (0, 1, false), (0, 2, true), (1, 0, false), (2, 0, false), (2, 1, false), (3, 0, false), (3, 1, false), (3, 2, false), (3, 3, false), (4, 0, false)],
            Enumerable.Range(0, won.Count).Select(r => (won.Landmarks[r], won.Cells[r], won.Labels[r])));
        var lost = Rows(table, Cause.Lost);
        Assert.Equal(won.Cells, lost.Cells);
        Assert.Equal([(1, 0), (3, 3)], Enumerable.Range(0, lost.Count).Where(r => lost.Labels[r]).Select(r => (lost.Landmarks[r], lost.Cells[r])));
        double[] pooled = [0.5 / 25, 0.5 / 23, 1.5 / 22, 0.5 / 21];
        foreach (var (hazard, found) in pooled.Zip(StageHazards(table, Cause.Won, ""))) Assert.Equal(hazard, found, 12);
    }

    [Fact]
    public void Each_row_holds_the_features_of_the_snapshot_and_of_the_cell()
    {
        var rows = Rows(Table((0, 100, 100), (0, 100, 100)), Cause.Won);
        Assert.Equal(1 + AheadFeatures.Count, rows.Stride);
        Assert.Equal(8, rows.Count);
        for (var r = 0; r < rows.Count; r++)
        {
            var row = rows.Values.AsSpan(r * rows.Stride, rows.Stride);
            var start = Grid.Edges[rows.Cells[r]];
            Assert.Equal(10f * rows.Landmarks[r], row[0]);
            Assert.Equal((float)start, row[1]);
            Assert.Equal(0, row[2]);
            Assert.Equal((float)(10 * rows.Landmarks[r] + start), row[8]);
            Assert.Equal(0, row[9]);
        }
        // Monday 2024-01-01 plus four to eight days: Friday and Monday of four days.
        Assert.Equal(0.5f, rows.Values[3 * rows.Stride + 4]);
        Assert.Equal(1f, rows.Values[4]);
    }

    [Fact]
    public void With_boundless_controls_every_row_is_kept_and_the_log_kept_share_is_0()
    {
        var rows = Rows(Table([.. Enumerable.Range(0, 300).Select(i => (i % 10 == 0 ? 1 : 0, i % 7 + 0.3, 50.0))]), Cause.Won);
        Assert.All(rows.LogKeptShare, share => Assert.Equal(0, share));
        Assert.Equal(Enumerable.Range(0, 300).Sum(i => i % 10 == 0 ? Grid.CellOf(i % 7 + 0.3) + 1 : 4), rows.Count);
    }

    [Fact]
    public void Every_event_is_kept_and_of_the_others_the_stated_share()
    {
        var table = Table([.. Enumerable.Range(0, 20_000).Select(i => (i % 25 == 0 ? 1 : 0, i % 25 == 0 ? i % 8 * 0.99 : 50.0, 50.0))]);
        var all = Rows(table, Cause.Won);
        var some = Rows(table, Cause.Won, controls: 3, seed: 4);
        Assert.Equal(all.Labels.Count(l => l), some.Labels.Count(l => l));
        var pace = CalendarPace.From(LandmarkColumns.From(table, ["age_days"]), Cause.Won);
        var hazards = StageHazards(table, Cause.Won, "New");
        double Due(int landmark, int k) => Math.Min(1, 3 * hazards[k] * new PaceClock(pace, new DateTime(2024, 1, 1).AddDays(landmark)).Mean(Grid.Edges[k], Grid.Edges[k + 1]));
        for (var r = 0; r < some.Count; r++) Assert.Equal(Due(some.Landmarks[r], some.Cells[r]), Math.Exp(some.LogKeptShare[r]), 9);
        for (var k = 0; k < Grid.Count; k++)
        {
            var share = Enumerable.Range(0, all.Count).Where(r => all.Cells[r] == k && !all.Labels[r]).Average(r => Due(all.Landmarks[r], k));
            double Controls(HazardRows rows) => Enumerable.Range(0, rows.Count).Count(r => rows.Cells[r] == k && !rows.Labels[r]);
            var (kept, of) = (Controls(some), Controls(all));
            Assert.InRange(kept / of, share - 4 * Math.Sqrt(share / of), share + 4 * Math.Sqrt(share / of));
        }
        Assert.Equal(some.Values, Rows(table, Cause.Won, controls: 3, seed: 4).Values);
        Assert.NotEqual(some.Count, Rows(table, Cause.Won, controls: 3, seed: 5).Count);
    }

    [Fact]
    public void A_row_weighs_as_many_units_of_life_as_its_landmark_stands_for()
    {
        // Ages of 0, 10, 20, 30 units: one unit up to 4, two up to 26, four after.
        var rows = Rows(Table((0, 50, 50), (0, 50, 50), (0, 50, 50), (0, 50, 50)), Cause.Won);
        Assert.Equal([1f, 2f, 2f, 4f], Enumerable.Range(0, 4).Select(landmark => rows.Weights[Array.IndexOf(rows.Landmarks, landmark)]));
    }

    [Fact]
    public void The_mean_hazard_of_the_sampled_model_agrees_with_the_life_table()
    {
        var simulated = TrainingWorld.Simulated(new SimulationOptions { Seed = 61, Weeks = 80, OpportunitiesPerWeek = 15, ActivityDensity = 0.3 });
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 80));
        var model = world.Train(new WinProbabilityOptions { Trees = 60, ControlsPerEvent = 4 }).Model;
        var names = world.Features.Features.Select(f => f.Name).ToList();
        foreach (var (cause, fitted) in new[] { (Cause.Won, model.Won), (Cause.Lost, model.Lost) })
        {
            var rows = HazardRows.From(world.Table, names, world.Grid, cause, double.PositiveInfinity, 1);
            var scores = new double[rows.Count];
            fitted.Trees!.Score(rows.Values, rows.Stride, scores);
            var (expected, events) = (new double[world.Grid.Count], new double[world.Grid.Count]);
            for (var r = 0; r < rows.Count; r++)
            {
                var (k, stage) = (rows.Cells[r], rows.Stages[r]);
                var pace = rows.Values[r * rows.Stride + names.Count + AheadFeatures.PaceOf(cause)];
                var offset = fitted.OffsetsOf(stage)[k] + HazardRows.LogKept((fitted.Controls!.GetValueOrDefault(stage) ?? fitted.Controls![""])[k] + fitted.Line!.Of(rows.Values.AsSpan(r * rows.Stride, names.Count)), pace);
                expected[k] += rows.Weights[r] / (1 + Math.Exp(-(fitted.Scale * scores[r] + offset)));
                if (rows.Labels[r]) events[rows.Cells[r]] += rows.Weights[r];
            }
            Assert.InRange(expected.Sum() / events.Sum(), 0.95, 1.05);
            for (var third = 0; third < 3; third++)
            {
                var cells = Enumerable.Range(third * world.Grid.Count / 3, world.Grid.Count / 3).ToList();
                Assert.InRange(cells.Sum(k => expected[k]) / cells.Sum(k => events[k]), 0.85, 1.15);
            }
        }
    }
}
