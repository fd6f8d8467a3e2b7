namespace ForecastEngine.Crm;

/// <summary>Where a day lies in its quarter, month and year.</summary>
/// <param name="ToQuarterEnd">Days to the quarter's last day.</param>
/// <param name="SinceQuarterStart">Days since its first day.</param>
/// <param name="ToMonthEnd">Days to the month's last day.</param>
/// <param name="Month">Number of the month in its year, from 1.</param>
/// <param name="IsHoliday">True for a holiday.</param>
internal readonly record struct DayPlace(short ToQuarterEnd, short SinceQuarterStart, byte ToMonthEnd, byte Month,
    bool IsHoliday);

/// <summary>The days of 1980 to 2079 in a calendar, worked out once.</summary>
internal sealed class CalendarDays
{
    private static readonly int First = new DateOnly(1980, 1, 1).DayNumber;
    private static readonly int Count = new DateOnly(2080, 1, 1).DayNumber - First;
    private readonly BusinessCalendar _calendar;
    private readonly DayPlace[] _places = new DayPlace[Count];

    public CalendarDays(BusinessCalendar calendar)
    {
        _calendar = calendar;
        var holidays = calendar.Holidays.Select(h => h.DayNumber).ToHashSet();
        var (quarter, month, place) = (default(Period), default(Period), default(DayPlace));
        for (var day = 0; day < Count; day++)
        {
            var date = DateOnly.FromDayNumber(First + day);
            if (day == 0 || date > quarter.Until || date > month.Until)
            {
                (quarter, month) = (calendar.Quarter(date), calendar.Month(date));
                place = calendar.Locate(date);
            }
            _places[day] = place with
            {
                ToQuarterEnd = (short)(quarter.Until.DayNumber - date.DayNumber),
                    SinceQuarterStart = (short)(date.DayNumber - quarter.From.DayNumber),
                ToMonthEnd = (byte)(month.Until.DayNumber - date.DayNumber),
                    IsHoliday = holidays.Contains(date.DayNumber),
            };
        }
    }

    public DayPlace Of(int day) => (uint)(day - First) < (uint)Count ? _places[day - First]
        : _calendar.Locate(DateOnly.FromDayNumber(day));
}
