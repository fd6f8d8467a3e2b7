using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.WinProbability;

public sealed class CalendarPaceTests
{
    private static readonly DateTime Monday = new(2024, 1, 1);

    [Fact]
    public void Factors_of_a_hand_made_table_are_those_counted_by_hand()
    {
        // Ten deals born on Monday 2024-01-01, at risk to Friday; one is won on that Friday. Of the 20 deal-days of ages 3 to 6 one closed: half a
        // deal is expected on Thursday and half on Friday, none before. Thursday: (0 + 20) / (0.5 + 20), Friday: (1 + 20) / (0.5 + 20).
        var pace = CalendarPace.From(Landmarks([.. Enumerable.Range(0, 9).Select(_ => (Monday, 0, 4.2, 4.2)), (Monday, 1, 4.2, 50.0)]), Cause.Won);
        Assert.Equal([1, 1, 1, 20 / 20.5, 21 / 20.5, 1, 1], pace.Weekdays, (a, b) => Math.Abs(a - b) < 1e-12);
        // In the first week of the quarter 0.5 × 20 / 20.5 + 0.5 × 21 / 20.5 = 1 was expected and 1 came.
        Assert.Equal([1, 1, 1, 1, 1, 1, 1], pace.Places, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Days_on_which_deals_are_young_are_not_slow_for_that()
    {
        // Born on the first day of a quarter, never won in their first ten days, then 4 % a day: the first week saw no win, and only for that.
        var rows = Enumerable.Range(0, 2000).Select(n =>
        {
            var draw = CounterRandom.For(6, n, 0);
            var won = Enumerable.Range(10, 60).FirstOrDefault(d => draw.Uniform(d) < 0.04, -1);
            return won < 0 ? (Monday, 0, 70.0, 70.0) : (Monday, 1, won + 0.5, 70.0);
        });
        Assert.Equal(1, CalendarPace.From(Landmarks([.. rows]), Cause.Won).Places[4], 9);
    }

    [Fact]
    public void A_place_that_one_quarter_showed_says_less_than_one_that_eight_showed()
    {
        var (one, eight) = (LastWeekPace(1), LastWeekPace(8));
        // Quarters that differ by half have θ near 0.25: a threefold pace seen eight times counts as 3^(0.09 / (0.09 + 0.25/8)) = 2.3.
        Assert.InRange(eight, 2.15, 2.4);
        Assert.InRange(one, 1.2, eight - 0.1);

        // Deals of one day's risk each, a hundred a day: 1 of 100 closes, in the last week of a quarter 3, in the weeks of a whole quarter more or less than that by half.
        static double LastWeekPace(int quarters)
        {
            var rows = new List<(DateTime, int, double, double)>();
            for (var day = 0; day < 91 * quarters; day++)
            {
                var date = Monday.AddDays(day);
                var closing = (CalendarPace.PlaceOf(BusinessCalendar.Default, DateOnly.FromDateTime(date)) == 0 ? 12 : 4) * (day / 91 % 2 == 0 ? 3 : 1) / 2;
                for (var n = 0; n < 400; n++) rows.Add(n < closing ? (date, 1, 0.5, 10.0) : (date, 0, 0.5, 0.5));
            }
            return CalendarPace.From(Landmarks(rows), Cause.Won) is var pace ? pace.Places[0] / pace.Places[6] : 0;
        }
    }

    [Fact]
    public void A_planted_calendar_is_found_again()
    {
        // Every working day 1 % of the open deals are won, in the last week of a quarter 4 %, on weekends none; a deal is watched for 200 days.
        var rows = new List<(DateTime, int, double, double)>();
        for (var n = 0; n < 24_000; n++)
        {
            var born = Monday.AddDays(n % 730);
            var draw = CounterRandom.For(5, n, 0);
            var won = Enumerable.Range(0, 200).FirstOrDefault(d => draw.Uniform(d) < Hazard(DateOnly.FromDateTime(born.AddDays(d))), -1);
            rows.Add(won < 0 ? (born, 0, 200.0, 200.0) : (born, 1, won + 0.5, 200.0));
        }
        var pace = CalendarPace.From(Landmarks(rows), Cause.Won);
        Assert.InRange(pace.Places[0] / pace.Places[6], 3.7, 4.3);
        foreach (var place in (int[])[1, 2, 3, 4, 5]) Assert.InRange(pace.Places[place] / pace.Places[6], 0.9, 1.12);
        Assert.All(pace.Weekdays.Take(5), w => Assert.InRange(w / pace.Weekdays[0], 0.91, 1.09));
        Assert.All(pace.Weekdays.Skip(5), w => Assert.InRange(w, 0, 0.03));
        Assert.Equal([1, 1, 1, 1, 1, 1, 1], CalendarPace.From(Landmarks(rows), Cause.Lost).Weekdays);

        static double Hazard(DateOnly day) => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 0 : CalendarPace.PlaceOf(BusinessCalendar.Default, day) == 0 ? 0.04 : 0.01;
    }

    [Theory]
    [InlineData("2024-12-31", 0)]
    [InlineData("2024-12-25", 0)]
    [InlineData("2024-12-24", 1)]
    [InlineData("2024-12-11", 2)]
    [InlineData("2024-12-10", 6)]
    [InlineData("2024-11-30", 3)]
    [InlineData("2025-01-01", 4)]
    [InlineData("2025-01-08", 5)]
    [InlineData("2025-01-21", 5)]
    [InlineData("2025-01-22", 6)]
    public void Each_day_has_its_place(string day, int place) => Assert.Equal(place, CalendarPace.PlaceOf(BusinessCalendar.Default, DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void Paced_time_adds_up_and_is_even_where_every_factor_is_1()
    {
        var (even, uneven) = (Pace(1), Pace(3));
        var (a, b, c) = (new DateTime(2024, 3, 20, 7, 0, 0), new DateTime(2024, 3, 29, 18, 0, 0), new DateTime(2024, 4, 9));
        Assert.Equal((c - a).TotalDays, even.Between(a, c), 9);
        Assert.Equal(uneven.Between(a, c), uneven.Between(a, b) + uneven.Between(b, c), 9);
        // 25 to 31 March count threefold.
        Assert.Equal(14 + 2 * 7, uneven.Between(new DateTime(2024, 3, 21), new DateTime(2024, 4, 4)), 9);
        Assert.Equal(10, uneven.Between(new DateTime(1975, 1, 1), new DateTime(1975, 1, 11)), 9);
        Assert.Equal(10, uneven.Between(new DateTime(2095, 1, 1), new DateTime(2095, 1, 11)), 9);
        Assert.Equal((new DateTime(2090, 1, 1) - new DateTime(1970, 1, 1)).TotalDays, even.Between(new DateTime(1970, 1, 1), new DateTime(2090, 1, 1)), 6);
    }

    [Fact]
    public void A_cell_that_straddles_the_end_of_a_quarter_is_won_mostly_before_it()
    {
        var grid = new TimeGrid { UnitDays = 7, Edges = [0, 14] };
        var asOf = new DateTime(2024, 3, 25);
        var clock = new PaceClock(Pace(4), asOf);
        Assert.Equal((7 * 4 + 7) / 14f, clock.Mean(0, 14), 5);
        // 28 of 35 paced days go by 31 March.
        Assert.Equal(28.0 / 35, clock.Share(0, 7, 14), 12);
        var (even, paced) = (new HazardCurve(grid, [0.2], [0], 0), new HazardCurve(grid, [0.2], [0], 0, clock));
        Assert.Equal(even.WonWithin(14), paced.WonWithin(14), 15);
        Assert.Equal(1 - Math.Pow(0.8, 28.0 / 35), paced.WonWithin(7), 12);
        Assert.Equal(1 - Math.Pow(0.8, 0.5), even.WonWithin(7), 12);
        Assert.Equal(3.5, paced.WinTimeQuantile(paced.WonWithin(3.5) / paced.WonWithin(14))!.Value, 5);
    }

    private static CalendarPace Pace(double lastWeek) => new([1, 1, 1, 1, 1, 1, 1], [lastWeek, 1, 1, 1, 1, 1, 1]);

    private static LandmarkColumns Landmarks(IReadOnlyList<(DateTime Born, int Outcome, double Days, double Watched)> rows) => LandmarkColumns.From(new DataFrame(
        new StringDataFrameColumn(TrainingTable.OpportunityId, rows.Select((_, i) => $"D{i}")),
        new PrimitiveDataFrameColumn<DateTime>(TrainingTable.AsOfColumn, rows.Select(r => r.Born)),
        new StringDataFrameColumn(TrainingTable.Stage, rows.Select(_ => "New")),
        new PrimitiveDataFrameColumn<float>("age_days", rows.Select(_ => 0f)),
        new PrimitiveDataFrameColumn<int>(TrainingTable.Outcome, rows.Select(r => r.Outcome)),
        new PrimitiveDataFrameColumn<double>(TrainingTable.DaysObserved, rows.Select(r => r.Days)),
        new PrimitiveDataFrameColumn<double>(TrainingTable.DaysWatched, rows.Select(r => r.Watched))), ["age_days"]);
}
