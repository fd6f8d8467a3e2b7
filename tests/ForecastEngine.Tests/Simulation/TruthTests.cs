using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Simulation;

/// <summary>The truth is true: what it says of an origin happens as often as it says.</summary>
public sealed class TruthTests
{
    private static readonly DateOnly FirstWeek = new(2022, 1, 3);

    [Theory]
    [InlineData(0.0, 0.0, 0.0, false)]
    [InlineData(0.0, 0.0, 0.0, true)]
    [InlineData(0.25, 0.3, 0.15, false)]
    public void Deals_are_won_as_often_as_their_true_probability_says(double factorDeviation, double heterogeneity, double zombies, bool quartersEndByDay)
    {
        // Aalen–Johansen without censoring: the share won inside the window, by bin of P*. Overlapping windows would not be
        // independent, so origins are a quarter apart. With a market factor the deals of one window share luck: 0.02 for it.
        var bins = new (double Expected, double Variance, int Won, int Count)[10];
        for (var seed = 1; seed <= 5; seed++)
        {
            var world = SimulatedWorld.Generate(new SimulationOptions
            {
                Seed = seed, Weeks = 131, OpportunitiesPerWeek = 30, FactorDeviation = factorDeviation, Heterogeneity = heterogeneity,
                ZombieShare = zombies, HasCampaigns = zombies > 0, ActivityDensity = 0, LeadDensity = 0, QuartersEndByDay = quartersEndByDay,
            });
            for (var origin = 40; origin + 13 <= 131; origin += 13)
            {
                var until = FirstWeek.AddDays(7 * (origin + 13) - 5); // a Wednesday: weeks are cut where the window ends
                foreach (var truth in world.Truth.At(origin).WonBy(until, factorDeviation == 0 ? 1 : 8))
                {
                    var p = truth.Probability;
                    ref var bin = ref bins[Math.Min(9, (int)(10 * p))];
                    bin.Expected += p;
                    bin.Variance += p * (1 - p);
                    bin.Won += world.Truth.WonOn(truth.OpportunityId) <= until ? 1 : 0;
                    bin.Count++;
                }
            }
        }
        Assert.True(bins.Count(b => b.Count > 100) >= 6, "too few deals to say anything");
        foreach (var (expected, variance, won, count) in bins)
            Assert.True(Math.Abs(won - expected) <= 3.5 * Math.Sqrt(variance) + (factorDeviation > 0 ? 0.02 : 0) * count + 1, $"expected {expected:0.0} wins of {count}, found {won}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Win_probabilities_and_futures_agree_on_the_number_of_wins(bool quartersEndByDay)
    {
        var truth = SimulatedWorld.Generate(new SimulationOptions { Seed = 4, ActivityDensity = 0, ZombieShare = 0.1, QuartersEndByDay = quartersEndByDay }).Truth.At(117);
        foreach (var until in new[] { new DateOnly(2024, 4, 10), new DateOnly(2024, 6, 30) })
        {
            var revenue = truth.Revenue(truth.AsOf.AddDays(1), until, 500);
            var sum = truth.WonBy(until, 64).Sum(w => w.Probability);
            // s.d. of the count is below √sum plus the market's share, some 20 % of the mean.
            var error = Math.Sqrt((sum + 0.04 * sum * sum) / 500);
            Assert.InRange(revenue.ExpectedWinsOfOpen, sum - 3.5 * error, sum + 3.5 * error);
        }
    }

    [Fact]
    public void Win_probabilities_rise_with_the_day_and_end_at_the_eventual_one()
    {
        var truth = SimulatedWorld.Generate(new SimulationOptions { Seed = 6, ActivityDensity = 0 }).Truth.At(120);
        var (early, late, ever) = (truth.WonBy(truth.AsOf.AddDays(30), 8), truth.WonBy(truth.AsOf.AddDays(200), 8), truth.WonEventually(8));
        Assert.Equal(truth.OpenOpportunityIds, ever.Select(e => e.OpportunityId));
        for (var i = 0; i < ever.Length; i++)
        {
            Assert.InRange(early[i].Probability, 0, late[i].Probability);
            Assert.InRange(ever[i].Probability, late[i].Probability, 1);
        }
        Assert.All(truth.WonBy(truth.AsOf, 8), w => Assert.Equal(0, w.Probability));
    }

    [Fact]
    public void The_actual_revenue_falls_anywhere_in_the_true_distribution()
    {
        // 60 windows of 12 worlds: quarters that do not overlap, some seen from their start, some from their seventh week.
        // Kolmogorov–Smirnov at the 1 % level: D < 1.63 / √n. A revenue a third too high must be found out.
        var (pits, distorted) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= 12; seed++)
        {
            var world = SimulatedWorld.Generate(new SimulationOptions
            {
                Seed = 100 + seed, OpportunitiesPerWeek = 10, Weeks = 131, ActivityDensity = 0, LeadDensity = 0, HasCampaigns = seed % 2 == 0,
            });
            for (var quarter = 0; quarter < 5; quarter++)
            {
                var from = new DateOnly(2023, 4, 1).AddMonths(3 * quarter);
                var until = from.AddMonths(3).AddDays(-1);
                var origin = world.Truth.WeekOf(from) + (quarter % 2 == 0 ? 0 : 6);
                var truth = world.Truth.At(origin).Revenue(from, until, 120);
                var actual = (double)world.Truth.ActualRevenue(from, until);
                pits.Add(truth.Pit(actual));
                distorted.Add(truth.Pit(actual * 1.33));
            }
        }
        Assert.True(KolmogorovSmirnov(pits) < 1.63 / Math.Sqrt(pits.Count), $"D = {KolmogorovSmirnov(pits):0.000}");
        Assert.True(KolmogorovSmirnov(distorted) > 1.63 / Math.Sqrt(pits.Count));
        Assert.InRange(pits.Count(p => p is > 0.1 and < 0.9), 40, 56); // 80 % of 60, ± 2.6 s.d.
    }

    [Fact]
    public void What_is_already_won_is_a_constant_part()
    {
        var world = SimulatedWorld.Generate(new SimulationOptions { Seed = 9, ActivityDensity = 0 });
        var (from, until) = (new DateOnly(2024, 4, 1), new DateOnly(2024, 6, 30));
        var truth = world.Truth.At(world.Truth.WeekOf(from) + 9);
        var whole = truth.Revenue(from, until, 100);
        var rest = truth.Revenue(truth.AsOf.AddDays(1), until, 100);
        Assert.True(whole.AlreadyWon > 0);
        Assert.Equal((double)world.Truth.ActualRevenue(from, truth.AsOf), whole.AlreadyWon);
        Assert.All(whole.Futures.Zip(rest.Futures), pair => Assert.Equal(whole.AlreadyWon + pair.Second, pair.First, 1e-6));

        var past = truth.Revenue(from, truth.AsOf, 10);
        Assert.All(past.Futures, future => Assert.Equal(whole.AlreadyWon, future));
    }

    [Fact]
    public void The_number_of_threads_does_not_change_the_truth()
    {
        var options = new SimulationOptions { Seed = 2, ActivityDensity = 0, Weeks = 110 };
        var (one, two) = (SimulatedWorld.Generate(options, 1).Truth.At(100), SimulatedWorld.Generate(options, 2).Truth.At(100));
        var until = one.AsOf.AddDays(60);
        Assert.Equal(one.WonBy(until, 8), two.WonBy(until, 8));
        Assert.Equal(one.Revenue(one.AsOf, until, 50).Futures, two.Revenue(two.AsOf, until, 50).Futures);
    }

    [Fact]
    public void The_truth_can_be_asked_before_anything_happened_and_at_the_very_end()
    {
        var world = SimulatedWorld.Generate(new SimulationOptions { Seed = 2, ActivityDensity = 0, Weeks = 60 });
        Assert.Empty(world.Truth.At(0).OpenOpportunityIds);
        Assert.True(world.Truth.At(0).Revenue(FirstWeek, FirstWeek.AddDays(200), 20).Mean > 0);
        var end = world.Truth.At(60);
        Assert.True(end.Revenue(end.AsOf.AddDays(1), end.AsOf.AddDays(60), 20).ExpectedWinsOfOpen > 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Truth.At(61));
        Assert.Throws<ArgumentOutOfRangeException>(() => world.Truth.ActualRevenue(FirstWeek, end.AsOf.AddDays(1)));
    }

    private static double KolmogorovSmirnov(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Select((v, i) => Math.Max((i + 1.0) / sorted.Length - v, v - (double)i / sorted.Length)).Max();
    }
}
