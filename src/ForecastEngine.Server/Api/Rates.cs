using ForecastEngine.Crm;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>An exchange rate.</summary>
/// <param name="Currency">Three capital letters.</param>
/// <param name="From">First day it counts for; null for every day before the first dated rate.</param>
/// <param name="Rate">History's currency per unit.</param>
/// <param name="Source">Who says so.</param>
/// <param name="LearnedAt">Of a correction: since when it counts; ignored when rates are set.</param>
public sealed record RateAnswer(string Currency, DateOnly? From, decimal Rate, string? Source, DateTimeOffset? LearnedAt = null);

/// <summary>Rates to be set.</summary>
/// <param name="Rates">At most 10,000; one for each currency and day.</param>
public sealed record RateRequest(IReadOnlyList<RateAnswer?>? Rates);

/// <summary>What became of them.</summary>
/// <param name="Added">Rates of a new currency or day.</param>
/// <param name="Corrected">Rates that differ from a known one.</param>
/// <param name="Unchanged">Known already.</param>
public sealed record RateResult(long Added, long Corrected, long Unchanged);

/// <summary>Exchange rates into the history's currency.</summary>
public static class Rates
{
    private const int MaxRates = 10_000;
    private const decimal MaxRate = 1_000_000_000m;

    /// <summary>Maps /rates.</summary>
    public static RouteGroupBuilder MapRates(this RouteGroupBuilder v1)
    {
        var rates = v1.MapGroup("/rates").WithTags("Rates").RequireAuthorization(Scopes.WholeCompany);
        rates.MapGet("", List).RequireAuthorization(Scopes.ScoresRead).WithName("ListRates")
            .WithSummary("Exchange rates with their corrections, by currency and day");
        rates.MapPut("", Put).RequireAuthorization(Scopes.DataWrite).WithName("PutRates").WithSummary("Sets exchange rates")
            .WithDescription("They count from the next rescoring run on; another rate for a known day is a correction, and past dates keep what "
                + "was known then. All or none is set. 503 with `Retry-After` while an import is being written.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return v1;
    }

    private static Ok<IReadOnlyList<RateAnswer>> List(Workspace workspace) =>
        TypedResults.Ok<IReadOnlyList<RateAnswer>>([.. workspace.Rates.All()
            .Select(r => new RateAnswer(r.Currency, r.From, r.Rate, r.Source, r.LearnedAt))]);

    private static async Task<Results<Ok<RateResult>, ProblemHttpResult>> Put(RateRequest request, HttpContext context,
        Workspace workspace, AuditTrail audit, HistoryGate gate, CancellationToken cancellation)
    {
        if (request.Rates is not { Count: > 0 and <= MaxRates } asked)
            return Problems.Invalid($"rates: found none or too many; expected 1 to {MaxRates}.");
        for (var i = 0; i < asked.Count; i++)
        {
            if (asked[i] is not { } rate) return Problems.Invalid($"rates[{i}]: found null; expected a rate.");
            if (rate.Currency is not { Length: 3 } code || !code.All(char.IsAsciiLetterUpper))
                return Problems.Invalid($"rates[{i}].currency: found {rate.Currency ?? "none"}; expected three capital letters such as USD.");
            if (rate.Rate is <= 0 or > MaxRate)
                return Problems.Invalid($"rates[{i}].rate: found {rate.Rate}; expected above 0 to {MaxRate:0}.");
            if (rate.Source?.Length > 200)
                return Problems.Invalid($"rates[{i}].source: found {rate.Source.Length} characters; expected at most 200.");
        }
        var own = PublishedResults.CurrencyOf(workspace);
        if (asked.Any(r => r!.Currency == own))
            return Problems.Invalid($"rates: found one of {own}; expected other currencies than the history's own.");
        var rates = asked.Select(r => new ExchangeRate(r!.Currency, r.From, r.Rate, r.Source ?? "API"))
            .GroupBy(r => (r.Currency, r.From)).Select(g => g.Last()).ToList();
        return await gate.Through<Results<Ok<RateResult>, ProblemHttpResult>>(() =>
        {
            var counts = SetRates.Run(workspace, rates, gate.Patience, cancellation);
            audit.Add(context, "rates.set", $"{rates.Count}", new { rates = rates.Take(20) });
            return TypedResults.Ok(new RateResult(counts.Added, counts.Updated, counts.Unchanged));
        }, cancellation);
    }
}
