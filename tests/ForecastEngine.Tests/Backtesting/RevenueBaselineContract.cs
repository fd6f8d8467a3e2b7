using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Tests.Snapshots;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>What holds for every revenue baseline, on a simulated company.</summary>
public sealed class RevenueBaselineContract
{
    private const int Mutants = 10, ChangesPerMutant = 40;

    private static readonly SimulationOptions Options = new()
    {
        Seed = 41, Weeks = 130, OpportunitiesPerWeek = 6, Reps = 4, Teams = 2, RecordingLagShare = 0.3, RecordingLagDays = 15, ActivityDensity = 0.1, LeadDensity = 0.1,
    };

    private static SimulatedWorld World => TrainingWorld.Simulated(Options);

    private const string Theirs = "their scores";

    public static TheoryData<string> Names => [.. RevenueBaselines.All(null, Given).Select(b => b.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_recorded_after_the_origin_changes_a_bit(string name)
    {
        var answered = 0;
        foreach (var window in Windows())
        {
            var expected = Answer(name, World.Facts, window);
            if (expected is not null) answered++;
            for (var mutant = 0; mutant < Mutants; mutant++)
            {
                var mutated = new FutureMutation(World.Facts, window.Cutoff, new Random(1000 * window.WeekOfPeriod + mutant)).Apply(ChangesPerMutant);
                Assert.Equal(expected, Answer(name, mutated, window));
            }
        }
        Assert.True(answered >= 3, $"{name} answered {answered} times: the test would prove little");
    }

    [Fact]
    public void What_was_recorded_before_the_origin_does_change_the_answers()
    {
        var window = Windows()[1];
        var mutated = new FutureMutation(World.Facts, AsOf.At(window.Cutoff.Instant.AddDays(-200)), new Random(3)).Apply(2000);
        foreach (var baseline in RevenueBaselines.All())
            if (baseline.Name is not Method.People) Assert.NotEqual(Answer(baseline.Name, World.Facts, window), Answer(baseline.Name, mutated, window));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_answer_is_finite_and_at_least_what_is_won_where_that_is_part_of_it(string name)
    {
        var looksBackOnly = name is Method.SamePeriodLastYear or Method.MeanOfLastFour or Method.People or Method.PeopleWithHaircut;
        foreach (var window in Windows())
        {
            var view = ViewOf(World.Facts, window);
            var answer = Baseline(name).Forecast(view);
            Assert.True(answer is not null || (name == Method.RunRate && window.WeekOfPeriod == 0), $"{name} gave no answer at {window.Cutoff} for {window.Period.Label}");
            if (answer is not { } amount) continue;
            Assert.True(double.IsFinite(amount) && amount >= (looksBackOnly ? 0 : view.AlreadyWon - 1e-6), $"{name}: {amount} with {view.AlreadyWon} won");
        }
    }

    [Fact]
    public void Like_windows_stand_as_they_were_known_at_their_own_origins()
    {
        var compared = 0;
        foreach (var window in Windows())
        {
            var whole = new CrmHistory(World.Facts);
            foreach (var like in ViewOf(World.Facts, window).LikeWindows(6))
            {
                var then = new BaselineView(whole.KnownAt(like.Origin), new BacktestWindow(like.Origin, like.Period));
                Assert.Equal(then.Pipeline.Select(Bits.Of), like.Pipeline.Select(Bits.Of));
                Assert.Equal(then.AlreadyWon, like.WonBefore, 1e-6);
                Assert.Equal(like.Revenue, like.WonBefore + like.FromOpen + like.FromNew, 1e-6);
                compared += like.Pipeline.Count;
            }
        }
        Assert.True(compared > 1000);
    }

    // The middle and the start of a quarter, a quarter ahead, a month, a week.
    private static List<BacktestWindow> Windows()
    {
        var from = BusinessCalendar.Default.Quarter(Options.FirstWeek.AddDays(7 * 118)).From;
        return
        [
            new(AsOf.EndOf(from.AddDays(-1)), BusinessCalendar.Default.Quarter(from)), new(AsOf.EndOf(from.AddDays(41)), BusinessCalendar.Default.Quarter(from)), new(AsOf.EndOf(from.AddDays(41)), BusinessCalendar.Default.Quarter(from).Next()),
            new(AsOf.EndOf(from.AddDays(14)), BusinessCalendar.Default.Month(from)), new(AsOf.EndOf(from.AddDays(16)), Period.Days(from.AddDays(14), 7)),
        ];
    }

    // Somebody who wrote down a number every ten days for every window and for the like ones before it.
    private static List<PeoplesForecast> People()
    {
        var people = new List<PeoplesForecast>();
        foreach (var window in Windows())
            for (var (period, n) = (window.Period, 0); n < 6; n++, period = BusinessCalendar.Default.Previous(period))
                for (var day = period.From.AddDays(-80); day <= period.Until; day = day.AddDays(10))
                    people.Add(new PeoplesForecast(day, period.From, period.Until, 100_000 + 1000 * n + day.DayNumber % 97));
        return people;
    }

    // A score for every deal on every tenth day of its first two years, whatever becomes of it.
    private static readonly GivenScores[] Given =
        [new(Theirs, [.. World.Facts.Opportunities.SelectMany(o => Enumerable.Range(0, 73).Select(n => new GivenScore(o.Id, DateOnly.FromDateTime(o.CreatedAt.UtcDateTime).AddDays(10 * n - 1), (n * 7 + o.Id.Length) % 11 / 10.0)))])];

    private static IRevenueBaseline Baseline(string name) => RevenueBaselines.All(People(), Given).Single(b => b.Name == name);

    private static BaselineView ViewOf(CrmFacts facts, BacktestWindow window) => new(new CrmHistory(facts).KnownAt(window.Cutoff), window);

    private static double? Answer(string name, CrmFacts facts, BacktestWindow window) => Baseline(name).Forecast(ViewOf(facts, window));
}
