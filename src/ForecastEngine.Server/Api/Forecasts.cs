using System.ComponentModel;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Mvc;

namespace ForecastEngine.Server.Api;

/// <summary>Expected revenue by period and part.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="By">By what revenue is told apart.</param>
/// <param name="Forecasts">Per period, per part.</param>
/// <param name="Totals">Per period, what the parts listed add up to.</param>
public sealed record ForecastResult(Source Source, Dimension By, IReadOnlyList<ForecastAnswer> Forecasts, IReadOnlyList<ForecastTotal> Totals);

/// <summary>Revenue forecasts of the published run.</summary>
public static class Forecasts
{
    /// <summary>Maps /forecasts.</summary>
    public static RouteGroupBuilder MapForecasts(this RouteGroupBuilder v1)
    {
        v1.MapGet("/forecasts", Read).WithTags("Forecasts").RequireAuthorization(Scopes.ScoresRead)
            .WithName("GetForecasts").WithSummary("Expected revenue by period and part, with a band")
            .WithDescription("A key bound to a team sees its teams and their owners; what other teams have a share in, it does not see. Parts exist for the current and the next quarter and their months as far as the run has them.")
            .Produces<ForecastResult>().Produces(StatusCodes.Status304NotModified).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status403Forbidden);
        return v1;
    }

    private static async Task<IResult> Read(HttpContext context, PublishedRuns runs, Workspace workspace, TeamScopes teams, CancellationToken cancellation,
        [Description("quarter or month.")] string period = "quarter", [Description("company, team, owner, product, region or pipeline.")] string by = "company",
        [Description("Level of the band: 0.5, 0.8 or 0.95.")] double level = 0.8, [Description("Only this part.")] string? key = null,
        [Description("The last run on or before this date. Default: the latest."), FromQuery(Name = "asOf")] DateOnly? asOf = null)
    {
        if (period is not ("quarter" or "month")) return Problems.Invalid("period: found another text; expected quarter or month.");
        if (DimensionOf(by) is not { } dimension) return Problems.Invalid("by: found another text; expected company, team, owner, product, region or pipeline.");
        if (!RevenueForecaster.Levels.Any(l => Math.Abs(l - level) < 1e-9)) return Problems.Invalid("level: found another number; expected 0.5, 0.8 or 0.95.");
        var scope = teams.Of(context);
        if (!scope.SeesAll && dimension is not (Dimension.Team or Dimension.Owner))
            return Problems.NotAllowed($"The key is bound to a team and every team has a share in a forecast by {by}; expected by=team or by=owner, whose totals are those of the key's teams.");
        var run = await runs.FindAsync(context.User, asOf, cancellation);
        var calls = workspace.Adjustments.List(dimension.ToString(), run.Run.AsOf).Where(c => Sees(scope, teams, dimension, c.Key)).ToList();
        if (EntityTags.IsKnown(context, EntityTags.Of(context, run.Source, calls.Count == 0 ? 0 : calls[0].Id))) return TypedResults.StatusCode(StatusCodes.Status304NotModified);

        var latest = calls.GroupBy(c => (c.Key, c.PeriodFrom, c.PeriodUntil)).ToDictionary(g => g.Key, g => g.First());
        var rows = await workspace.Scores.ForecastsAsync(run.Run.Id, dimension.ToString(), cancellation);
        var answers = rows.Select(PublishedResults.ForecastOf)
            .Where(f => f.Period.IsQuarter == (period == "quarter") && (key is null || f.Key == key) && Sees(scope, teams, dimension, f.Key))
            .OrderBy(f => f.Period.From).ThenBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => ForecastAnswer.Of(f, level, latest.GetValueOrDefault((f.Key, f.Period.From, f.Period.Until)))).ToList();
        return TypedResults.Ok(new ForecastResult(run.Source, dimension, answers, [.. answers.GroupBy(a => a.Period.Label).Select(g => ForecastTotal.Of([.. g]))]));
    }

    /// <summary>The dimension of that name; null when there is none.</summary>
    internal static Dimension? DimensionOf(string name) => name switch
    {
        "company" => Dimension.Company, "team" => Dimension.Team, "owner" => Dimension.Owner, "product" => Dimension.Product, "region" => Dimension.Region, "pipeline" => Dimension.Pipeline, _ => null,
    };

    /// <summary>True when the caller may see this part of a dimension.</summary>
    internal static bool Sees(TeamScope scope, TeamScopes teams, Dimension dimension, string key) => scope.SeesAll || dimension switch
    {
        Dimension.Team => scope.Sees(key),
        Dimension.Owner => scope.Sees(teams.TeamOf(key)),
        _ => false,
    };
}
