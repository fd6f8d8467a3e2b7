using System.Globalization;
using System.Text.Json.Serialization;

namespace ForecastEngine.Crm;

/// <summary>
/// How a business counts time: in which time zone a day is a day, when the week and the fiscal year begin, how the year
/// falls into quarters
/// and months, which days are holidays. Equal when all of that is equal.
/// </summary>
/// <remarks>
/// A year of whole weeks begins on <see cref="WeekStartsOn"/> and ends on the day before it: the last such day of the
/// fiscal year's last month, or the one nearest
/// to that month's end (<see cref="YearEnds"/>). It has 52 weeks, or 53; the 53rd is the last period's.
/// A week belongs to the calendar year that holds its fourth day, which for weeks from Monday on is ISO 8601.
/// </remarks>
public sealed partial record BusinessCalendar
{
    private readonly Lazy<CalendarDays> _days;

    /// <summary>
    /// UTC, weeks from Monday on, quarters of calendar months, the fiscal year from January on, no holidays.
    /// </summary>
    public static BusinessCalendar Default { get; } = new();

    /// <summary>A calendar; what is not set is as in <see cref="Default"/>.</summary>
    public BusinessCalendar() => _days = new(() => new CalendarDays(this));

    private BusinessCalendar(BusinessCalendar other)
    {
        _days = new(() => new CalendarDays(this));
        (TimeZone, YearStartsIn, YearNamed, Pattern, YearEnds) = (other.TimeZone, other.YearStartsIn, other.YearNamed,
            other.Pattern, other.YearEnds);
        (WeekStartsOn, Holidays) = (other.WeekStartsOn, other.Holidays);
    }

    /// <summary>Time zone by its IANA id, such as <c>America/Los_Angeles</c>.</summary>
    public string TimeZone { get; init; } = "UTC";
    /// <summary>First month of the fiscal year, 1–12.</summary>
    public int YearStartsIn { get; init; } = 1;
    /// <summary>Which calendar year the fiscal year is named by.</summary>
    public YearNaming YearNamed { get; init; } = YearNaming.End;
    /// <summary>How the fiscal year falls into months and quarters.</summary>
    public YearPattern Pattern { get; init; } = YearPattern.Months;
    /// <summary>Where a fiscal year of whole weeks ends. Without meaning for calendar months.</summary>
    public YearEnd YearEnds { get; init; } = YearEnd.Last;
    /// <summary>First day of the week, and of a fiscal year of whole weeks.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<DayOfWeek>))]
    public DayOfWeek WeekStartsOn { get; init; } = DayOfWeek.Monday;
    /// <summary>Days on which business rests, in order.</summary>
    public IReadOnlyList<DateOnly> Holidays { get; init => field = [.. value.Distinct().Order()]; } = [];

    /// <summary>
    /// True where the fiscal year is the calendar year, in calendar months: periods then go by the names that everybody
    /// uses.
    /// </summary>
    [JsonIgnore]
    public bool IsCalendarYear => Pattern == YearPattern.Months && YearStartsIn == 1;

    /// <summary>Months, or periods of weeks, in a year.</summary>
    [JsonIgnore]
    public int MonthsInYear => Pattern == YearPattern.Weeks13X4 ? 13 : 12;

    /// <summary>The business day of an instant.</summary>
    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(ToBusiness(instant).UtcDateTime);

    /// <summary>
    /// The business time of an instant: what the wall clock of <see cref="TimeZone"/> shows, written with offset zero.
    /// It keeps the order of instants:
    /// an hour that the clock shows twice is gone through once, at half speed.
    /// </summary>
    public DateTimeOffset ToBusiness(DateTimeOffset instant) => BusinessClock.Of(TimeZone) is { } clock
        ? clock.ToBusiness(instant) : instant.ToUniversalTime();

    /// <summary>
    /// The instant of a business time, UTC. Of an hour that the clock leaves out: the last instant before it.
    /// </summary>
    public DateTimeOffset ToInstant(DateTimeOffset business) => BusinessClock.Of(TimeZone) is { } clock
        ? clock.ToInstant(business) : business.ToUniversalTime();

    /// <summary>True when months and quarters of both lie alike, whatever zone and holidays they have.</summary>
    public bool HasQuartersOf(BusinessCalendar other) =>
        AsLearnt with { TimeZone = "UTC", Holidays = [] } == other.AsLearnt with { TimeZone = "UTC", Holidays = [] };

    /// <summary>
    /// True when a model that learnt by the one fits data told by the other: days, holidays, months and quarters are
    /// the same.
    /// </summary>
    public bool HasDaysOf(BusinessCalendar other) => AsLearnt == other.AsLearnt;

    /// <summary>
    /// What a model learns by: the calendar without what no feature and no pace depends on, such as the names of years.
    /// </summary>
    [JsonIgnore]
    public BusinessCalendar AsLearnt => Pattern == YearPattern.Months
        ? Default with { TimeZone = TimeZone, Holidays = Holidays, YearStartsIn = (YearStartsIn - 1) % 3 + 1 }
        : this with { YearNamed = YearNaming.End };

    /// <inheritdoc/>
    public bool Equals(BusinessCalendar? other) => other is not null && TimeZone == other.TimeZone
        && YearStartsIn == other.YearStartsIn && YearNamed == other.YearNamed
        && Pattern == other.Pattern && YearEnds == other.YearEnds && WeekStartsOn == other.WeekStartsOn
            && Holidays.SequenceEqual(other.Holidays);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(TimeZone, YearStartsIn, YearNamed, Pattern, YearEnds, WeekStartsOn, Holidays.Count);

    /// <summary>
    /// In words, as settings: <c>America/Los_Angeles, fiscal year from February (named by its end), 4-4-5 …</c>
    /// </summary>
    public override string ToString()
    {
        var words = new List<string> { TimeZone };
        words.Add(IsCalendarYear ? "calendar year"
            : $"fiscal year from {CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(YearStartsIn)}, named by the year in which it {(YearNamed == YearNaming.End ? "ends" : "starts")}");
        words.Add(CalendarSettings.NameOf(Pattern));
        if (Pattern != YearPattern.Months)
            words.Add($"the year ends on the {(YearEnds == YearEnd.Last ? "last" : "nearest")} {(DayOfWeek)(((int)WeekStartsOn + 6) % 7)}");
        words.Add($"weeks from {WeekStartsOn}");
        if (Holidays.Count > 0) words.Add($"{Holidays.Count} holiday{(Holidays.Count == 1 ? "" : "s")}");
        return string.Join("; ", words);
    }
}
