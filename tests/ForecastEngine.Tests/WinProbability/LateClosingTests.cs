using System.Collections.Immutable;
using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>
/// Wins past the horizon: that every probability and every date of a score speak of the same wins, and that deals far
/// older than any that closed are dead.
/// </summary>
public sealed class LateClosingTests
{
    [Fact]
    public void Closings_past_the_horizon_add_up_as_by_hand()
    {
        // Half a day's mean at ln 2 per day: after one day half of those open have closed, after the last day 1 − 2^−4.
        var late = new LateClosing(Math.Log(2), 4);
        Assert.Equal([0, 0.5, 0.75, 0.9375, 0.9375], new[] { 0.0, 1, 2, 4, 100 }.Select(late.ShareWithin), (a, b) =>
            Math.Abs(a - b) < 1e-15);
        Assert.Equal(0.9375, late.Share, 15);
        Assert.Equal(2, late.DaysOf(0.75), 12);
        var curve = new HazardCurve(new TimeGrid { UnitDays = 1, Edges = [0, 1] }, [0.1], [0.1], 0.5, late: late);
        Assert.Equal(0.1 + 0.8 * 0.5 * 0.75, curve.WonWithin(3), 14);
        Assert.Equal(0.1 + 0.8 * 0.5 * 0.9375, curve.WinProbability, 14);
        Assert.Equal(1 + 1, curve.WinTimeQuantile((0.1 + 0.4 * 0.5) / curve.WinProbability)!.Value, 10);
    }

    [Fact]
    public void Whatever_the_curve_and_the_age_a_score_never_contradicts_itself()
    {
        var random = new Random(5);
        for (var n = 0; n < 300; n++)
        {
            var grid = TimeGrid.Create(random.Next(2) == 0 ? 1 : 7, 30 + 300 * random.NextDouble());
            var level = Math.Pow(10, -4 * random.NextDouble());
            double[] Draw() => [.. Enumerable.Range(0, grid.Count).Select(_ => level * random.NextDouble())];
            var late = new LateClosings([0, grid.HorizonDays, 3 * grid.HorizonDays],
                [.. Enumerable.Range(0, 3).Select(_ =>
                random.Next(3) == 0 ? 0 : Math.Pow(10, -1 - 5 * random.NextDouble()))], 4 * grid.HorizonDays);
            var curve = new HazardCurve(grid, Draw(), Draw(), random.NextDouble(), default,
                late.At(grid.HorizonDays + 1000 * random.NextDouble()))
                .Shifted([.. Enumerable.Repeat(random.NextDouble() - 0.5, grid.Count)]);
            var p = curve.WinProbability;
            Assert.InRange(p, 0, 1);
            Assert.Equal(p, curve.WonWithin(5 * grid.HorizonDays), 1e-12);
            Assert.Equal(p, curve.WonWithin(1e6), 1e-12);
            var (from, until) = (curve.WinTimeQuantile(0.1)!.Value, curve.WinTimeQuantile(0.9)!.Value);
            Assert.Equal(0.8 * p, curve.WonWithin(until) - curve.WonWithin(from), 1e-6);
            Assert.True(curve.WonWithin(until) >= 0.8 * p && from <= until);
            for (double day = 0, last = 0; day < 6 * grid.HorizonDays; day += grid.HorizonDays / 7)
            {
                Assert.True(curve.WonWithin(day) >= last - 1e-14 && curve.WonWithin(day) <= p + 1e-14);
                last = curve.WonWithin(day);
            }
        }
    }

    [Fact]
    public void The_rate_of_an_age_is_closings_over_days_watched()
    {
        // Two hundred deals, a new one each day, closed at 20 to 59 days, and twenty that never were.
        var (world, model) = WithDead.Value;
        var late = model.Late!;
        Assert.Equal(0, late.Ages[0]);
        Assert.Equal(0, late.At(700).PerDay);
        Assert.Equal(0, late.At(5000).PerDay);
        var horizon = world.Grid.HorizonDays;
        Assert.Equal(4 * horizon, late.Days);
        Assert.True(late.At(horizon / 2).PerDay > 0);
        // Without the dead every deal that grew old closed: the overall rate stands for ages that nobody reached.
        Assert.True(Company(dead: 0).Model.Late!.At(5000).PerDay > 0.01);
    }

    [Fact]
    public void Deals_far_older_than_any_that_closed_do_not_borrow_the_share_of_late_wins()
    {
        var (world, model) = WithDead.Value;
        Assert.True(model.TailWinShare > 0.3);
        var scorer = new PipelineScorer(model, null, new CommonFactor(0.9, 0.2, 0, 0.04));
        var taker = new SnapshotTaker(world.Known, world.Features, world.Rates);
        List<Period> periods = [new(world.Cutoff.Date, world.Cutoff.Date.AddDays(90), "2026-01", PeriodKind.Days),
            new(world.Cutoff.Date, world.Cutoff.Date.AddDays(3650), "2026-01", PeriodKind.Days)];
        var dead = world.Known.Opportunities.Select((o, i) => (o, i)).Where(d => d.o.Id.StartsWith('Z')).Select(d =>
            scorer.Score(taker.Take(d.i, world.Cutoff)!, periods, null).Score).ToList();
        Assert.Equal(20, dead.Count);
        foreach (var score in dead)
        {
            Assert.InRange(score.WinProbability, 0, 0.1);
            Assert.Equal(score.WinProbability, score.WonBy[^1].Probability, 1e-9);
            var days = score.CloseUntil!.Value.DayNumber - world.Cutoff.Date.DayNumber + 1;
            Assert.InRange(scorer.Score(taker.Take(world.Known.IndexOf(score.OpportunityId), world.Cutoff)!,
                [new Period(world.Cutoff.Date, world.Cutoff.Date.AddDays(days), "2026-01", PeriodKind.Days)],
                null).Score.WonBy[0].Probability,
                0.8 * score.WinProbability, score.WinProbability);
        }
        // A young deal of the same company is scored as ever: what outlives the horizon is next to nothing.
        var young = taker.Take(world.Known.IndexOf("D699"), world.Cutoff)!;
        Assert.InRange(model.Evaluate(young).WinProbability, 0.3, 0.7);
    }

    private static readonly Lazy<(TrainingWorld World, WinProbabilityModel Model)> WithDead = new(() => Company(20));

    private static (TrainingWorld World, WinProbabilityModel Model) Company(int dead)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 700; i++)
        {
            made.Deal($"D{i:000}", i);
            var days = 20 + 37 * i % 40;
            if (i + days < 700) made.Stage($"D{i:000}", CounterRandom.For(9, i).Uniform() < 0.5 ? "Won"
                : "Lost", i + days);
        }
        for (var i = 0; i < dead; i++) made.Deal($"Z{i:00}", 2 * i);
        var world = new TrainingWorld(made.Until(700), HandMadeHistory.AsOfDay(700));
        return (world, world.Train(new WinProbabilityOptions { Trees = 60, MinRowsPerLeaf = 30 }).Model);
    }
}
