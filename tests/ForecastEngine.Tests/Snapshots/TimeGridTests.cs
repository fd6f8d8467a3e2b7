using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Snapshots;

public sealed class TimeGridTests
{
    [Theory]
    [InlineData(6, 1)]
    [InlineData(30, 1)]
    [InlineData(60, 7)]
    [InlineData(200, 7)]
    public void The_unit_is_a_day_for_quick_deals_and_a_week_for_slow_ones(int daysToWin, int unitDays)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 40; i++) made.Deal($"D{i}", i).Stage($"D{i}", i % 3 == 0 ? "Won" : "Lost", i + daysToWin + i % 5);
        var grid = TimeGrid.From(made.Until(600));
        Assert.Equal(unitDays, grid.UnitDays);
        Assert.True(grid.HorizonDays >= daysToWin + 3);
    }

    [Fact]
    public void The_horizon_stays_within_three_quarters_of_what_was_observed()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 10; i++) made.Deal($"D{i}", i).Stage($"D{i}", "Won", 398);
        var grid = TimeGrid.From(made.Until(400));
        Assert.InRange(grid.HorizonDays, 300, 300 + 8 * grid.UnitDays);
    }

    [Fact]
    public void A_history_without_closings_or_deals_has_a_grid_too()
    {
        Assert.True(TimeGrid.From(new HandMadeHistory().Until(1)).Count > 0);
        Assert.True(TimeGrid.From(new HandMadeHistory().Deal("D", 0).Until(1)).Count >= 14);
    }

    [Fact]
    public void Edges_rise_and_the_cells_are_at_most_64()
    {
        foreach (var unit in new[] { 1, 7 })
            foreach (var horizon in new[] { 0.0, 1, 14, 15, 37.5, 100, 365, 1000, 5000, 1e6 })
            {
                var grid = TimeGrid.Create(unit, horizon);
                Assert.Equal(0, grid.Edges[0]);
                Assert.InRange(grid.Count, 14, 64);
                Assert.All(Enumerable.Range(0, grid.Count), k => Assert.True(grid.Edges[k + 1] > grid.Edges[k]));
                Assert.All(Enumerable.Range(0, 14), k => Assert.Equal(unit, grid.Edges[k + 1] - grid.Edges[k]));
                Assert.True(grid.HorizonDays >= horizon || grid.Count == 64);
                Assert.All(Enumerable.Range(1, grid.Count - 1), k => Assert.True(grid.Edges[k + 1] - grid.Edges[k] >= grid.Edges[k] - grid.Edges[k - 1]));
            }
    }

    [Fact]
    public void CellOf_agrees_with_the_edges()
    {
        var grid = TimeGrid.Create(1, 400);
        for (var k = 0; k < grid.Count; k++)
        {
            Assert.Equal(k, grid.CellOf(grid.Edges[k]));
            Assert.Equal(k, grid.CellOf((grid.Edges[k] + grid.Edges[k + 1]) / 2));
            Assert.Equal(k, grid.CellOf(Math.BitDecrement(grid.Edges[k + 1])));
        }
        Assert.Equal(-1, grid.CellOf(grid.HorizonDays));
        Assert.Equal(-1, grid.CellOf(double.PositiveInfinity));
        Assert.Equal(0, grid.CellOf(-1));
    }

    [Fact]
    public void Landmarks_rise_start_at_the_birth_and_visit_every_age()
    {
        var grid = TimeGrid.Create(7, 365);
        var deal = new HandMadeHistory().Deal("D", 3, recorded: 5).Until(400).Opportunities[0];
        var landmarks = TrainingTable.Landmarks(deal, grid, HandMadeHistory.AsOfDay(300)).Select(a => (a.Instant - HandMadeHistory.Day(5)).TotalDays).ToList();
        Assert.Equal(0, landmarks[0]);
        Assert.All(landmarks.Zip(landmarks.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        for (var week = 0; week < 4; week++) Assert.Single(landmarks.Skip(1), d => d >= 7 * week && d < 7 * week + 7);
        for (var week = 4; week < 26; week += 2) Assert.Single(landmarks.Skip(1), d => d >= 7 * week && d < 7 * week + 14);
        Assert.True(landmarks[^1] < 295 && landmarks[^1] > 295 - 56);
        Assert.Empty(TrainingTable.Landmarks(deal, grid, HandMadeHistory.AsOfDay(5)));
    }
}
