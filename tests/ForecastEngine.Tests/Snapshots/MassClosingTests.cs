using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>Which days count as tidying, and which do not.</summary>
public sealed class MassClosingTests
{
    private static readonly DateOnly First = new(2022, 1, 1);

    [Fact]
    public void A_day_that_the_others_do_not_explain_is_found_with_its_share()
    {
        var day = new DateOnly(2023, 6, 20);
        var closings = Poisson(days: 1000, mean: 2);
        closings[day] = 300;
        var found = Assert.Single(MassClosing.Find(closings));
        Assert.Equal((day, 300), (found.On, found.Closings));
        Assert.Equal(300.0 / closings.Where(c => Math.Abs(c.Key.DayNumber - day.DayNumber) <= 182).Sum(c => c.Value),
            found.Share, 12);
        // Two days of tidying in a row are two days of tidying.
        closings[day.AddDays(1)] = 200;
        Assert.Equal([day, day.AddDays(1)], MassClosing.Find(closings).Select(m => m.On));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(2)]
    [InlineData(40)]
    [InlineData(1000)]
    public void Chance_alone_is_no_tidying(double mean)
    {
        for (var seed = 0; seed < 20; seed++) Assert.Empty(MassClosing.Find(Poisson(700, mean, seed)));
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(3, 5)]
    [InlineData(12, 0)]
    public void A_rush_that_comes_again_with_the_calendar_is_a_habit(int everyMonths, int shiftedDays)
    {
        var closings = Poisson(1400, 1);
        for (var end = First.AddMonths(everyMonths); end.DayNumber < First.DayNumber + 1390; end =
            end.AddMonths(everyMonths))
            closings[end.AddDays(-1 - shiftedDays)] = 40 + end.Month + 3 * (end.Year - First.Year);
        Assert.Empty(MassClosing.Find(closings));
    }

    [Fact]
    public void Quarters_of_thirteen_weeks_and_batches_of_one_weekday_are_habits_too()
    {
        var (weeks, batches) = (Poisson(1100, 1), new Dictionary<DateOnly, int>());
        for (var n = 1; n < 12; n++) weeks[First.AddDays(91 * n)] = 60;
        for (var n = 0; n < 150; n++) batches[First.AddDays(7 * n)] = 20 + n % 30;
        Assert.Empty(MassClosing.Find(weeks));
        Assert.Empty(MassClosing.Find(batches));
    }

    [Fact]
    public void Small_teams_and_short_histories_are_left_alone()
    {
        var small = Poisson(700, 0.1);
        small[new DateOnly(2023, 5, 9)] = 20;
        Assert.Empty(MassClosing.Find(small));
        var few = Poisson(25, 3);
        few[First.AddDays(40)] = 500;
        Assert.Empty(MassClosing.Find(few));
        Assert.Empty(MassClosing.Find(new Dictionary<DateOnly, int>()));
    }

    private static Dictionary<DateOnly, int> Poisson(int days, double mean, int seed = 4)
    {
        var closings = new Dictionary<DateOnly, int>();
        for (var d = 0; d < days; d++)
            if (CounterRandom.For(seed, d).Poisson(mean) is > 0 and var count) closings[First.AddDays(d)] = count;
        return closings;
    }
}
