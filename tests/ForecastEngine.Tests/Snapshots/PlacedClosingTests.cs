using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;
using static ForecastEngine.Tests.HandMadeHistory;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>Closings whose moment nobody told: where they are placed, and what they do not speak about.</summary>
public sealed class PlacedClosingTests
{
    private const int End = 600;

    [Fact]
    public void Undated_closings_are_spread_as_the_dated_ones_are()
    {
        var (history, told) = (Company(undated: 0.4), Company(undated: 0));
        var (placed, true_) = (new List<double>(), new List<double>());
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            if (Closing.Final(history, i) is not { IsUndated: true } closing) continue;
            Assert.False(closing.HasTime);
            Assert.Equal(closing.At, closing.RecordedAt);
            Assert.True(closing.At > history.Opportunities[i].CreatedAt && closing.At <= Day(End));
            placed.Add((closing.At - history.Opportunities[i].CreatedAt).TotalDays);
            true_.Add((Closing.Final(told, i)!.At - told.Opportunities[i].CreatedAt).TotalDays);
        }
        Assert.True(placed.Count > 150);
        Assert.True(placed.Distinct().Count() > 0.99 * placed.Count);
        placed.Sort();
        true_.Sort();
        // The largest gap between two distribution functions of n values each passes 1.63 √(2/n) once in a hundred
        // times.
        var gap = placed.Select((p, n) =>
            Math.Abs((n + 1.0) / placed.Count - true_.Count(t => t <= p) / (double)true_.Count)).Max();
        Assert.InRange(gap, 0, 1.63 * Math.Sqrt(2.0 / placed.Count));
    }

    [Fact]
    public void Facts_go_on_as_they_were_told_and_the_same_facts_in_any_order_place_alike()
    {
        var history = Company(undated: 0.4);
        var facts = history.ToFacts();
        Assert.All(facts.Changes.Where(c => c.NotBefore is not null), c =>
            Assert.Equal((Day(End), Day(End)), (c.At, c.RecordedAt)));
        var again = new CrmHistory(facts with { Changes = [.. facts.Changes.Reverse()],
            Opportunities = [.. facts.Opportunities.Reverse()] });
        for (var i = 0; i < history.Opportunities.Length; i++) Assert.Equal(Closing.Final(history, i),
            Closing.Final(again, i));
        Assert.Equal(HistoryHash.Of(history), HistoryHash.Of(again));
    }

    [Fact]
    public void A_closing_without_a_day_counts_as_recorded_when_it_is_drawn_to_have_happened()
    {
        var history = Company(undated: 0.4);
        foreach (var day in (int[])[End / 3, End / 2, End - 1])
        {
            var before = history.KnownAt(AsOfDay(day));
            var known = Enumerable.Range(0, before.Opportunities.Length).Count(i => Closing.Final(before, i) is { HasTime: false });
            var drawn = Enumerable.Range(0, history.Opportunities.Length)
                .Count(i => Closing.Final(history, i) is { HasTime: false } closing && closing.At <= Day(day));
            Assert.True(drawn > 0);
            Assert.Equal(drawn, known);
            Assert.All(before.ToFacts().Changes, c => Assert.True(c.At <= Day(day + 1) && c.RecordedAt <= Day(day + 1)));
        }
    }

    [Fact]
    public void What_comes_after_the_cutoff_moves_no_closing_placed_by_it()
    {
        var history = Company(undated: 0.3, told: End - 100);
        var facts = history.ToFacts();
        var cut = history.KnownAt(AsOfDay(End - 50));
        var other = new CrmHistory(facts with { Changes =
            [.. facts.Changes.Select(c =>
            c.RecordedAt > Day(End - 50)
            ? c with { NewValue = "Lost", At = c.At.AddHours(3), RecordedAt = c.RecordedAt.AddHours(3) }
            : c)] }).KnownAt(AsOfDay(End - 50));
        Assert.True(cut.HasUndatedClosings);
        for (var i = 0; i < cut.Opportunities.Length; i++) Assert.Equal(Closing.Final(cut, i), Closing.Final(other, i));
    }

    [Fact]
    public void A_closing_lies_after_the_deals_last_stage_and_where_no_dated_one_tells_evenly_in_between()
    {
        var made = new HandMadeHistory().Deal("A", 0).Stage("A", "Talks", 50);
        var history = new CrmHistory(made.Until(100).ToFacts() with { Changes =
            [.. made.Until(100).ToFacts().Changes, Undated("A", "Won", 10, 90)] });
        var closing = Closing.Final(history, 0)!;
        Assert.InRange(closing.At, Day(50).AddTicks(1), Day(90));
        Assert.Equal("Talks", closing.FromStage);
        // No room between: it stays where it was told, and is undated still.
        var late = new CrmHistory(made.Until(100).ToFacts() with { Changes =
            [.. made.Until(100).ToFacts().Changes, Undated("A", "Won", 95, 90)] });
        Assert.True(Closing.Final(late, 0) is { IsUndated: true } stays && stays.At == Day(90));
    }

    [Fact]
    public void Undated_wins_are_in_no_period_and_in_one_total()
    {
        var history = Company(undated: 0.4);
        var dated = WonDeal.KnownAt(history, AsOfDay(End));
        var unplaced = UnplacedRevenue.Of(history);
        var all = Enumerable.Range(0, history.Opportunities.Length).Select(i =>
            Closing.Final(history, i)).OfType<Closing>().Where(c => c.Won).ToList();
        Assert.Equal(all.Count, dated.Count + unplaced.Won);
        Assert.Equal(all.Sum(c => c.Amount!.Value), (decimal)dated.Sum(d => d.Amount!.Value) + unplaced.WonAmount);
        Assert.Equal(all.Where(c => c.IsUndated).Sum(c => c.Amount!.Value), unplaced.WonAmount);
        var gap = Assert.Single(HistoryGaps.OfTiming(history));
        Assert.Equal((HistoryGapKind.UndatedWins, unplaced.Won, all.Count, unplaced.WonAmount),
            (gap.Kind, gap.Count, gap.Of, gap.Amount));
        Assert.Contains("have no close date: they are in no period", gap.InWords("EUR"), StringComparison.Ordinal);
    }

    [Fact]
    public void Undated_wins_keep_the_rate_and_move_neither_pace_nor_market_nor_a_deal()
    {
        var (world, told) = (new TrainingWorld(Company(undated: 0.4), AsOfDay(End)),
            new TrainingWorld(Company(undated: 0), AsOfDay(End)));
        Assert.Contains(world.Table.Columns, c => c.Name == TrainingTable.HasTime);
        Assert.DoesNotContain(told.Table.Columns, c => c.Name == TrainingTable.HasTime);
        var options = new WinProbabilityOptions { Trees = 40, MinRowsPerLeaf = 50 };
        var (model, plain) = (world.Train(options).Model, told.Train(options).Model);
        var market = MarketState.Follow(model, world.Known, world.Rates, world.Cutoff, 2);
        Assert.InRange(market.Factor.State, -0.25, 0.25);
        var observed = market.Weeks.Sum(w => w.Observed);
        Assert.Equal(Enumerable.Range(0, world.Known.Opportunities.Length).Count(i =>
            Closing.Final(world.Known, i) is { Won: true, HasTime: true } c
            && c.At > market.Until.AddDays(-7 * market.Weeks.Count)), observed, 0.1 * observed);
        Assert.Equal(1, market.Weeks.Sum(w => w.Expected) / observed, 0.15);
        var (a, b) = (Mean(world, model), Mean(told, plain));
        Assert.InRange(a / b, 0.8, 1.25);

        static double Mean(TrainingWorld world, WinProbabilityModel model)
        {
            var open = new SnapshotTaker(world.Known, world.Features, world.Rates).OpenPipeline(world.Cutoff);
            return open.Average(d => model.Evaluate(d).WinProbability);
        }
    }

    [Fact]
    public void Closings_of_a_day_of_tidying_keep_their_day_for_revenue_and_are_spread_in_time()
    {
        var made = Base(undated: 0, out _);
        var day = DateOnly.FromDateTime(Day(500).UtcDateTime);
        for (var i = 0; i < 80; i++) made.Deal($"B{i:00}", 5 * i, amount: 100).Stage($"B{i:00}", "Talks",
            5 * i + 3).Stage($"B{i:00}", i % 4 == 0 ? "Lost" : "Won", 500.5);
        var history = made.Until(End);
        var mass = Assert.Single(history.MassClosings);
        Assert.Equal(day, mass.On);
        var bulk = Enumerable.Range(0, history.Opportunities.Length).Where(i =>
            history.Opportunities[i].Id[0] == 'B').Select(i =>
            (Deal: history.Opportunities[i], Closing: Closing.Final(history, i)!)).ToList();
        Assert.All(bulk, b =>
        {
            Assert.Equal((day, false, false), (b.Closing.On, b.Closing.IsUndated, b.Closing.HasTime));
            Assert.InRange(b.Closing.At, b.Deal.CreatedAt.AddDays(3), Day(500.5));
            Assert.Null(DealTimes.DaysToClose(b.Deal, b.Closing));
        });
        Assert.True(bulk.Count(b => b.Closing.At < Day(450)) > 40);
        Assert.Equal(bulk.Count(b => b.Closing.Won) * 100.0
            + WonDeal.Revenue(WonDeal.KnownAt(Base(0, out _).Until(End), AsOfDay(End)), day, day),
            WonDeal.Revenue(WonDeal.KnownAt(history, AsOfDay(End)), day, day));
        Assert.Equal(TimeGrid.From(Base(0, out _).Until(End)).Edges, TimeGrid.From(history).Edges);
        // The day before, nobody knew.
        Assert.Empty(history.KnownAt(AsOfDay(500)).MassClosings);
    }

    [Fact]
    public void Deals_loaded_when_they_were_over_count_as_revenue_and_teach_no_times()
    {
        var plain = Base(undated: 0, out _).Until(End);
        var facts = plain.ToFacts();
        var loaded = Enumerable.Range(0, 60).Select(i =>
            new Opportunity { Id = $"L{i:00}", CreatedAt = Day(400), RecordedAt = Day(400), Amount = 100 }).ToList();
        var closings = loaded.Select((o, i) =>
            new OpportunityChange { OpportunityId = o.Id, Field = OpportunityField.Stage, NewValue = "Won",
            At = Day(400), RecordedAt = Day(400), CloseOn = DateOnly.FromDateTime(Day(5 * i).UtcDateTime) });
        var history = new CrmHistory(facts with { Opportunities = [.. facts.Opportunities, .. loaded],
            Changes = [.. facts.Changes, .. closings] });
        Assert.Empty(history.MassClosings);
        Assert.Equal(6000 + WonDeal.Revenue(WonDeal.KnownAt(plain, AsOfDay(End)), DateOnly.MinValue, DateOnly.MaxValue),
            WonDeal.Revenue(WonDeal.KnownAt(history, AsOfDay(End)), DateOnly.MinValue, DateOnly.MaxValue));
        Assert.Equal(TimeGrid.From(plain).Edges, TimeGrid.From(history).Edges);
        var (before, after) = (NewBusiness.From(plain, AsOfDay(End)), NewBusiness.From(history, AsOfDay(End)));
        Assert.Equal(before.WeeklyRate, after.WeeklyRate);
        Assert.Equal(before.Dispersion, after.Dispersion);
        Assert.Equal(before.Amounts(1e9)!.Mean, after.Amounts(1e9)!.Mean);
        var period = BusinessCalendar.Default.Quarter(DateOnly.FromDateTime(Day(End).UtcDateTime));
        Assert.Equal(before.ExpectedWins(period), after.ExpectedWins(period));
        Assert.Contains(HistoryGaps.Of(history), g =>
            g.Kind == HistoryGapKind.ClosedBeforeBirth && (g.Count, g.Amount) == (60, 6000m));
    }

    [Fact]
    public void Credits_take_from_what_is_won_and_leave_sizes_sane()
    {
        var history = Base(undated: 0, out _).Deal("Credit", 580, amount: -5000).Stage("Credit", "Won",
            590).Deal("Open", 595, amount: -70).Until(End);
        var plain = Base(undated: 0, out _).Until(End);
        var (from, until) = (DateOnly.FromDateTime(Day(590).UtcDateTime), DateOnly.FromDateTime(Day(590).UtcDateTime));
        Assert.Equal(WonDeal.Revenue(WonDeal.KnownAt(plain, AsOfDay(End)), from, until) - 5000,
            WonDeal.Revenue(WonDeal.KnownAt(history, AsOfDay(End)), from, until));
        Assert.Equal(NewBusiness.From(plain, AsOfDay(End)).Amounts(1e9)!.Mean,
            NewBusiness.From(history, AsOfDay(End)).Amounts(1e9)!.Mean);
        var world = new TrainingWorld(history, AsOfDay(End));
        var size = ForecastEngine.DealSize.DealSizeTrainer.Train(world.Table,
            [.. world.Features.Features.Select(f => f.Name)], new ForecastEngine.DealSize.DealSizeOptions()).Model;
        var taker = new SnapshotTaker(world.Known, world.Features, world.Rates);
        var credit = taker.Take(history.IndexOf("Open"), world.Cutoff)!;
        Assert.All(credit.Features, f => Assert.True(float.IsFinite(f)));
        Assert.Null(size.Evaluate(credit));
        Assert.All(taker.OpenPipeline(world.Cutoff).Where(d => d.Amount > 0), d =>
            Assert.True(size.Evaluate(d) is { Mean: > 0 } known && double.IsFinite(known.Mean)));
    }

    private static OpportunityChange Undated(string id, string stage, double notBefore, double at) =>
        new() { OpportunityId = id, Field = OpportunityField.Stage, NewValue = stage, At = Day(at),
            RecordedAt = Day(at), NotBefore = Day(notBefore) };

    // Two deals a day, a third of them won after 10 to 90 days; of the wins a share has no close date.
    private static CrmHistory Company(double undated, double told = End)
    {
        var history = Base(undated, out var without).Until(End);
        return new CrmHistory(history.ToFacts() with
        {
            Changes = [.. history.ToFacts().Changes.Select(c =>
                without.Contains(c.OpportunityId) && c.NewValue == "Won" && c.At <= Day(told)
                ? c with { At = Day(told), RecordedAt = Day(told),
                    NotBefore = history.Opportunities[history.IndexOf(c.OpportunityId)].CreatedAt } : c)],
        });
    }

    private static HandMadeHistory Base(double undated, out HashSet<string> without)
    {
        var made = new HandMadeHistory();
        without = [];
        for (var i = 0; i < 2 * End; i++)
        {
            var (id, draw) = ($"D{i:0000}", CounterRandom.For(21, i));
            var (born, won) = (i / 2.0, draw.Uniform(0) < 0.35);
            var close = born + (won ? 10 + 60 * draw.Uniform(1) : 20 + 70 * draw.Uniform(1));
            made.Deal(id, born, amount: 100 + i % 50);
            if (close >= End) continue;
            made.Stage(id, won ? "Won" : "Lost", close);
            if (won && draw.Uniform(2) < undated) without.Add(id);
        }
        return made;
    }
}
