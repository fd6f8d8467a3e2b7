using System.ComponentModel;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>A person's call on the revenue of a period.</summary>
/// <param name="By"><c>company</c>, <c>team</c>, <c>owner</c>, <c>product</c>, <c>region</c> or <c>pipeline</c>.</param>
/// <param name="Key">Which part; empty for the company.</param>
/// <param name="Period"><c>2026-Q4</c> or <c>2026-11</c>; in a fiscal year of its own <c>FY2027-Q4</c> or, of periods
/// of weeks, <c>FY2027-P10</c>.</param>
/// <param name="Amount">What the person expects, in the currency of the forecasts; null takes the call back.</param>
/// <param name="Note">Why, 1–2,000 characters.</param>
public sealed record AdjustmentRequest(string? By, string? Key, string? Period, decimal? Amount, string? Note);

/// <summary>A call and what the forecast said when it was made.</summary>
public sealed record AdjustmentAnswer(long Id, string By, string Key, PeriodAnswer Period, decimal? Amount, string Note, double? ForecastMean, DateOnly AsOf, string Author, DateTimeOffset At);

/// <summary>People's calls beside the forecasts; each is kept, the last one counts.</summary>
public static class Adjustments
{
    private const int MaxNote = 2000;
    private const decimal MaxAmount = 1_000_000_000_000_000m;

    /// <summary>Maps /forecasts/adjustments.</summary>
    public static RouteGroupBuilder MapAdjustments(this RouteGroupBuilder v1)
    {
        var adjustments = v1.MapGroup("/forecasts/adjustments").WithTags("Forecasts");
        adjustments.MapGet("", List).RequireAuthorization(Scopes.ScoresRead).WithName("ListAdjustments").WithSummary("Calls with their history, last first").ProducesProblem(StatusCodes.Status400BadRequest);
        adjustments.MapPut("", Put).RequireAuthorization(Scopes.DataWrite).WithName("PutAdjustment").WithSummary("A manager's call on a period, with a note")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        return v1;
    }

    private static Results<Ok<IReadOnlyList<AdjustmentAnswer>>, ProblemHttpResult> List(HttpContext context, Workspace workspace, TeamScopes teams,
        [Description("Only this dimension.")] string? by = null, [Description("Only periods that touch this one.")] string? period = null)
    {
        if (by is not null && Forecasts.DimensionOf(by) is null) return Problems.Invalid("by: found another text; expected company, team, owner, product, region or pipeline.");
        var calendar = workspace.Calendar.Current();
        var asked = PeriodText.Parse(calendar, period);
        if (period is not null && asked is null) return PeriodText.Unknown(calendar);
        var scope = teams.Of(context);
        return TypedResults.Ok<IReadOnlyList<AdjustmentAnswer>>([.. workspace.Adjustments.List(by is null ? null : Forecasts.DimensionOf(by)!.Value.ToString(), asked?.From, asked?.Until)
            .Where(a => Forecasts.Sees(scope, teams, Enum.Parse<Dimension>(a.Dimension), a.Key)).Select(a => AnswerOf(a, calendar))]);
    }

    private static async Task<Results<Ok<AdjustmentAnswer>, ProblemHttpResult>> Put(AdjustmentRequest request, HttpContext context, Workspace workspace, PublishedRuns runs, TeamScopes teams, TimeProvider clock, AuditTrail audit, CancellationToken cancellation)
    {
        if (request.By is null || Forecasts.DimensionOf(request.By) is not { } dimension) return Problems.Invalid("by: found none or another text; expected company, team, owner, product, region or pipeline.");
        var calendar = workspace.Calendar.Current();
        if (PeriodText.Parse(calendar, request.Period) is not { } period) return PeriodText.Unknown(calendar);
        if (request.Note is not { Length: >= 1 and <= MaxNote } note || string.IsNullOrWhiteSpace(note)) return Problems.Invalid($"note: found none or an overlong one; expected the reason in 1 to {MaxNote} characters.");
        if (request.Amount is < 0 or > MaxAmount) return Problems.Invalid($"amount: found {request.Amount}; expected 0 to {MaxAmount:0}, or null to take the call back.");
        var key = request.Key ?? "";
        if (key.Length > Opportunities.MaxIdLength || dimension == Dimension.Company != (key.Length == 0)) return Problems.Invalid("key: found one that does not fit; expected the id of a part, and none for the company.");
        if (!Forecasts.Sees(teams.Of(context), teams, dimension, key)) return Problems.NotFound("key: found no part of this id that this key may see; expected one.");
        var run = await runs.FindAsync(context.User, null, cancellation);
        var rows = await workspace.Scores.ForecastsAsync(run.Run.Id, dimension.ToString(), cancellation);
        if (rows.Count > 0 && rows.All(r => r.Key != key)) return Problems.NotFound("key: found no part of this id that this key may see; expected one.");
        var stored = workspace.Adjustments.Add(new ForecastAdjustment
        {
            Dimension = dimension.ToString(), Key = key, PeriodFrom = period.From, PeriodUntil = period.Until, AsOf = run.Run.AsOf,
            ForecastMean = rows.FirstOrDefault(r => r.Key == key && r.PeriodFrom == period.From && r.PeriodUntil == period.Until)?.Mean,
            Amount = request.Amount, Note = note, Author = context.User.KeyId()!, At = clock.GetUtcNow(),
        });
        audit.Add(context, "forecast.adjust", $"{request.By} {key} {period.Label}", new { stored.Id, stored.Amount });
        return TypedResults.Ok(AnswerOf(stored, calendar));
    }

    private static AdjustmentAnswer AnswerOf(ForecastAdjustment a, BusinessCalendar calendar) => new(a.Id, a.Dimension.ToLowerInvariant(), a.Key,
        PeriodAnswer.Of(calendar.Find(a.PeriodFrom, a.PeriodUntil)), a.Amount, a.Note, a.ForecastMean, a.AsOf, a.Author, a.At);
}
