using ForecastEngine.Operations;

namespace ForecastEngine.Server.Api;

/// <summary>Whether the process lives and whether it can answer; open to all, tells nothing else.</summary>
public static class Health
{
    /// <summary>Maps /health.</summary>
    public static void MapHealth(this WebApplication app)
    {
        var health = app.MapGroup("/health").AllowAnonymous().DisableRateLimiting().WithTags("Health");
        health.MapGet("/live", () => TypedResults.Ok(new HealthAnswer("live"))).WithSummary("The process lives");
        health.MapGet("/ready", Ready).WithSummary("The database answers and a scored pipeline is there");
    }

    private static async Task<IResult> Ready(Workspace workspace, CancellationToken cancellation)
    {
        try
        {
            return await workspace.Scores.LatestRunAsync(null, cancellation) is not null
                ? TypedResults.Ok(new HealthAnswer("ready"))
                : TypedResults.Json(new HealthAnswer("no published run yet"), statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (System.Data.Common.DbException)
        {
            return TypedResults.Json(new HealthAnswer("the database does not answer"), statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}

/// <summary>State of the server.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c>, or why it is not.</param>
public sealed record HealthAnswer(string Status);
