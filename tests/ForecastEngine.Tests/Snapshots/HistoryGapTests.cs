using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Tests.Forecasting;
using static ForecastEngine.Tests.HandMadeHistory;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>What a history lacks is found and told with its figures; one that lacks nothing gives nothing.</summary>
public sealed class HistoryGapTests
{
    [Fact]
    public void A_whole_history_has_no_gaps()
    {
        Assert.Empty(HistoryGaps.Of(Company(_ => true).Until(900)));
        Assert.Empty(HistoryGaps.Of(ForecastWorld.Shared.Known));
        Assert.Empty(HistoryGaps.Of(new CrmHistory(new CrmFacts { Currency = "EUR", Stages = [] })));
    }

    [Theory]
    [InlineData("Won", 12, HistoryGapKind.NoLostDeals)]
    [InlineData("Lost", 24, HistoryGapKind.NoWonDeals)]
    public void One_outcome_only_is_told(string stage, int closed, HistoryGapKind kind)
    {
        var made = new HandMadeHistory().Deal("Open", 0);
        for (var i = 0; i < closed; i++) made.Deal($"D{i}", i).Stage($"D{i}", stage, i + 30);
        var gap = Assert.Single(HistoryGaps.Of(made.Until(100)));
        Assert.Equal((kind, 0, closed, true), (gap.Kind, gap.Count, gap.Of, gap.IsOneOutcome));
        Assert.StartsWith($"Of {closed} closed deals 0 were {(stage == "Won" ? "lost" : "won")}", gap.InWords("EUR"),
            StringComparison.Ordinal);
        made.Deal("Other", 0).Stage("Other", stage == "Won" ? "Lost" : "Won", 5);
        Assert.Empty(HistoryGaps.Of(made.Until(100)));
    }

    [Fact]
    public void A_handful_of_lost_deals_among_hundreds_of_won_ones_is_told_and_is_no_refusal()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 300; i++) made.Deal($"D{i}", i).Stage($"D{i}", i < 2 ? "Lost" : "Won", i + 30);
        Assert.True(HistoryGaps.Of(made.Until(400)) is [{ Kind: HistoryGapKind.NoLostDeals, Count: 2, Of: 300,
            IsOneOutcome: false }]);
    }

    [Fact]
    public void Changes_that_begin_long_after_the_first_deals_are_told_and_the_model_learns_from_then_on()
    {
        // Deals of 900 days, changes kept of the last 350 only.
        var history = Company(day => day >= 550).Until(900);
        var gap = Assert.Single(HistoryGaps.Of(history), g => g.Kind == HistoryGapKind.HistoryCutOff);
        var begin = HistoryGaps.BeginOfChanges(history)!.Value;
        Assert.Equal(begin.Date, gap.On);
        Assert.InRange(begin.Instant, Day(550).AddDays(-31), Day(550).AddDays(1));
        Assert.Equal(history.Opportunities.Count(o => o.CreatedAt < begin.Instant), gap.Count);
        var table = BundleTrainer.Table(history, AsOfDay(900), ForecastWorld.Training);
        var first = ((Microsoft.Data.Analysis.PrimitiveDataFrameColumn<DateTime>)table.Columns[TrainingTable.AsOfColumn]).Min(v => v!.Value);
        Assert.True(first >= begin.Instant.UtcDateTime);
        var whole = BundleTrainer.Table(Company(_ => true).Until(900), AsOfDay(900), ForecastWorld.Training);
        Assert.True(((Microsoft.Data.Analysis.PrimitiveDataFrameColumn<DateTime>)whole.Columns[TrainingTable.AsOfColumn]).Min(v => v!.Value) < Day(1).UtcDateTime);
    }

    [Fact]
    public void Deals_created_on_one_day_are_told()
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 30; i++) made.Deal($"D{i}", 100.4).Stage($"D{i}", i % 2 == 0 ? "Won" : "Lost", 110 + i);
        for (var i = 0; i < 10; i++) made.Deal($"E{i}", 120 + i);
        var gap = Assert.Single(HistoryGaps.Of(made.Until(300)));
        Assert.Equal((HistoryGapKind.BornOnOneDay, 30, 40, DateOnly.FromDateTime(Day(100).UtcDateTime)),
            (gap.Kind, gap.Count, gap.Of, gap.On!.Value));
    }

    [Fact]
    public void A_column_that_changes_only_at_the_close_is_told()
    {
        var made = Company(_ => true);
        for (var i = 0; i < 40; i++)
        {
            made.Deal($"C{i}", 10 * i).Change($"C{i}", "Mood", "low", "high", 10 * i + 5).Change($"C{i}", "Signed",
                null, "yes", 10 * i + 39.9).Stage($"C{i}", i % 2 == 0 ? "Won" : "Lost", 10 * i + 40);
        }
        var gap = Assert.Single(HistoryGaps.Of(made.Until(900)));
        Assert.Equal((HistoryGapKind.ChangesOnlyAtClose, "Signed", 40, 40), (gap.Kind, gap.Column, gap.Count, gap.Of));
        Assert.StartsWith("The column Signed changes at the close", gap.InWords("EUR"), StringComparison.Ordinal);
    }

    // A deal a day that goes through two stages; rows of history are kept where asked.
    private static HandMadeHistory Company(Func<double, bool> isKept)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 880; i++)
        {
            var (id, born, end) = ($"D{i:000}", i, i + 40 + 60 * CounterRandom.For(6, i).Uniform());
            made.Deal(id, born);
            Move(id, "New", "Talks", born + 10);
            Move(id, "Talks", "Offer", born + 25);
            if (end < 900) made.Change(id, OpportunityField.Stage, isKept(end) ? "Offer"
                : null, CounterRandom.For(7, i).Uniform() < 0.4 ? "Won" : "Lost", end);
        }
        return made;

        void Move(string id, string from, string to, double at)
        {
            if (at < 900 && isKept(at)) made.Change(id, OpportunityField.Stage, from, to, at);
        }
    }
}
