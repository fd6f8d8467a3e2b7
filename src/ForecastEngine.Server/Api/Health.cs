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
        health.MapGet("/ready", async (Readiness readiness, CancellationToken cancellation) => await readiness.Of(cancellation) is { } fault
            ? Results.Json(new HealthAnswer(fault), statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Ok(new HealthAnswer("ready"))).WithSummary("The database answers and a scored pipeline is there");
    }
}

/// <summary>Whether this process can answer, looked up at most once a second however many ask: nobody needs a key for it.</summary>
public sealed class Readiness(Workspace workspace, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Known? _known;

    /// <summary>Why it cannot; null when it can.</summary>
    public async Task<string?> Of(CancellationToken cancellation)
    {
        if (Fresh() is { } known) return known.Fault;
        await _turn.WaitAsync(cancellation);
        try
        {
            return (Fresh() ?? (_known = new Known(await Look(cancellation), clock.GetUtcNow()))).Fault;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private Known? Fresh() => _known is { } known && clock.GetUtcNow() - known.At < Freshness ? known : null;

    private async Task<string?> Look(CancellationToken cancellation)
    {
        try
        {
            return await workspace.Scores.LatestRunAsync(null, cancellation) is null ? "no published run yet" : null;
        }
        catch (System.Data.Common.DbException)
        {
            return "the database does not answer";
        }
    }

    private sealed record Known(string? Fault, DateTimeOffset At);
}

/// <summary>State of the server.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c>, or why it is not.</param>
public sealed record HealthAnswer(string Status);
