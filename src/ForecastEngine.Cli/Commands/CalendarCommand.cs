using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Crm;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast calendar</c>: shows and sets how the business counts days, quarters and years.</summary>
internal static class CalendarCommand
{
    public static Command Create()
    {
        var zone = new Option<string?>("--time-zone") { Description = "Zone whose days are the business's days",
            HelpName = "zone" };
        var starts = new Option<string?>("--fiscal-year-starts") { Description = "First month of the fiscal year",
            HelpName = "month" };
        var named = new Option<string?>("--fiscal-year-named") { Description = "Name the fiscal year by the calendar year in which it ends or starts", HelpName = "end|start" };
        var pattern = new Option<string?>("--pattern") { Description = "Calendar months, quarters of whole weeks, or 13 periods of 4 weeks", HelpName = "months|4-4-5|4-5-4|5-4-4|13x4" };
        var ends = new Option<string?>("--year-ends") { Description = "A year of whole weeks ends with the last week that ends in its last month, or with the week that ends nearest to the month's end", HelpName = "last|nearest" };
        var week = new Option<string?>("--week-starts") { Description = "First day of the week, and of a year of whole weeks", HelpName = "weekday" };
        var holidays = new Option<string?>("--holidays") { Description = "File with a holiday a line, yyyy-MM-dd first; an empty file for none", HelpName = "file" };
        var command = new Command("calendar",
            "Shows the business calendar that days, weeks, months, quarters and years follow, or sets what is given of it.") { zone, starts, named, pattern, ends, week, holidays };
        command.SetAction((parse, cancellation) =>
            Task.FromResult(Run(new CommandContext(parse, cancellation), new CalendarSettings
        {
            TimeZone = parse.GetValue(zone), FiscalYearStarts = parse.GetValue(starts),
                FiscalYearNamed = parse.GetValue(named), Pattern = parse.GetValue(pattern),
            YearEnds = parse.GetValue(ends), WeekStarts = parse.GetValue(week),
                Holidays = parse.GetValue(holidays) is { } file ? HolidaysIn(file) : null,
        })));
        return HelpWithExamples.With(command, "forecast calendar",
            "forecast calendar --time-zone America/Los_Angeles --fiscal-year-starts february",
            "forecast calendar --pattern 4-4-5 --fiscal-year-starts february --week-starts sunday --year-ends nearest", "forecast calendar --holidays holidays.txt --json");
    }

    private static int Run(CommandContext context, CalendarSettings settings)
    {
        using var workspace = context.Open();
        var result = settings == new CalendarSettings() ? SetCalendar.Show(workspace)
            : SetCalendar.Run(workspace, settings);
        if (context.Json)
        {
            JsonOutput.Write(new { settings = CalendarSettings.Of(result.Calendar), result.IsSet,
                result.Consequences });
            return ExitCode.Done;
        }
        var (screen, calendar) = (context.Screen, result.Calendar);
        screen.Line($"Time zone    {calendar.TimeZone}");
        screen.Line($"Fiscal year  from {CalendarSettings.Of(calendar).FiscalYearStarts}, named by the year in which it {CalendarSettings.Of(calendar).FiscalYearNamed}s; {Patterns(calendar)}", 13);
        screen.Line($"Week         from {calendar.WeekStartsOn}");
        screen.Line($"Holidays     {(calendar.Holidays.Count == 0 ? "none" : $"{Format.Count(calendar.Holidays.Count)}, {Format.Date(calendar.Holidays[0])} to {Format.Date(calendar.Holidays[^1])}")}");
        if (!result.IsSet) screen.Line("This is the default: no calendar is set.");
        foreach (var consequence in result.Consequences) screen.Line(consequence);
        return ExitCode.Done;
    }

    private static string Patterns(BusinessCalendar calendar) => calendar.Pattern == YearPattern.Months
        ? "calendar months" : $"{CalendarSettings.Of(calendar).Pattern} weeks, the year ends on the {CalendarSettings.Of(calendar).YearEnds} {(DayOfWeek)(((int)calendar.WeekStartsOn + 6) % 7)}";

    // What follows the day, the holiday's name for instance, is for people.
    private static List<string> HolidaysIn(string file)
    {
        if (!File.Exists(file)) throw new OperationException($"{file}: found no such file; expected one with a holiday a line, such as 2026-12-25. Mend the path.");
        return [.. File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0
            && line[0] != '#').Select(line => line.Split([' ', '\t', ',', ';'], 2)[0])];
    }
}
