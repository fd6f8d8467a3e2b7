using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using Microsoft.Data.Analysis;
using static ForecastEngine.Tests.HandMadeHistory;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>Labels: what came later, and what is not known yet.</summary>
public sealed class ClosingTests
{
    [Fact]
    public void An_opportunity_open_at_the_end_has_outcome_0_and_the_days_it_was_watched()
    {
        var table = TableAt(new HandMadeHistory().Deal("Open", 0).Deal("Lost", 1).Stage("Lost", "Lost", 9), 30);
        var open = Rows(table, "Open");
        Assert.NotEmpty(open);
        Assert.All(open, row =>
        {
            Assert.Equal(0, row.Outcome);
            Assert.Equal((Day(30).UtcDateTime - row.AsOf).TotalDays, row.DaysWatched, 9);
            Assert.Equal(row.DaysWatched, row.DaysObserved);
        });
        var lost = Rows(table, "Lost");
        Assert.NotEmpty(lost);
        Assert.All(lost, row =>
        {
            Assert.Equal(2, row.Outcome);
            Assert.Equal((Day(9).UtcDateTime - row.AsOf).TotalDays, row.DaysObserved, 9);
            Assert.True(row.DaysObserved < row.DaysWatched && row.AsOf < Day(9).UtcDateTime);
        });
    }

    [Fact]
    public void A_closing_counts_from_the_day_it_was_recorded_and_lasts_until_the_day_it_happened()
    {
        var made = new HandMadeHistory().Deal("D", 0, amount: 10).Stage("D", "Won", 10, recorded: 20);
        Assert.All(Rows(TableAt(made, 19), "D"), row => Assert.Equal(0, row.Outcome));
        var rows = Rows(TableAt(made, 21), "D");
        Assert.Contains(rows, row => row.AsOf > Day(10).UtcDateTime);
        Assert.All(rows, row =>
        {
            Assert.Equal(1, row.Outcome);
            Assert.Equal(Math.Max(0, (Day(10).UtcDateTime - row.AsOf).TotalDays), row.DaysObserved, 9);
        });
        var history = made.Until(30);
        Assert.Equal(Day(20), Closing.FirstAfter(history, 0, AsOfDay(19.9))!.RecordedAt);
        Assert.Null(Closing.FirstAfter(history, 0, AsOfDay(20)));
    }

    [Fact]
    public void A_closing_in_force_at_a_date_has_what_was_known_then_and_the_stage_it_was_closed_from()
    {
        var history = new HandMadeHistory().Deal("D", 0, amount: 10).Stage("D", "Talks", 2).Stage("D", "Lost", 5).Change("D", OpportunityField.Amount, "10", "12", 7)
            .Stage("D", "Offer", 12).Stage("D", "Won", 20).Deal("Unknown", 1, stage: null).Stage("Unknown", "Lost", 3).Until(40);
        Assert.Null(Closing.InForce(history, 0, AsOfDay(4)));
        Assert.Equal((false, Day(5), 10m, "Talks"), Told(Closing.InForce(history, 0, AsOfDay(6))));
        Assert.Equal((false, Day(5), 12m, "Talks"), Told(Closing.InForce(history, 0, AsOfDay(8))));
        Assert.Null(Closing.InForce(history, 0, AsOfDay(13)));
        Assert.Equal((true, Day(20), 12m, "Offer"), Told(Closing.Final(history, 0)));
        Assert.Equal((false, Day(5), 12m, "Talks"), Told(Closing.FirstAfter(history, 0, AsOfDay(1))));
        Assert.Null(Closing.Final(history, 1)!.FromStage);

        static (bool, DateTimeOffset, decimal?, string?) Told(Closing? closing) => (closing!.Won, closing.At, closing.Amount, closing.FromStage);
    }

    [Fact]
    public void A_reopened_opportunity_has_the_first_closing_after_each_date_and_the_last_one_in_the_end()
    {
        var history = new HandMadeHistory().Deal("D", 0, amount: 10).Stage("D", "Talks", 2).Stage("D", "Lost", 5).Stage("D", "Offer", 12).Stage("D", "Won", 20).Until(40);
        Assert.False(Closing.FirstAfter(history, 0, AsOfDay(1))!.Won);
        Assert.True(Closing.FirstAfter(history, 0, AsOfDay(13))!.Won);
        Assert.True(Closing.Final(history, 0)!.Won);
        Assert.False(Closing.Final(history.KnownAt(AsOfDay(8)), 0)!.Won);
        Assert.Null(Closing.Final(history.KnownAt(AsOfDay(15)), 0));

        var world = World(history, 40);
        var taker = new SnapshotTaker(world.Known, world.Features, world.Rates);
        Assert.NotNull(taker.Take(0, AsOfDay(4)));
        Assert.Null(taker.Take(0, AsOfDay(5)));
        Assert.Null(taker.Take(0, AsOfDay(11)));
        var reopened = taker.Take(0, AsOfDay(13))!;
        Assert.Equal("Offer", reopened.Stage);
        Assert.Equal(1, Value(world, reopened, "stage_moves_back"));
        Assert.Equal(1, Value(world, reopened, "stage_moves_forward"));
        var rows = Rows(world.Table, "D");
        Assert.DoesNotContain(rows, row => row.AsOf >= Day(5).UtcDateTime && row.AsOf < Day(12).UtcDateTime);
        Assert.All(rows, row => Assert.Equal(row.AsOf < Day(5).UtcDateTime ? 2 : 1, row.Outcome));
        Assert.Equal((1, 0), world.Rates.Overall(AsOfDay(40)));
    }

    [Fact]
    public void A_closing_on_an_unknown_day_is_known_from_the_export_only()
    {
        var history = new HandMadeHistory().Deal("D", 0).Stage("D", "Lost", 50).Until(50);
        Assert.Null(Closing.Final(history.KnownAt(AsOfDay(49.9)), 0));
        Assert.Equal(Day(50), Closing.Final(history, 0)!.RecordedAt);
        Assert.Equal((0, 0), GroupRates.From(history, []).Overall(AsOfDay(49.9)));
        Assert.Equal((1, 0), GroupRates.From(history, []).Overall(AsOfDay(50)));
        Assert.All(Rows(World(history, 50).Table, "D"), row => Assert.Equal((2, row.DaysWatched), (row.Outcome, row.DaysObserved)));
        Assert.All(Rows(World(history, 49).Table, "D"), row => Assert.Equal(0, row.Outcome));
    }

    [Fact]
    public void The_label_carries_the_amount_at_close_and_only_wins_have_one()
    {
        var made = new HandMadeHistory().Deal("W", 0, amount: 100).Deal("L", 0, amount: 100);
        made.Change("W", OpportunityField.Amount, "100", "80", 9).Stage("W", "Won", 9).Stage("L", "Lost", 9);
        var table = TableAt(made, 20);
        Assert.All(Rows(table, "W"), row => Assert.Equal((100.0, 80.0), (row.AmountNow, row.AmountAtClose)));
        Assert.All(Rows(table, "L"), row => Assert.True(row.AmountNow == 100 && double.IsNaN(row.AmountAtClose)));
    }

    [Fact]
    public void A_history_without_stages_keeps_only_what_was_known_at_creation()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 10; i++)
            made.Deal($"D{i}", i, stage: null, owner: $"R{i % 2}", source: i % 3 == 0 ? "Web" : "Fair", attributes: [("size", $"{i}")]).Stage($"D{i}", i % 2 == 0 ? "Won" : "Lost", i + 5);
        var history = made.Until(30, isDegraded: true);
        var world = World(history, 12);
        var names = world.Features.Features.Select(f => f.Name).ToList();
        Assert.DoesNotContain(names, n => n.Contains("stage", StringComparison.Ordinal) || n.Contains("amount", StringComparison.Ordinal) || n.Contains("close_", StringComparison.Ordinal) || n.StartsWith("activit", StringComparison.Ordinal));
        Assert.Contains("owner_log_odds", names);
        Assert.Contains("source_log_odds", names);
        Assert.Contains("size", names);
        var open = new SnapshotTaker(world.Known, world.Features, world.Rates).OpenPipeline(AsOfDay(12));
        Assert.Equal(["D8", "D9"], open.Select(s => s.OpportunityId));
        Assert.All(open, s => Assert.Equal((null, -1), (s.Stage, s.StageOrder)));
    }

    private static TrainingWorld World(CrmHistory history, double day) => new(history, AsOfDay(day));

    private static DataFrame TableAt(HandMadeHistory made, double day) => World(made.Until(100), day).Table;

    private static float Value(TrainingWorld world, OpportunitySnapshot snapshot, string name) => snapshot.Features[world.Features.Features.ToList().FindIndex(f => f.Name == name)];

    private sealed record Row(DateTime AsOf, int Outcome, double DaysObserved, double DaysWatched, double AmountNow, double AmountAtClose);

    private static List<Row> Rows(DataFrame table, string id) => [.. Enumerable.Range(0, (int)table.Rows.Count)
        .Where(r => (string)table[TrainingTable.OpportunityId][r] == id)
        .Select(r => new Row((DateTime)table[TrainingTable.AsOfColumn][r], (int)table[TrainingTable.Outcome][r], (double)table[TrainingTable.DaysObserved][r],
            (double)table[TrainingTable.DaysWatched][r], (double)table[TrainingTable.AmountNow][r], (double)table[TrainingTable.AmountAtClose][r]))];
}
