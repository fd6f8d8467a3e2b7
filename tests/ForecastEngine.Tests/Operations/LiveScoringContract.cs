using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Events;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Operations;

/// <summary>From a pushed event to a fresh score and its message, on both databases.</summary>
public abstract class LiveScoringContract(OperationsSites sites)
{
    [Fact]
    public async Task A_pushed_change_is_scored_beside_the_run_as_the_next_run_scores_it_and_told_once()
    {
        var token = TestContext.Current.CancellationToken;
        await using var site = await sites.TrainedEarly();
        var (workspace, clock) = (site.Workspace, site.Clock);
        var options = new ScoringOptions { ExplainTop = 5, Threads = 2 };
        var run = (await RescorePipeline.Run(workspace, null, options, null, token)).Run;
        workspace.Webhooks.Put(new WebhookEndpoint { Id = "all", Url = "https://example.com", Types = "score.moved forecast.changed", Secret = "whsec_x", LeastMove = 0.0001, LeastChange = 0.0001, CreatedAt = clock.GetUtcNow() });
        Assert.True(await AnnounceRun.Run(workspace, token));
        Assert.False(await AnnounceRun.Run(workspace, token));
        var published = (await workspace.Scores.ScoresAsync(run.Id, new ScoreFilter { OrderBy = ScoreOrder.WinProbability, Descending = true }, token)).Scores;
        var (deal, closing) = (published[0], published[1]);
        var stages = workspace.Events.Deals([]).Stages;
        var stage = stages.First(s => s.Kind == StageKind.Open && s.Name != deal.Stage).Name;

        clock.Advance(TimeSpan.FromHours(1));
        var result = ApplyEvents.Run(workspace,
        [
            () => Event(run, "1", "opportunity.changed", deal.OpportunityId, $$"""{"stage":"{{stage}}","amount":123456}"""),
            () => Event(run, "2", "opportunity.closed", closing.OpportunityId, """{"outcome":"lost","lossReason":"price"}"""),
            () => Event(run, "3", "opportunity.changed", deal.OpportunityId, """{"colour":"red"}"""),
        ], null, token);
        Assert.Equal([EventResultKind.Applied, EventResultKind.Applied, EventResultKind.Rejected], result.Results.Select(r => r.Kind));
        Assert.Equal("unknown-field", result.Results[2].Fault!.Code);
        Assert.Equal([deal.OpportunityId, closing.OpportunityId], result.Touched);

        clock.Advance(TimeSpan.FromSeconds(2));
        var scorer = await LiveScorer.LoadAsync(workspace, run, token);
        Assert.Equal(2, (await RescoreDeals.Run(workspace, scorer, clock.GetUtcNow(), token))!.Count);
        Assert.Empty((await RescoreDeals.Run(workspace, scorer, clock.GetUtcNow(), token))!);
        var fresh = await workspace.FreshScores.OfAsync([deal.OpportunityId, closing.OpportunityId], run, token);
        var row = fresh[deal.OpportunityId].Row!;
        Assert.NotEqual(deal.WinProbability, row.WinProbability);
        Assert.Equal((stage, run.AsOf), (row.Stage, fresh[deal.OpportunityId].AsOf));
        Assert.Equal(("Lost", null), (fresh[closing.OpportunityId].Outcome, fresh[closing.OpportunityId].Row));
        Assert.Equal(deal, (await workspace.Scores.ScoresAsync(run.Id, new ScoreFilter { OpportunityIds = [deal.OpportunityId] }, token)).Scores[0]);

        var moved = JsonDocument.Parse(Assert.Single(workspace.Webhooks.Deliveries("all")).Body).RootElement;
        Assert.Equal("score.moved", moved.GetProperty("type").GetString());
        var moves = moved.GetProperty("data").GetProperty("moves").EnumerateArray().ToDictionary(m => m.GetProperty("opportunityId").GetString()!);
        Assert.Equal((deal.WinProbability, row.WinProbability), (moves[deal.OpportunityId].GetProperty("from").GetDouble(), moves[deal.OpportunityId].GetProperty("to").GetDouble()));
        Assert.Equal(("Lost", 0.0), (moves[closing.OpportunityId].GetProperty("outcome").GetString(), moves[closing.OpportunityId].GetProperty("to").GetDouble()));

        clock.Advance(TimeSpan.FromHours(1));
        var next = (await RescorePipeline.Run(workspace, run.AsOf, options, null, token)).Run;
        var nightly = (await workspace.Scores.ScoresAsync(next.Id, new ScoreFilter { OpportunityIds = [deal.OpportunityId, closing.OpportunityId] }, token)).Scores;
        Assert.Equal(row.ExpectedAmount, Assert.Single(nightly).ExpectedAmount);
        Assert.Equal(row.WinProbability, nightly[0].WinProbability, 0.02);
        Assert.Empty(await workspace.FreshScores.OfAsync([deal.OpportunityId], next, token));
        Assert.Equal(next.Id, (await workspace.Grounds.OfAsync(workspace, run, token)).Run.Id);

        Assert.True(await AnnounceRun.Run(workspace, token));
        var told = workspace.Webhooks.Deliveries("all");
        Assert.Contains(told, d => d.Type == "forecast.changed");
        // Newest first: the last was told after the events. What the run says starts from that, and repeats none of it.
        var toldOfRun = told.Where(d => d.Type == "score.moved").SkipLast(1).SelectMany(d => JsonDocument.Parse(d.Body).RootElement.GetProperty("data").GetProperty("moves").EnumerateArray())
            .ToLookup(m => m.GetProperty("opportunityId").GetString()!, m => (From: m.GetProperty("from").GetDouble(), To: m.GetProperty("to").GetDouble()));
        Assert.Empty(toldOfRun[closing.OpportunityId]);
        (double, double)[] expected = Math.Abs(nightly[0].WinProbability - row.WinProbability) >= 0.0001 ? [(row.WinProbability, nightly[0].WinProbability)] : [];
        Assert.Equal(expected, toldOfRun[deal.OpportunityId]);
        Assert.NotEmpty(toldOfRun);
    }

    [Fact]
    public async Task The_night_after_events_without_a_new_export_is_a_new_run_of_their_day_that_takes_them_in()
    {
        var token = TestContext.Current.CancellationToken;
        await using var site = await sites.TrainedEarly();
        var (workspace, clock) = (site.Workspace, site.Clock);
        var options = new ScoringOptions { ExplainTop = 5, Threads = 2 };
        var run = (await RescorePipeline.Run(workspace, null, options, null, token)).Run;
        Assert.Equal(OperationsWorld.EarlyDay, run.AsOf);
        var deals = (await workspace.Scores.ScoresAsync(run.Id, new ScoreFilter { OrderBy = ScoreOrder.WinProbability, Descending = true }, token)).Scores;
        var (changed, closed) = (deals[0], deals[1]);

        Push("1", "opportunity.changed", changed.OpportunityId, """{"amount":123456}""", 1);
        // Previews share what the run left here; another process learns it from what the run knew, without the events since.
        Assert.Same(await workspace.Grounds.OfAsync(workspace, run, token), await workspace.Grounds.OfAsync(workspace, run, token));
        using var elsewhere = site.Another();
        foreach (var preview in new[] { await PreviewScorer.LoadAsync(workspace, run, token), await PreviewScorer.LoadAsync(elsewhere, run, token) })
        {
            var same = preview.Score(new PreviewDeal { OpportunityId = changed.OpportunityId, Drivers = false });
            Assert.Equal((changed.WinProbability, null, 0), (same.WinProbability, same.BaseProbability, same.Drivers.Count));
            var why = preview.Score(new PreviewDeal { OpportunityId = changed.OpportunityId });
            Assert.Equal(why.WinProbability, why.BaseProbability!.Value + why.Drivers.Sum(d => d.Contribution), 1e-9);
        }

        var next = await Rescored();
        Assert.Equal((run.AsOf.AddDays(1), run.DataExportedAt.AddDays(1)), (next.Run.AsOf, next.Run.DataExportedAt));
        Assert.Equal((123456m, next.Row.WinProbability - changed.WinProbability), (next.Score.Amount, next.Score.Trend));
        Assert.Equal(next.Run, (await Rescored()).Run);

        // More of the same day: the same line among the imports, and still another run.
        Push("2", "opportunity.changed", changed.OpportunityId, """{"amount":234567}""", 1);
        var again = await Rescored();
        Assert.Equal((next.Run.AsOf, 234567m), (again.Run.AsOf, again.Score.Amount));
        Assert.NotEqual(next.Run.Id, again.Run.Id);
        Assert.Single(workspace.History.Imports(), i => i.MapName == EventStore.MapName);
        Push("3", "opportunity.closed", closed.OpportunityId, """{"outcome":"won"}""", 2);
        var last = await Rescored();
        Assert.Equal(run.AsOf.AddDays(2), last.Run.AsOf);
        Assert.Empty((await workspace.Scores.ScoresAsync(last.Run.Id, new ScoreFilter { OpportunityIds = [closed.OpportunityId] }, token)).Scores);

        void Push(string id, string type, string deal, string data, int days) =>
            Assert.Equal(EventResultKind.Applied, Assert.Single(ApplyEvents.Run(workspace, [() => Event(run, id, type, deal, data, days)], null, token).Results).Kind);

        async Task<(RescoringRun Run, ScoreRow Row, OpportunityScore Score)> Rescored()
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            var rescored = (await RescorePipeline.Run(workspace, null, options, null, token)).Run;
            var row = Assert.Single((await workspace.Scores.ScoresAsync(rescored.Id, new ScoreFilter { OpportunityIds = [changed.OpportunityId] }, token)).Scores);
            return (rescored, row, StoredScore.Read(rescored, row));
        }
    }

    private static CloudEvent Event(RescoringRun run, string id, string type, string deal, string data, int days = 0) =>
        CloudEvent.From("1.0", id, "https://crm.example/org", type, run.DataExportedAt.AddDays(days).ToString("O"), deal, JsonDocument.Parse(data).RootElement);
}

public sealed class SqliteLiveScoringTests(OperationsWorld world) : LiveScoringContract(world.OnSqlite);

public sealed class PostgresLiveScoringTests(OperationsWorld world, PostgresServer server) : LiveScoringContract(world.OnPostgres(server));
