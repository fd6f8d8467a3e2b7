using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Server.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>Which scores are asked for.</summary>
/// <param name="Ids">Ids of the CRM, at most 10,000 unless the server is set otherwise.</param>
/// <param name="Drivers">True to get the drivers too.</param>
public sealed record ScoreQuery(IReadOnlyList<string?>? Ids, bool Drivers = true);

/// <summary>Scores of several opportunities.</summary>
/// <param name="Source">Where they come from, but for those in <paramref name="Fresh"/>.</param>
/// <param name="Fresh">By id: where the scores come from that were made after an event, since the run.</param>
/// <param name="Scores">Those that were found, in the order asked for, each once.</param>
/// <param name="Missing">Ids without a score that this key may see.</param>
public sealed record ScoreQueryResult(Source Source, IReadOnlyDictionary<string, Source> Fresh, IReadOnlyList<ScoreAnswer> Scores, IReadOnlyList<string> Missing);

/// <summary>Scores of many opportunities at once.</summary>
public static class Scores
{
    // Few enough for every database's limit on the length of a statement.
    private const int IdsPerStatement = 500;

    /// <summary>Maps /scores.</summary>
    public static RouteGroupBuilder MapScores(this RouteGroupBuilder v1)
    {
        var scores = v1.MapGroup("/scores").WithTags("Scores").RequireAuthorization(Scopes.ScoresRead);
        scores.MapPost("/query", Query).WithName("QueryScores").WithSummary("Scores of up to 10,000 opportunities")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        return v1;
    }

    private static async Task<Results<Ok<ScoreQueryResult>, ProblemHttpResult>> Query(ScoreQuery query, HttpContext context, PublishedRuns runs, FreshScores fresh, Workspace workspace, TeamScopes teams, ServerSettings settings, CancellationToken cancellation)
    {
        if (query.Ids is not { } asked) return Problems.Invalid("ids: found none; expected a list of ids.");
        if (asked.Count > settings.Limits.QueryIds) return Problems.Invalid($"ids: found {asked.Count}; expected at most {settings.Limits.QueryIds}.");
        if (asked.Any(id => id is null or { Length: 0 or > Opportunities.MaxIdLength })) return Problems.Invalid($"ids: found an empty or overlong id; expected 1 to {Opportunities.MaxIdLength} characters.");
        var run = await runs.FindAsync(context.User, null, cancellation);
        var ids = asked.OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var scope = teams.Of(context);
        var found = new Dictionary<string, ScoreAnswer>(StringComparer.Ordinal);
        var sources = new Dictionary<string, Source>(StringComparer.Ordinal);
        foreach (var part in ids.Chunk(IdsPerStatement))
            foreach (var row in await workspace.Scores.PageAsync(run.Run.Id, new() { OpportunityIds = part, TeamIds = scope.TeamIds }, cancellation))
            {
                var score = ScoreAnswer.Of(PublishedResults.ScoreOf(run.Run, row));
                found[row.OpportunityId] = query.Drivers ? score : score with { Drivers = [], BaseProbability = null };
            }
        foreach (var (id, made) in await fresh.SinceAsync(run.Run, cancellation) is { Count: > 0 } since ? ids.Where(since.ContainsKey).Select(id => (id, since[id])) : [])
        {
            found.Remove(id);
            if (!scope.Sees(made.TeamId) || PublishedResults.ScoreOf(made) is not { } read) continue;
            var score = ScoreAnswer.Of(read);
            sources[id] = FreshScores.SourceOf(run, made);
            found[id] = query.Drivers ? score : score with { Drivers = [], BaseProbability = null };
        }
        return TypedResults.Ok(new ScoreQueryResult(run.Source, sources, [.. ids.Where(found.ContainsKey).Select(id => found[id])], [.. ids.Where(id => !found.ContainsKey(id))]));
    }
}
