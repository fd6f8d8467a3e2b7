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
        // Ten deals at risk from Monday to Friday 2024-01-05, nine of them watched no longer; one is won on that Friday.
        // Closed 1 of 50 deal-days: 0.2 expected a day. Friday: (1 + 20) / (0.2 + 20); Monday to Thursday: 20 / (0.2 + 20).
        var pace = CalendarPace.From(Landmarks([.. Enumerable.Range(0, 9).Select(_ => (Monday, 0, 4.2, 4.2)), (Monday, 1, 4.2, 50.0)]), Cause.Won);
        var (other, friday) = (20 / 20.2, 21 / 20.2);
        Assert.Equal([other, other, other, other, friday, 1, 1], pace.Weekdays, (a, b) => Math.Abs(a - b) < 1e-12);
        // All five days lie in the first week of a quarter: expected 0.2 × Σ weekday factors.
        Assert.Equal((1 + 20) / (0.2 * (4 * other + friday) + 20), pace.Places[4], 12);
        Assert.Equal([1, 1, 1, 1, 1, 1], pace.Places.Where((_, p) => p != 4));
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

        static double Hazard(DateOnly day) => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 0 : CalendarPace.PlaceOf(day) == 0 ? 0.04 : 0.01;
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
    public void Each_day_has_its_place(string day, int place) => Assert.Equal(place, CalendarPace.PlaceOf(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

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
