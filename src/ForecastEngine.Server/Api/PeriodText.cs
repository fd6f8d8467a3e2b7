using ForecastEngine.Crm;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>Quarters and months as callers name them.</summary>
public static class PeriodText
{
    /// <summary>The quarter or month of a label, such as <c>2026-Q4</c>, <c>2026-11</c> or <c>FY2027-P10</c>; null when
    /// the calendar has none of that name.</summary>
    public static Period? Parse(BusinessCalendar calendar, string? label) => calendar.Parse(label) is { Kind: PeriodKind.Quarter or PeriodKind.Month } period ? period : null;

    /// <summary>400: what a label would look like.</summary>
    public static ProblemHttpResult Unknown(BusinessCalendar calendar)
    {
        var day = new DateOnly(2026, 11, 15);
        return Problems.Invalid($"period: found none or another text; expected one such as {calendar.Quarter(day).Label} or {calendar.Month(day).Label}.");
    }
}
