using ForecastEngine.Crm;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>The business calendar.</summary>
/// <param name="Settings">All settings.</param>
/// <param name="IsSet">False for the default that holds until one is set.</param>
/// <param name="Consequences">What changing it brings about, in words; empty where nothing changed.</param>
public sealed record CalendarAnswer(CalendarSettings Settings, bool IsSet, IReadOnlyList<string> Consequences)
{
    internal static CalendarAnswer Of(CalendarResult result) =>
        new(CalendarSettings.Of(result.Calendar), result.IsSet, result.Consequences);
}

/// <summary>The business calendar of the company.</summary>
public static class Calendars
{
    private const int MaxHolidays = 5_000;

    /// <summary>Maps /calendar.</summary>
    public static RouteGroupBuilder MapCalendar(this RouteGroupBuilder v1)
    {
        var calendar = v1.MapGroup("/calendar").WithTags("Calendar");
        calendar.MapGet("", Get).RequireAuthorization(Scopes.ScoresRead).WithName("GetCalendar").WithSummary("The business calendar: time zone, fiscal year, week, holidays");
        calendar.MapPut("", Put).RequireAuthorization(Scopes.DataWrite,
            Scopes.WholeCompany).WithName("PutCalendar").WithSummary("Sets the business calendar")
            .WithDescription("What is left out stays. It holds for the whole company. Where days or quarters change, a model must be trained again; published forecasts are those of the calendar before until the next run.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return v1;
    }

    private static Ok<CalendarAnswer> Get(Workspace workspace) =>
        TypedResults.Ok(CalendarAnswer.Of(SetCalendar.Show(workspace)));

    private static async Task<Results<Ok<CalendarAnswer>,
        ProblemHttpResult>> Put(CalendarSettings request, HttpContext context, Workspace workspace, AuditTrail audit,
        HistoryGate gate, CancellationToken cancellation)
    {
        if (request.Holidays is { Count: > MaxHolidays }) return Problems.Invalid($"holidays: found {request.Holidays.Count}; expected at most {MaxHolidays}.");
        var faults = new List<string>();
        request.ApplyTo(BusinessCalendar.Default, (setting, found, expected) =>
            faults.Add($"{setting}: found \"{found}\"; expected {expected}."));
        if (faults.Count > 0) return Problems.Invalid(string.Join(" ", faults.Take(20)));
        return await gate.Through<Results<Ok<CalendarAnswer>, ProblemHttpResult>>(() =>
        {
            var result = SetCalendar.Run(workspace, request, gate.Patience);
            audit.Add(context, "calendar.set", result.Calendar.ToString(), CalendarSettings.Of(result.Calendar));
            return TypedResults.Ok(CalendarAnswer.Of(result));
        }, cancellation);
    }
}
