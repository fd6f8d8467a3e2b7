using System.Text;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Server.Settings;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>What the matching open deals add up to, all pages together.</summary>
/// <param name="Count">Deals.</param>
/// <param name="ExpectedRevenue">Σ win probability × amount.</param>
/// <param name="ExpectedWins">Σ win probability.</param>
public sealed record PipelineTotal(long Count, double ExpectedRevenue, double ExpectedWins);

/// <summary>A page of the pipeline.</summary>
/// <param name="Source">Where it comes from; the same for all pages.</param>
/// <param name="Total">On the first page; null on the others.</param>
/// <param name="Deals">The page.</param>
/// <param name="Next">Cursor of the next page; null on the last.</param>
public sealed record PipelinePage(Source Source, PipelineTotal? Total, IReadOnlyList<ScoreAnswer> Deals, string? Next);

/// <summary>The open deals: filtered, sorted, page by page, or whole as CSV.</summary>
public static class Pipeline
{
    private const int CsvRowsAtOnce = 2000;

    /// <summary>Maps /pipeline.</summary>
    public static RouteGroupBuilder MapPipeline(this RouteGroupBuilder v1)
    {
        v1.MapGet("/pipeline", Read).WithTags("Pipeline").RequireAuthorization(Scopes.ScoresRead)
            .WithName("GetPipeline").WithSummary("Open deals with their scores, by page")
            .WithDescription("With Accept: text/csv all matching deals come as one CSV file, whatever limit and cursor say.")
            .Produces<PipelinePage>().Produces<string>(StatusCodes.Status200OK, "text/csv").Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict);
        return v1;
    }

    private static async Task<IResult> Read([AsParameters] PipelineQuery query, HttpContext context, PublishedRuns runs, Workspace workspace, TeamScopes teams, ServerSettings settings, CancellationToken cancellation)
    {
        var limit = query.Limit ?? Math.Min(100, settings.Limits.PageRows);
        if (limit < 1 || limit > settings.Limits.PageRows) return Problems.Invalid($"limit: found {limit}; expected 1 to {settings.Limits.PageRows}.");
        var cursor = query.Cursor is null ? null : PipelineCursor.Parse(query.Cursor);
        if (cursor is not null && cursor.Sort != query.Sort) return Problems.Invalid("sort: found another order than on the page before; expected the same.");
        var filter = query.ToFilter(context, teams, cursor);
        var run = cursor is null ? await runs.FindAsync(context.User, query.AsOf, cancellation)
            : await workspace.Scores.RunAsync(cursor.RunId, cancellation) is { } earlier ? runs.Of(context.User, earlier) : null;
        if (run is null) return Problems.Conflict("cursor: found a run that was replaced meanwhile; expected one that is still there. Start again with the first page.");
        if (EntityTags.IsKnown(context, EntityTags.Of(context, run.Source))) return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        if (Csv.IsWanted(context.Request)) return new CsvPipeline(workspace, run, filter with { After = null });

        var rows = await workspace.Scores.PageAsync(run.Run.Id, filter with { Take = limit + 1 }, cancellation);
        var page = rows.Take(limit).ToList();
        var total = cursor is null ? await workspace.Scores.TotalsAsync(run.Run.Id, filter, cancellation) : null;
        return TypedResults.Ok(new PipelinePage(run.Source, total is null ? null : new PipelineTotal(total.Count, total.ExpectedRevenue, total.ExpectedWins),
            [.. page.Select(r => ScoreAnswer.Of(PublishedResults.ScoreOf(run.Run, r)))],
            rows.Count > limit ? new PipelineCursor(run.Run.Id, query.Sort, ScoreMark.Of(page[^1], filter.OrderBy)).ToText() : null));
    }

    private sealed class CsvPipeline(Workspace workspace, PublishedRun run, ScoreFilter filter) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            context.Response.ContentType = "text/csv; charset=utf-8";
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"pipeline-{run.Run.AsOf:yyyy-MM-dd}.csv\"";
            var text = new StringBuilder();
            Csv.AppendLine(text, "opportunityId", "name", "stage", "ownerId", "teamId", "productId", "region", "amount", "plannedCloseOn", "crmProbability", "rung", "winProbability", "grade",
                "trend", "expectedCloseOn", "closeFrom", "closeUntil", "expectedAmount", "amountLower", "amountUpper", "expectedRevenue", "currency", "asOf", "modelVersion", "pipeline");
            var next = filter with { Take = CsvRowsAtOnce };
            while (true)
            {
                var rows = await workspace.Scores.PageAsync(run.Run.Id, next, context.RequestAborted);
                foreach (var row in rows) Append(text, ScoreAnswer.Of(PublishedResults.ScoreOf(run.Run, row)));
                await context.Response.WriteAsync(text.ToString(), context.RequestAborted);
                text.Clear();
                if (rows.Count < CsvRowsAtOnce)
                {
                    // Where the run was removed meanwhile the rest is missing: the line is cut, so that nobody takes a part for the whole.
                    if (await workspace.Scores.RunAsync(run.Run.Id, context.RequestAborted) is null) context.Abort();
                    return;
                }
                next = next with { After = ScoreMark.Of(rows[^1], filter.OrderBy) };
            }
        }

        private void Append(StringBuilder text, ScoreAnswer deal) => Csv.AppendLine(text, deal.OpportunityId, deal.Name, deal.Stage, deal.OwnerId, deal.TeamId, deal.ProductId, deal.Region,
            deal.Amount, deal.PlannedCloseOn, deal.CrmProbability, deal.Rung.ToString(), deal.WinProbability, deal.Grade, deal.Trend, deal.ExpectedCloseOn, deal.CloseFrom, deal.CloseUntil,
            deal.ExpectedAmount, deal.AmountBand?.Lower, deal.AmountBand?.Upper, deal.ExpectedRevenue, run.Source.Currency, run.Source.AsOf, run.Source.ModelVersion,
            deal.Pipeline);
    }
}
