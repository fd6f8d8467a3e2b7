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
public abstract class LiveScoringContract(OperationsWorld world)
{
    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task A_pushed_change_is_scored_beside_the_run_as_the_next_run_scores_it_and_told_once()
    {
        var token = TestContext.Current.CancellationToken;
        await using var database = await Fresh();
        var clock = new TestClock();
        using var workspace = Workspace.Open(Directory.CreateTempSubdirectory("forecast-live-").FullName, clock, database.Options.Location);
        ImportCrm.Run(workspace, world.Early, TestExport.Load("forecastengine"), cancellation: token);
        TrainModels.Run(workspace, null, ForecastWorld.Training, null, token);
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
        ], token);
        Assert.Equal([EventResultKind.Applied, EventResultKind.Applied, EventResultKind.Rejected], result.Results.Select(r => r.Kind));
        Assert.Equal("unknown-field", result.Results[2].Fault!.Code);
        Assert.Equal([deal.OpportunityId, closing.OpportunityId], result.Touched);

        clock.Advance(TimeSpan.FromSeconds(2));
        var scorer = LiveScorer.Load(workspace, run, 1, token);
        Assert.Equal(2, (await RescoreDeals.Run(workspace, scorer, clock.GetUtcNow(), token)).Count);
        Assert.Empty(await RescoreDeals.Run(workspace, scorer, clock.GetUtcNow(), token));
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

        Assert.True(await AnnounceRun.Run(workspace, token));
        var told = workspace.Webhooks.Deliveries("all");
        Assert.Contains(told, d => d.Type == "forecast.changed");
        foreach (var message in told.Where(d => d.Type == "score.moved").Take(told.Count(d => d.Type == "score.moved") - 1))
            foreach (var move in JsonDocument.Parse(message.Body).RootElement.GetProperty("data").GetProperty("moves").EnumerateArray())
                if (move.GetProperty("opportunityId").GetString() == deal.OpportunityId) Assert.Equal(row.WinProbability, move.GetProperty("from").GetDouble());
        Directory.Delete(workspace.Folder, recursive: true);
    }

    private static CloudEvent Event(RescoringRun run, string id, string type, string deal, string data) =>
        CloudEvent.From("1.0", id, "https://crm.example/org", type, run.DataExportedAt.ToString("O"), deal, JsonDocument.Parse(data).RootElement);

    private sealed class TestClock : TimeProvider
    {
        private DateTimeOffset _now = new(2024, 3, 1, 2, 0, 0, TimeSpan.Zero);
        public override DateTimeOffset GetUtcNow() => _now;
        public void Advance(TimeSpan by) => _now += by;
    }
}

public sealed class SqliteLiveScoringTests(OperationsWorld world) : LiveScoringContract(world)
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresLiveScoringTests(OperationsWorld world, PostgresServer server) : LiveScoringContract(world)
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
