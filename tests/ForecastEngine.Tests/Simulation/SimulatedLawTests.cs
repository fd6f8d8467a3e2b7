using ForecastEngine.Crm;
using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Simulation;

/// <summary>The world has the rates, lengths and rhythm that it is specified to have.</summary>
public sealed class SimulatedLawTests
{
    // Steady: no growth, no season and hardly any market, so that long-run figures can be read off one world of 40,000 deals.
    private static readonly WorldCourse Steady = WorldCourse.Run(new SimulationOptions
    {
        Seed = 3, OpportunitiesPerWeek = 150, Weeks = 270, Seasonality = 0, FactorDeviation = 0, Reps = 60, Teams = 4,
    });

    private static readonly (int Born, int Closed, MoveKind Kind)[] Mature =
        [.. Enumerable.Range(0, Steady.Opportunities.Length)
            .Where(i => Steady.Opportunities[i].BirthWeek is >= 20 and < 170 && Steady.MovesOf(i) is [.., { IsClose: true }])
            .Select(i => (Steady.Opportunities[i].BirthWeek, Steady.MovesOf(i)[^1].Week, Steady.MovesOf(i)[^1].Kind))];

    [Fact]
    public void Some_36_percent_of_the_deals_are_won()
    {
        Assert.InRange(Mature.Count(m => m.Kind == MoveKind.Win) / (double)Mature.Length, 0.33, 0.39);
    }

    [Fact]
    public void Half_of_the_wins_take_19_weeks_and_half_of_the_losses_10()
    {
        Assert.InRange(Median(Mature.Where(m => m.Kind == MoveKind.Win).Select(m => m.Closed - m.Born)), 17, 21);
        Assert.InRange(Median(Mature.Where(m => m.Kind == MoveKind.Loss).Select(m => m.Closed - m.Born)), 9, 11.5);
    }

    [Fact]
    public void One_win_in_six_falls_in_the_last_week_of_a_quarter()
    {
        var wins = Steady.Moves.ToArray().Where(m => m.Kind == MoveKind.Win && m.Week is >= 60 and < 268).ToArray();
        var last = wins.Count(m => BusinessCalendar.Default.Quarter(Steady.Options.FirstWeek.AddDays(7 * m.Week + 2)).From != BusinessCalendar.Default.Quarter(Steady.Options.FirstWeek.AddDays(7 * m.Week + 9)).From);
        Assert.InRange(last / (double)wins.Length, 0.14, 0.20);
    }

    [Fact]
    public void Close_days_are_working_days_in_the_quarter_of_their_week()
    {
        foreach (var move in Steady.Moves.ToArray().Where(m => m.Kind == MoveKind.Win))
        {
            var day = Steady.DateOf(move);
            Assert.True(day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday));
            Assert.Equal(BusinessCalendar.Default.Quarter(Steady.Options.FirstWeek.AddDays(7 * move.Week + 2)).From, BusinessCalendar.Default.Quarter(day).From);
        }
    }

    [Fact]
    public void Where_quarters_end_by_the_day_the_rush_lasts_to_their_last_working_day()
    {
        var byDay = WorldCourse.Run(Steady.Options with { QuartersEndByDay = true });
        var wins = byDay.Moves.ToArray().Where(m => m.Kind == MoveKind.Win && m.Week is >= 60 and < 268).CountBy(m => byDay.DateOf(m)).ToDictionary();
        Assert.All(wins.Keys, day => Assert.True(day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)));
        double PerDay(Func<int, bool> left) => wins.Where(w => left(BusinessCalendar.Default.Quarter(w.Key).Until.DayNumber - w.Key.DayNumber)).Average(w => w.Value);
        // e^1.15 against the days in the middle of a quarter, which have no effect, less the ripe deals that the two weeks before took.
        Assert.InRange(PerDay(left => left < 7) / PerDay(left => left is >= 21 and < 63), 2, Math.Exp(1.15));
        Assert.InRange(PerDay(left => left < 2) / PerDay(left => left is >= 2 and < 7), 0.85, 1.05);
        // 2025-06-30 is a Monday; in a world of whole weeks it has none.
        Assert.True(wins[new DateOnly(2025, 6, 30)] > 2 * PerDay(left => left is >= 21 and < 63));
        Assert.DoesNotContain(Steady.Moves.ToArray(), m => Steady.DateOf(m) == new DateOnly(2025, 6, 30));
    }

    [Fact]
    public void Open_deals_are_arrivals_times_lifetime()
    {
        // Little's law, L = λW, over weeks in which births and lifetimes are both complete.
        var open = Enumerable.Range(0, 10).Average(i => Steady.OpenAt(100 + 7 * i).Count);
        var arrivals = Steady.Opportunities.Count(o => o.BirthWeek is >= 20 and < 170) / 150.0;
        var lifetime = Mature.Average(m => m.Closed - m.Born);
        Assert.InRange(open / (arrivals * lifetime), 0.95, 1.05);
        Assert.InRange(arrivals / 150, 0.98, 1.02);
    }

    [Fact]
    public void The_final_amount_equals_the_expected_one_in_55_percent_of_the_wins()
    {
        var (wins, exact, lower) = (0, 0, 0);
        for (var i = 0; i < Steady.Opportunities.Length; i++)
        {
            var moves = Steady.MovesOf(i);
            if (moves.Length == 0 || moves[^1].Kind != MoveKind.Win) continue;
            var before = moves.Length > 1 ? moves[^2].After.Amount : Steady.Opportunities[i].BirthAmount;
            wins++;
            if (moves[^1].After.Amount == before) exact++;
            else if (moves[^1].After.Amount < before) lower++;
        }
        Assert.InRange(exact / (double)wins, 0.535, 0.565);
        // 35 % discounts of median 12 % and s.d. 10 % (88 % of them really lower), hardly any of the upsells.
        Assert.InRange(lower / (double)wins, 0.29, 0.33);
    }

    [Fact]
    public void The_market_factor_has_its_deviation_and_persistence()
    {
        var factors = WorldCourse.Run(new SimulationOptions { OpportunitiesPerWeek = 0.01, Weeks = 2000 }).Factors;
        var variance = factors.Average(f => f * f);
        var lagged = factors.Zip(factors.Skip(1), (a, b) => a * b).Average();
        Assert.InRange(Math.Sqrt(variance), 0.21, 0.29);
        Assert.InRange(lagged / variance, 0.89, 0.95);
    }

    [Fact]
    public void A_campaign_brings_three_times_the_arrivals_and_leaves_the_ordinary_ones_alone()
    {
        var options = new SimulationOptions { OpportunitiesPerWeek = 40, Weeks = 104, Accounts = 500 };
        var (plain, campaign) = (WorldCourse.Run(options), WorldCourse.Run(options with { HasCampaigns = true }));
        var ordinary = campaign.Opportunities.Where(o => o.Source != Catalogue.CampaignSource).ToArray();
        Assert.Equal(plain.Opportunities.Select(o => (o.Key, o.Fit, o.TrueAmount)), ordinary.Select(o => (o.Key, o.Fit, o.TrueAmount)));

        var extra = campaign.Opportunities.Where(o => o.Source == Catalogue.CampaignSource).ToArray();
        var weeks = extra.Select(o => o.BirthWeek).ToHashSet();
        Assert.Equal(12, weeks.Count);
        Assert.InRange(extra.Length / (double)ordinary.Count(o => weeks.Contains(o.BirthWeek)), 1.8, 2.2);
        Assert.InRange(extra.Average(o => o.Quality), -1.05, -0.75);
    }

    [Fact]
    public void Zombies_stay_open_until_they_are_purged()
    {
        var world = SimulatedWorld.Generate(new SimulationOptions { ZombieShare = 0.15, ActivityDensity = 0, Weeks = 120 });
        var closes = world.Facts.Changes.Where(c => c.Field == OpportunityField.Stage && c.NewValue!.StartsWith("Closed", StringComparison.Ordinal)).ToDictionary(c => c.OpportunityId);
        var reasons = world.Facts.Changes.Where(c => c.Field == OpportunityField.LossReason).ToDictionary(c => c.OpportunityId, c => c.NewValue);
        var zombies = world.Facts.Opportunities.Where(o => world.Truth.IsZombie(o.Id)).ToArray();
        Assert.InRange(zombies.Length / (double)world.Facts.Opportunities.Count, 0.13, 0.17);
        foreach (var zombie in zombies)
        {
            var purgeWeek = world.Truth.WeekOf(DateOnly.FromDateTime(zombie.CreatedAt.UtcDateTime)) + 52;
            Assert.Equal(purgeWeek < 120, closes.ContainsKey(zombie.Id));
            if (purgeWeek >= 120) continue;
            Assert.Equal(("Closed Lost", "Purged"), (closes[zombie.Id].NewValue, reasons[zombie.Id]));
            Assert.Equal(purgeWeek, world.Truth.WeekOf(DateOnly.FromDateTime(closes[zombie.Id].At.UtcDateTime)));
        }
        Assert.DoesNotContain(world.Facts.Opportunities, o => !world.Truth.IsZombie(o.Id) && reasons.GetValueOrDefault(o.Id) == "Purged");
    }

    [Fact]
    public void A_shock_lowers_the_wins_from_its_week_on_and_changes_nothing_before()
    {
        var options = new SimulationOptions { OpportunitiesPerWeek = 400, Weeks = 106, Reps = 60, FactorDeviation = 0 };
        var (plain, shocked) = (WorldCourse.Run(options), WorldCourse.Run(options with { ShockLogits = -0.5, ShockWeek = 104 }));
        static int Wins(WorldCourse course, int from, int until) => course.Moves.ToArray().Count(m => m.Kind == MoveKind.Win && m.Week >= from && m.Week < until);
        Assert.Equal(Wins(plain, 0, 104), Wins(shocked, 0, 104));
        // In the first week e^-0.5 = 0.61 of the wins, a little more where the hazard is high; later the deals that were not won catch up.
        Assert.InRange(Wins(shocked, 104, 105) / (double)Wins(plain, 104, 105), 0.54, 0.74);
    }

    private static double Median(IEnumerable<int> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }
}
