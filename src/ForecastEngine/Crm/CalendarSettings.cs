using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>
/// Settings of a calendar as people write them: on the command line, in a map, in a request. What is null stays as it
/// is.
/// </summary>
public sealed record CalendarSettings
{
    private static readonly (string Text, YearPattern Pattern)[] Patterns =
        [("months", YearPattern.Months), ("4-4-5", YearPattern.Weeks445), ("4-5-4", YearPattern.Weeks454),
            ("5-4-4", YearPattern.Weeks544), ("13x4", YearPattern.Weeks13X4)];
    private static readonly (string Text, int Month)[] Months =
        [.. Enumerable.Range(1, 12).Select(m =>
            (CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(m).ToLowerInvariant(), m))];
    private static readonly (string Text, DayOfWeek Day)[] Weekdays =
        [.. Enumerable.Range(1, 7).Select(d => ((DayOfWeek)(d % 7)).ToString().ToLowerInvariant()).Select(d =>
            (d, Enum.Parse<DayOfWeek>(d, ignoreCase: true)))];

    /// <summary>Time zone, an IANA id such as <c>Europe/Ljubljana</c>.</summary>
    public string? TimeZone { get; init; }
    /// <summary>First month of the fiscal year: <c>february</c> or <c>2</c>.</summary>
    public string? FiscalYearStarts { get; init; }
    /// <summary>Which year names the fiscal year: <c>end</c> or <c>start</c>.</summary>
    public string? FiscalYearNamed { get; init; }
    /// <summary><c>months</c>, <c>4-4-5</c>, <c>4-5-4</c>, <c>5-4-4</c> or <c>13x4</c>.</summary>
    public string? Pattern { get; init; }
    /// <summary>Where a year of whole weeks ends: <c>last</c> or <c>nearest</c>.</summary>
    public string? YearEnds { get; init; }
    /// <summary>First day of the week, and of a year of whole weeks: <c>monday</c> …</summary>
    public string? WeekStarts { get; init; }
    /// <summary>Holidays, <c>yyyy-MM-dd</c> each; an empty list for none.</summary>
    public IReadOnlyList<string>? Holidays { get; init; }

    /// <summary>The calendar with these settings.</summary>
    /// <param name="calendar">What it was before.</param>
    /// <param name="fault">Told of each setting that is not understood: its name, what was found, what is
    /// expected.</param>
    public BusinessCalendar ApplyTo(BusinessCalendar calendar, Action<string, string, string> fault) => calendar with
    {
        TimeZone = Zone(calendar.TimeZone, fault),
        YearStartsIn = int.TryParse(FiscalYearStarts, NumberStyles.None, CultureInfo.InvariantCulture, out var month)
            && month is >= 1 and <= 12 ? month
            : OneOf("fiscalYearStarts", FiscalYearStarts, Months, calendar.YearStartsIn, fault),
        YearNamed = OneOf("fiscalYearNamed", FiscalYearNamed, [("end", YearNaming.End), ("start", YearNaming.Start)],
            calendar.YearNamed, fault),
        Pattern = OneOf("pattern", Pattern, Patterns, calendar.Pattern, fault),
        YearEnds = OneOf("yearEnds", YearEnds, [("last", YearEnd.Last), ("nearest", YearEnd.Nearest)],
            calendar.YearEnds, fault),
        WeekStartsOn = OneOf("weekStarts", WeekStarts, Weekdays, calendar.WeekStartsOn, fault),
        Holidays = Holidays is null ? calendar.Holidays : [.. Holidays.SelectMany(h => Day(h, fault))],
    };

    /// <summary>A calendar as its settings.</summary>
    public static CalendarSettings Of(BusinessCalendar calendar) => new()
    {
        TimeZone = calendar.TimeZone, FiscalYearStarts = Months[calendar.YearStartsIn - 1].Text,
            FiscalYearNamed = calendar.YearNamed == YearNaming.End ? "end" : "start",
        Pattern = NameOf(calendar.Pattern), YearEnds = calendar.YearEnds == Crm.YearEnd.Last ? "last" : "nearest",
            WeekStarts = calendar.WeekStartsOn.ToString().ToLowerInvariant(),
        Holidays = [.. calendar.Holidays.Select(h => h.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))],
    };

    internal static string NameOf(YearPattern pattern) => Array.Find(Patterns, p => p.Pattern == pattern).Text;

    private string Zone(string otherwise, Action<string, string, string> fault)
    {
        if (TimeZone is null or "UTC") return TimeZone ?? otherwise;
        // An id of Windows is no id elsewhere: the IANA id is kept.
        if (TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone)) return zone.HasIanaId ? zone.Id
            : TimeZoneInfo.TryConvertWindowsIdToIanaId(zone.Id, out var iana) ? iana : zone.Id;
        fault("timeZone", TimeZone, "a time zone such as UTC, Europe/Ljubljana or America/Los_Angeles");
        return otherwise;
    }

    private static T OneOf<T>(string setting, string? text, IReadOnlyList<(string Text, T Value)> known, T otherwise,
        Action<string, string, string> fault)
    {
        if (text is null) return otherwise;
        foreach (var (name, value) in known)
            if (name.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase)) return value;
        fault(setting, text, $"one of {string.Join(", ", known.Select(k => k.Text))}");
        return otherwise;
    }

    private static IEnumerable<DateOnly> Day(string text, Action<string, string, string> fault)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out var day)) yield return day;
        else fault("holidays", text, "days such as 2026-12-25");
    }
}
