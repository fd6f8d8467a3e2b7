using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>The score of a deal that is not saved.</summary>
/// <param name="Source">The run whose model and knowledge answered.</param>
/// <param name="Score">The score as it would be.</param>
/// <param name="Published">The win probability as published; null for a new deal.</param>
/// <param name="Change">How the win probability moves; null for a new deal.</param>
public sealed record PreviewResult(Source Source, ScoreAnswer Score, double? Published, double? Change);

/// <summary>What-if: the score of a deal with something changed, or of a deal that does not exist yet. Nothing is stored.</summary>
public static class Previews
{
    private const decimal MaxAmount = 1_000_000_000_000_000m;

    /// <summary>Maps /scores/preview.</summary>
    public static RouteGroupBuilder MapPreviews(this RouteGroupBuilder v1)
    {
        v1.MapPost("/scores/preview", Preview).WithTags("Scores").RequireAuthorization(Scopes.ScoresRead).WithName("PreviewScore").WithSummary("The score of a deal that is not saved, for what-if")
            .WithDescription("Name an open opportunity and what to change, or leave the id out and describe a new one. The first preview after a run may prepare for a while. It tells why as well; `drivers: false` leaves that out and is faster.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        return v1;
    }

    private static async Task<Results<Ok<PreviewResult>, ProblemHttpResult>> Preview(PreviewDeal deal, HttpContext context, PublishedRuns runs, Workspace workspace, TeamScopes teams, CancellationToken cancellation)
    {
        if (deal.Amount is < 0 or > MaxAmount) return Problems.Invalid($"amount: found {deal.Amount}; expected 0 to {MaxAmount:0}.");
        if (deal.Currency is { } currency && !(currency.Length == 3 && currency.All(char.IsAsciiLetterUpper))) return Problems.Invalid($"currency: found \"{currency}\"; expected three capital letters such as EUR.");
        foreach (var text in new[] { deal.OpportunityId, deal.Stage, deal.OwnerId, deal.ProductId, deal.AccountId, deal.Source, deal.Region, deal.Segment })
            if (text?.Length > Opportunities.MaxIdLength) return Problems.Invalid($"Deal: found a text of {text.Length} characters; expected at most {Opportunities.MaxIdLength}.");
        if (deal.Attributes is { Count: > 200 }) return Problems.Invalid($"attributes: found {deal.Attributes.Count}; expected at most 200.");
        if (deal.Attributes?.Values.Any(v => v is null) == true) return Problems.Invalid("attributes: found null; expected texts.");
        var run = await runs.FindAsync(context.User, null, cancellation);
        var scorer = await PreviewScorer.LoadAsync(workspace, run.Run, cancellation);
        // A run that was published a moment ago.
        if (scorer.Run.Id != run.Run.Id) run = runs.Of(context.User, scorer.Run);
        var scope = teams.Of(context);
        double? published = null;
        if (deal.OpportunityId is { } id)
        {
            var rows = await workspace.Scores.PageAsync(run.Run.Id, new() { OpportunityIds = [id] }, cancellation);
            if (rows is not [var row] || !scope.Sees(row.TeamId)) return Problems.NotFound("Opportunity: found no score that this key may see; expected an open opportunity.");
            published = row.WinProbability;
        }
        if (deal.OwnerId is { } owner && !scope.SeesAll && !scope.Sees(teams.TeamOf(owner))) return Problems.NotFound("ownerId: found nobody of this id that this key may see; expected a sales rep of the key's teams.");
        try
        {
            var score = ScoreAnswer.Of(scorer.Score(deal));
            return TypedResults.Ok(new PreviewResult(run.Source, score, published, score.WinProbability - published));
        }
        catch (OperationException fault)
        {
            return Problems.Invalid(fault.Message);
        }
    }
}
