using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>A model version in a list.</summary>
/// <param name="Version">Its id.</param>
/// <param name="Role"><c>champion</c>, <c>challenger</c>, <c>earlier</c> (was champion) or <c>kept</c>.</param>
/// <param name="TrainedAt">When it was trained.</param>
/// <param name="DataUntil">Last day of its data.</param>
/// <param name="Opportunities">Deals it learned from.</param>
/// <param name="Metrics">Figures of merit, out of time.</param>
/// <param name="Warnings">Doubts, in words.</param>
public sealed record ModelAnswer(string Version, string Role, DateTimeOffset TrainedAt, DateOnly DataUntil, int Opportunities, IReadOnlyList<ModelMetric> Metrics, IReadOnlyList<string> Warnings);

/// <summary>The model versions and how the champion came to be it.</summary>
public sealed record ModelList(string? Champion, string? Challenger, IReadOnlyList<ModelAnswer> Versions, IReadOnlyList<RegistryEvent> History);

/// <summary>Why a champion changes.</summary>
/// <param name="Reason">For the history, up to 500 characters.</param>
public sealed record PromotionRequest(string? Reason);

/// <summary>Which version answers.</summary>
public sealed record ChampionAnswer(string Champion);

/// <summary>Model versions: which answers, what is known of each, and changing it.</summary>
public static class Models
{
    private const int MaxReason = 500;

    /// <summary>Maps /models.</summary>
    public static RouteGroupBuilder MapModels(this RouteGroupBuilder v1)
    {
        var models = v1.MapGroup("/models").WithTags("Models").RequireAuthorization(Scopes.WholeCompany);
        models.MapGet("", List).RequireAuthorization(Scopes.ScoresRead).WithName("ListModels").WithSummary("Model versions");
        models.MapGet("/{version}", Card).RequireAuthorization(Scopes.ScoresRead).WithName("GetModel").WithSummary("The card of a version").ProducesProblem(StatusCodes.Status404NotFound);
        models.MapPost("/{version}/promote", Promote).RequireAuthorization(Scopes.ModelsManage).WithName("PromoteModel").WithSummary("Makes a version the champion, after checking its files")
            .WithDescription("It answers from the next rescoring run on. A version with custom features brings code, which runs where ForecastEngine:CustomFeatures allows it and is refused elsewhere.").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict);
        models.MapPost("/{version}/rollback", Rollback).RequireAuthorization(Scopes.ModelsManage).WithName("RollbackModel").WithSummary("Brings back the champion before this one")
            .WithDescription("The version must be the champion: asking twice goes back once.").ProducesProblem(StatusCodes.Status409Conflict);
        return v1;
    }

    private static Ok<ModelList> List(Workspace workspace, ModelCards cards)
    {
        var state = workspace.Models.State;
        return TypedResults.Ok(new ModelList(state.Champion, state.Challenger, [.. workspace.Models.List().Select(version =>
        {
            var card = cards.Of(version);
            var role = version == state.Champion ? "champion" : version == state.Challenger ? "challenger" : state.Earlier.Contains(version) ? "earlier" : "kept";
            return new ModelAnswer(version, role, card.TrainedAt, card.DataUntil, card.Counts.Opportunities, card.Metrics, card.Warnings);
        })], state.History));
    }

    private static Results<Ok<ModelCard>, ProblemHttpResult> Card(string version, Workspace workspace, ModelCards cards) =>
        workspace.Models.List().Contains(version) ? TypedResults.Ok(cards.Of(version)) : NotFound();

    private static Results<Ok<ChampionAnswer>, ProblemHttpResult> Promote(string version, HttpContext context, Workspace workspace, AuditTrail audit, PromotionRequest? request = null)
    {
        var reason = request?.Reason is { Length: > 0 } text ? text : "Promoted by hand.";
        if (reason.Length > MaxReason) return Problems.Invalid($"reason: found {reason.Length} characters; expected at most {MaxReason}.");
        if (!workspace.Models.List().Contains(version)) return NotFound();
        ChangeChampion.Promote(workspace, version, reason);
        audit.Add(context, "model.promote", version, new { reason });
        return TypedResults.Ok(new ChampionAnswer(version));
    }

    private static Results<Ok<ChampionAnswer>, ProblemHttpResult> Rollback(string version, HttpContext context, Workspace workspace, AuditTrail audit)
    {
        if (!workspace.Models.List().Contains(version)) return NotFound();
        if (workspace.Models.State.Champion != version) return Problems.Conflict($"Model {version}: found it not to be the champion; expected the champion, which is the one to go back from.");
        var back = ChangeChampion.Rollback(workspace);
        audit.Add(context, "model.rollback", version, new { champion = back.Id });
        return TypedResults.Ok(new ChampionAnswer(back.Id));
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound("Model: found no version of this id; expected one that is listed: GET /api/v1/models.");
}
