using System.ComponentModel;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>Why expected revenue moved; the steps add up to after − before.</summary>
/// <param name="From">The earlier run.</param>
/// <param name="To">The later run.</param>
/// <param name="Period">The period.</param>
/// <param name="By">By what revenue is told apart.</param>
/// <param name="Key">The part; empty for the company.</param>
/// <param name="Bridge">The steps.</param>
public sealed record ForecastChangesResult(Source From, Source To, PeriodAnswer Period, Dimension By, string Key, ForecastBridge Bridge);

/// <summary>Published forecasts and people's calls beside what came.</summary>
/// <param name="By">By what revenue is told apart.</param>
/// <param name="Wape">Σ|mean − actual| / Σ actual of the forecasts listed; null where nothing was won.</param>
/// <param name="Covered">Of the forecasts listed, in whose band revenue fell.</param>
/// <param name="Forecasts">Forecasts of periods that are over.</param>
/// <param name="Calls">People's calls on such periods.</param>
/// <param name="Measured">What the newest backtest measured; null before the first, and for keys bound to a team.</param>
public sealed record ForecastAccuracyResult(Dimension By, double? Wape, int Covered, IReadOnlyList<PastForecastAnswer> Forecasts, IReadOnlyList<PastCallAnswer> Calls, Backtesting.MeasuredQuality? Measured);

/// <summary>A forecast of a period that is over.</summary>
public sealed record PastForecastAnswer(PeriodAnswer Period, string Key, DateOnly AsOf, double Mean, BandAnswer Band, double Actual, bool IsCovered);

/// <summary>A call on a period that is over.</summary>
public sealed record PastCallAnswer(string Key, DateOnly PeriodFrom, DateOnly PeriodUntil, decimal? Amount, double? ForecastMean, double Actual, string Author, DateTimeOffset At);

/// <summary>What moved between two runs, and how forecasts did.</summary>
public static class ForecastChanges
{
    /// <summary>Maps /forecasts/changes and /forecasts/accuracy.</summary>
    public static RouteGroupBuilder MapForecastChanges(this RouteGroupBuilder v1)
    {
        var forecasts = v1.MapGroup("/forecasts").WithTags("Forecasts").RequireAuthorization(Scopes.ScoresRead);
        forecasts.MapGet("/changes", Changes).WithName("GetForecastChanges").WithSummary("Why expected revenue moved between two runs")
            .WithDescription("Won, lost, new, moved, amount, timing, progress, market, model and late data add up to the change. The first question about two runs scores both again and takes a while.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        forecasts.MapGet("/accuracy", Accuracy).WithName("GetForecastAccuracy").WithSummary("Published forecasts and people's calls beside what came").ProducesProblem(StatusCodes.Status400BadRequest);
        return v1;
    }

    private static async Task<Results<Ok<ForecastChangesResult>, ProblemHttpResult>> Changes(HttpContext context, PublishedRuns runs, RunComparisons comparisons, Workspace workspace, TeamScopes teams, CancellationToken cancellation,
        [Description("2026-Q4 or 2026-11. Default: the quarter of the later run.")] string? period = null, [Description("company, team, owner, product, region or pipeline.")] string by = "company",
        [Description("Which part; none for the company.")] string? key = null, [Description("The last run on or before this date. Default: the run before the later one.")] DateOnly? from = null,
        [Description("The last run on or before this date. Default: the latest.")] DateOnly? to = null)
    {
        if (Forecasts.DimensionOf(by) is not { } dimension) return Problems.Invalid("by: found another text; expected company, team, owner, product, region or pipeline.");
        var part = key ?? "";
        if (dimension == Dimension.Company && part.Length > 0 || part.Length > Opportunities.MaxIdLength) return Problems.Invalid("key: found one that does not fit; expected the id of a part, and none for the company.");
        if (!Forecasts.Sees(teams.Of(context), teams, dimension, part)) return Problems.NotFound("key: found no part that this key may see; expected by=team or by=owner and one of the key's teams or their owners.");
        var later = await runs.FindAsync(context.User, to, cancellation);
        if (from >= later.Run.AsOf) return Problems.Invalid($"from: found {from:yyyy-MM-dd}; expected a date before the later run's, {later.Run.AsOf:yyyy-MM-dd}.");
        if (await workspace.Scores.LatestRunAsync(from ?? later.Run.AsOf.AddDays(-1), cancellation) is not { } before) return Problems.NotFound("from: found no run before the later one; expected two runs of different dates.");
        var calendar = workspace.Calendar.Current();
        if (period is not null && PeriodText.Parse(calendar, period) is null) return PeriodText.Unknown(calendar);
        var asked = PeriodText.Parse(calendar, period) ?? calendar.Quarter(later.Run.AsOf);
        if (asked.Until < later.Run.AsOf || asked.From > later.Run.AsOf.AddYears(3)) return Problems.Invalid("period: found one that is over or far ahead; expected one that was not over in the later run.");
        var comparison = await comparisons.OfAsync(before, later.Run, cancellation);
        var bridge = comparison.Bridge(asked, dimension, part, await Published(before.Id), await Published(later.Run.Id));
        return TypedResults.Ok(new ForecastChangesResult(runs.Of(context.User, before).Source, later.Source, PeriodAnswer.Of(asked), dimension, part, bridge));

        async Task<RevenueForecast?> Published(long runId) => (await workspace.Scores.ForecastsAsync(runId, dimension.ToString(), cancellation))
            .FirstOrDefault(f => f.Key == part && f.PeriodFrom == asked.From && f.PeriodUntil == asked.Until) is { } row ? PublishedResults.ForecastOf(row) : null;
    }

    private static async Task<Results<Ok<ForecastAccuracyResult>, ProblemHttpResult>> Accuracy(HttpContext context, Workspace workspace, TeamScopes teams, CancellationToken cancellation,
        [Description("company, team, owner, product, region or pipeline."), FromQuery] string by = "company")
    {
        if (Forecasts.DimensionOf(by) is not { } dimension) return Problems.Invalid("by: found another text; expected company, team, owner, product, region or pipeline.");
        var scope = teams.Of(context);
        if (!scope.SeesAll && dimension is not (Dimension.Team or Dimension.Owner)) return Problems.NotAllowed("The key is bound to a team; expected by=team or by=owner.");
        var all = await MeasureForecasts.Run(workspace, dimension, cancellation);
        var seen = new PastForecasts([.. all.Forecasts.Where(f => Forecasts.Sees(scope, teams, dimension, f.Key))], [.. all.Calls.Where(c => Forecasts.Sees(scope, teams, dimension, c.Call.Key))]);
        return TypedResults.Ok(new ForecastAccuracyResult(dimension, seen.Wape, seen.Forecasts.Count(f => f.IsCovered),
            [.. seen.Forecasts.Select(f => new PastForecastAnswer(PeriodAnswer.Of(f.Period), f.Key, f.AsOf, f.Mean, new BandAnswer(f.Lower, f.Upper, f.Level), f.Actual, f.IsCovered))],
            [.. seen.Calls.Select(c => new PastCallAnswer(c.Call.Key, c.Call.PeriodFrom, c.Call.PeriodUntil, c.Call.Amount, c.Call.ForecastMean, c.Actual, c.Call.Author, c.Call.At))],
            scope.SeesAll ? RunBacktest.Latest(workspace) : null));
    }
}
