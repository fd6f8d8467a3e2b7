using System.ComponentModel;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>A score of an earlier run.</summary>
/// <param name="AsOf">Its date.</param>
/// <param name="ModelVersion">The model that scored.</param>
/// <param name="WinProbability">0–1.</param>
/// <param name="ExpectedAmount">Expected amount if won.</param>
/// <param name="ExpectedCloseOn">Median close date if won.</param>
/// <param name="Stage">Stage then.</param>
/// <param name="BaseProbability">Win probability of the average deal; null where the score was not explained.</param>
/// <param name="Drivers">Why, largest effect first; empty where the score was not explained.</param>
public sealed record PastScoreAnswer(DateOnly AsOf, string ModelVersion, double WinProbability, double? ExpectedAmount, DateOnly? ExpectedCloseOn, string? Stage,
    double? BaseProbability, IReadOnlyList<DriverAnswer> Drivers);

/// <summary>Scores of one opportunity, newest first.</summary>
public sealed record ScoreHistory(string OpportunityId, IReadOnlyList<PastScoreAnswer> Scores);

/// <summary>One opportunity: its score, and how it came to it.</summary>
public static class Opportunities
{
    /// <summary>Longest id that is looked for; a longer one is not found without asking the database.</summary>
    internal const int MaxIdLength = 400;

    /// <summary>Maps /opportunities.</summary>
    public static RouteGroupBuilder MapOpportunities(this RouteGroupBuilder v1)
    {
        var opportunities = v1.MapGroup("/opportunities/{id}").WithTags("Scores").RequireAuthorization(Scopes.ScoresRead);
        opportunities.MapGet("/score", Score).WithName("GetScore").WithSummary("The score of an open opportunity")
            .WithDescription("From the last published run, or fresher where an event of the CRM came in since. 404 when it is not open, not known, or not for this key to see.")
            .Produces<ScoreResult>().Produces(StatusCodes.Status304NotModified).ProducesProblem(StatusCodes.Status404NotFound);
        opportunities.MapGet("/score/history", History).WithName("GetScoreHistory").WithSummary("Its scores in earlier runs, with reasons")
            .ProducesProblem(StatusCodes.Status404NotFound);
        return v1;
    }

    private static async Task<IResult> Score([Description("The CRM's id.")] string id, HttpContext context, PublishedRuns runs, FreshScores fresh, ScoreAnswers answers, TeamScopes teams, CancellationToken cancellation)
    {
        var run = await runs.FindAsync(context.User, null, cancellation);
        if (id.Length > MaxIdLength || await answers.FindAsync(run, context.User.TeamId() is null, id, await fresh.SinceAsync(run.Run, cancellation), cancellation) is not { } score || !teams.Of(context).Sees(score.TeamId)) return NotFound(id);
        return EntityTags.IsKnown(context, score.Tag) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : new JsonBytes(score.Body);
    }

    private static async Task<Results<Ok<ScoreHistory>, ProblemHttpResult>> History(
        string id, HttpContext context, Workspace workspace, TeamScopes teams, CancellationToken cancellation, [Description("At most so many, 1–365.")] int take = 30)
    {
        if (take is < 1 or > 365) return Problems.Invalid($"take: found {take}; expected 1 to 365.");
        if (id.Length > MaxIdLength) return NotFound(id);
        var scope = teams.Of(context);
        var past = (await workspace.Scores.ScoreAsync(id, take, cancellation)).Where(p => scope.Sees(p.Score.TeamId)).ToList();
        if (past.Count == 0) return NotFound(id);
        return TypedResults.Ok(new ScoreHistory(id, [.. past.Select(p =>
        {
            var score = PublishedResults.ScoreOf(p.Run, p.Score);
            return new PastScoreAnswer(p.Run.AsOf, p.Run.ModelVersion, score.WinProbability, score.ExpectedAmount, score.ExpectedCloseOn, score.Stage, score.BaseProbability,
                [.. score.Drivers.Select(d => new DriverAnswer(d.Name, d.Contribution))]);
        })]));
    }

    private static ProblemHttpResult NotFound(string id) =>
        Problems.NotFound($"Opportunity {(id.Length > 60 ? id[..60] + "…" : id)}: found no score that this key may see; expected an open opportunity.");
}
