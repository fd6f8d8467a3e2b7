using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Tests.Leakage;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>Scores of other models in a company whose true probabilities are known, judged beside the engine.</summary>
public sealed class GivenScoresTests
{
    private static readonly Lazy<Judged> Made = new(() => new Judged());

    private static Judged World => Made.Value;

    [Fact]
    public void The_oracles_own_probabilities_beat_the_engine_and_are_measured_as_the_oracle_is()
    {
        var (oracle, given, engine) = (World.Of(Method.Oracle), World.Of(Judged.Oracle), World.Of(Method.Engine));
        Assert.Equal((oracle.Rows, oracle.Brier, oracle.LogLoss, oracle.Auc, oracle.Ece), (given.Rows, given.Brier, given.LogLoss, given.Auc, given.Ece));
        Assert.Equal(0, given.TrueEce!.Value, 12);
        Assert.True(given.Skill.Upper < 0, $"skill of the engine over it {given.Skill}");
        Assert.True(given.Auc > engine.Auc && given.LogLoss < engine.LogLoss);
        Assert.True(given.KnowsTime && engine.KnowsTime);
    }

    [Fact]
    public void One_probability_for_all_deals_orders_nothing_and_is_said_to_know_no_time()
    {
        var constant = World.Of(Judged.Constant);
        Assert.Equal((0.5, false, World.Report.Deals!.Rows), (constant.Auc!.Value, constant.KnowsTime, constant.Rows));
        Assert.Null(constant.Slope);
    }

    [Fact]
    public void What_is_dated_after_the_origin_is_not_used_even_where_it_is_the_outcome()
    {
        // Outcomes dated the day after each origin: the first origin sees none of them, a later one prefers what is newer.
        var first = World.Windows[0].Deals;
        Assert.All(first.Probabilities[Judged.Late], p => Assert.True(double.IsNaN(p)));
        Assert.All(World.Windows, w => Assert.Equal(w.Deals.Probabilities[Judged.Oracle], w.Deals.Probabilities[Judged.WithFuture]));
        Assert.Equal(World.Of(Judged.Oracle).Brier, World.Of(Judged.WithFuture).Brier);
    }

    [Fact]
    public void Only_the_deals_it_answered_count_and_their_number_is_told()
    {
        var half = World.Of(Judged.Half);
        Assert.InRange(half.Rows, 1, World.Report.Deals!.Rows - 1);
        double brier = 0;
        foreach (var deals in World.Windows.Select(w => w.Deals))
            for (var d = 0; d < deals.Ids.Count; d++)
                if (!double.IsNaN(deals.Probabilities[Judged.Half][d])) brier += Math.Pow(deals.Probabilities[Judged.Half][d] - deals.Outcomes[d], 2);
        Assert.Equal(brier / half.Rows, half.Brier, 12);
        Assert.Contains(World.Report.Doubts, d => d is { Kind: DoubtKind.DealsNotAnswered, Subject: Judged.Half });
        Assert.All(World.Windows, w => Assert.Null(w.Of(Judged.Half))); // Too few for revenue.
    }

    [Fact]
    public void As_a_method_for_revenue_it_weighs_the_open_deals_with_its_probabilities()
    {
        foreach (var window in World.Windows)
        {
            var (known, deals) = (new CrmHistory(World.Simulated.Facts).KnownAt(window.Window.Cutoff), window.Deals);
            var view = new BaselineView(known, window.Window);
            var amounts = view.Pipeline.ToDictionary(d => d.OpportunityId, d => (double)(d.Amount ?? 0));
            var expected = view.AlreadyWon + deals.Ids.Select((id, d) => amounts[id] * deals.Probabilities[Judged.Oracle][d]).Sum();
            Assert.Equal(expected, window.Of(Judged.Oracle)!.Median, 1e-6 * expected);
            var planned = view.Pipeline.Where(d => d.PlannedCloseOn is { } on && window.Window.Period.Contains(on)).Sum(d => 0.3 * (double)(d.Amount ?? 0));
            Assert.Equal(view.AlreadyWon + planned, window.Of(Judged.Constant)!.Median, 1e-6 * expected);
        }
        Assert.Contains(World.Report.Methods, m => m.Method == Judged.Oracle);
    }

    [Fact]
    public void A_period_ahead_counts_what_is_won_in_it_and_not_before_it()
    {
        var window = World.Windows[0].Window with { Period = World.Windows[0].Window.Period.Next() };
        var view = new BaselineView(new CrmHistory(World.Simulated.Facts).KnownAt(window.Cutoff), window);
        GivenScore[] Of(double by, DateOnly end) => [.. view.Pipeline.Select(d => new GivenScore(d.OpportunityId, window.Cutoff.Date, by, end))];
        var total = view.Pipeline.Sum(d => (double)(d.Amount ?? 0));
        Assert.Equal(0.2 * total, new GivenScoresPipeline(new GivenScores("x", [.. Of(0.5, window.Period.Until), .. Of(0.3, window.Period.From.AddDays(-1))])).Forecast(view)!.Value, 1e-6 * total);
        Assert.Null(new GivenScoresPipeline(new GivenScores("x", Of(0.5, window.Period.Until))).Forecast(view));
    }

    [Fact]
    public void Scores_that_contradict_themselves_are_refused()
    {
        var day = new DateOnly(2026, 1, 1);
        foreach (var (scores, expected) in ((GivenScore[], string)[])[([new("A", day, .5), new("A", day, .6)], "found two scores of 2026-01-01"), ([new("A", day, .5), new("A", day, .5, day)], "expected all alike"), ([new("A", day, 1.5)], "expected 0 to 1"), ([], "found no score")])
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new GivenScores("x", scores)).Message, StringComparison.Ordinal);
        Assert.Contains("a method that the backtest has already", Assert.Throws<ArgumentException>(() => new GivenScores("Stage rate", [new("A", day, .5)])).Message, StringComparison.Ordinal);
    }

    /// <summary>Two forecasts of each of two quarters by one quick training, with files made from the truth.</summary>
    private sealed class Judged
    {
        public const string Oracle = "their oracle", Constant = "constant", Late = "late", WithFuture = "with the future", Half = "half";

        public Judged()
        {
            Simulated = TrainingWorld.Simulated(LeakWorld.Options);
            var weeks = new[] { 78, 84, 91, 97 };
            var windows = weeks.Select(week => TrainingWorld.Before(Simulated, week)).Select(cutoff => new BacktestWindow(cutoff, BusinessCalendar.Default.Quarter(cutoff.Date.AddDays(1)))).ToList();
            var truths = windows.SelectMany((w, i) => Simulated.Truth.At(weeks[i]).WonBy(w.Period.Until, 32).Select(t => (Window: w, Deal: t.OpportunityId, t.Probability))).ToList();
            // Deals that the CRM does not know to be closed are judged too; the truth of these is their outcome.
            var history = new CrmHistory(Simulated.Facts);
            var known = truths.Select(t => (t.Window, t.Deal)).ToHashSet();
            foreach (var window in windows)
                for (var i = 0; i < history.Opportunities.Length; i++)
                    if (SnapshotTaker.IsOpen(history, i, window.Cutoff) && history.Opportunities[i].Id is var id && !known.Contains((window, id)))
                        truths.Add((window, id, Simulated.Truth.WonOn(id) is { } on && on <= window.Period.Until ? 1 : 0));
            double Outcome(BacktestWindow window, string id) => Simulated.Truth.WonOn(id) is { } on && on <= window.Period.Until ? 1 : 0;
            GivenScore[] honest = [.. truths.Select(t => new GivenScore(t.Deal, t.Window.Cutoff.Date, t.Probability, t.Window.Period.Until))];
            GivenScore[] future = [.. truths.Select(t => new GivenScore(t.Deal, t.Window.Cutoff.Date.AddDays(1), Outcome(t.Window, t.Deal), t.Window.Period.Until))];
            GivenScores[] given =
            [
                new(Oracle, honest), new(Constant, [.. history.Opportunities.Select(o => new GivenScore(o.Id, DateOnly.FromDateTime(o.CreatedAt.UtcDateTime).AddDays(-1), 0.3))]),
                new(Late, future), new(WithFuture, [.. honest, .. future]),
                new(Half, [.. honest.Where(s => CounterRandom.HashOf(s.OpportunityId) % 2 == 0)]),
            ];
            var subject = new BacktestSubject(Simulated, given);
            var options = new BacktestOptions { Futures = 40, Training = LeakWorld.Quick };
            Windows = Backtester.Run(subject, new BacktestRound(windows[0].Cutoff, windows), options);
            Report = BacktestReport.From(Windows);
        }

        public SimulatedWorld Simulated { get; }
        public IReadOnlyList<WindowResult> Windows { get; }
        public BacktestReport Report { get; }

        public DealMethodFigures Of(string method) => Report.Deals!.Methods.Single(m => m.Method == method);
    }
}
