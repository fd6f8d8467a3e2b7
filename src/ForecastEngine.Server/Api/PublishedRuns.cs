using System.Security.Claims;
using ForecastEngine.Backtesting;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>What every answer says of where it comes from.</summary>
/// <param name="AsOf">Last day whose events were known.</param>
/// <param name="ModelVersion">The model that scored.</param>
/// <param name="DataExportedAt">When the data was taken from the CRM.</param>
/// <param name="RunId">Number of the rescoring run.</param>
/// <param name="PublishedAt">When it became visible.</param>
/// <param name="Currency">Currency of every amount (ISO 4217).</param>
/// <param name="Measured">What the newest backtest measured of the company's forecasts; null before the first, and for keys bound to a team.</param>
public sealed record Source(DateOnly AsOf, string ModelVersion, DateTimeOffset DataExportedAt, long RunId, DateTimeOffset? PublishedAt, string Currency, MeasuredQuality? Measured);

/// <summary>A published run and what answers say of it to one caller.</summary>
public sealed record PublishedRun(RescoringRun Run, Source Source)
{
    /// <summary>As the caller may see it: what was measured over the whole company is not for a key bound to a team.</summary>
    internal PublishedRun SeenBy(ClaimsPrincipal caller) => caller.TeamId() is null || Source.Measured is null ? this : this with { Source = Source with { Measured = null } };
}

/// <summary>The published run, looked up again after a second: a reader sees a new run a second late and always whole.</summary>
public sealed class PublishedRuns(Workspace workspace, TimeProvider clock)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private volatile Known? _latest;

    /// <summary>The latest run, or the latest on or before a date, as the caller may see it.</summary>
    /// <exception cref="ProblemException">Nothing is published.</exception>
    public ValueTask<PublishedRun> FindAsync(ClaimsPrincipal caller, DateOnly? asOf, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return asOf is null && _latest is { } known && now - known.ReadAt < Freshness ? new(known.Published.SeenBy(caller)) : new(ReadAsync(caller, asOf, now, cancellation));
    }

    /// <summary>Forgets what it knows, after a publication in this process.</summary>
    public void Forget() => _latest = null;

    /// <summary>What answers say of a run to the caller.</summary>
    public PublishedRun Of(ClaimsPrincipal caller, RescoringRun run) => Of(run).SeenBy(caller);

    private PublishedRun Of(RescoringRun run) =>
        new(run, new Source(run.AsOf, run.ModelVersion, run.DataExportedAt, run.Id, run.PublishedAt, PublishedResults.CurrencyOf(workspace), RunBacktest.Latest(workspace)));

    private async Task<PublishedRun> ReadAsync(ClaimsPrincipal caller, DateOnly? asOf, DateTimeOffset now, CancellationToken cancellation)
    {
        var run = await workspace.Scores.LatestRunAsync(asOf, cancellation) ?? throw (asOf is { } date
            ? new ProblemException(StatusCodes.Status404NotFound, ProblemCode.NotFound, $"Scores: found no run on or before {date:yyyy-MM-dd}; expected a later date.")
            : new ProblemException(StatusCodes.Status503ServiceUnavailable, ProblemCode.Unavailable, "Scores: found no published run yet; expected one. Import data and wait for the first run, or start one: POST /api/v1/runs."));
        if (asOf is null && _latest is { } known && known.Published.Run == run)
        {
            _latest = known with { ReadAt = now };
            return known.Published.SeenBy(caller);
        }
        var published = Of(run);
        if (asOf is null) _latest = new Known(published, now);
        return published.SeenBy(caller);
    }

    private sealed record Known(PublishedRun Published, DateTimeOffset ReadAt);
}
