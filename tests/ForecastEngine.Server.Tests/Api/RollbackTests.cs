using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using ForecastEngine.Operations;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Server.Tests.Api;

/// <summary>The champion changes while people ask: over real HTTP, without a restart.</summary>
public sealed class RollbackTests(SmallCompany company)
{
    [Fact]
    public async Task Promoted_and_rolled_back_under_load_no_request_fails_and_every_answer_names_the_version_that_made_it()
    {
        await using var server = await RunningServer.Start(company.Copy(), null, "ForecastEngine:Limits:Burst=1000000", "ForecastEngine:Limits:RequestsPerSecond=1000000");
        var workspace = server.Workspace;
        var (before, run) = (workspace.Models.State.Champion!, (await workspace.Scores.LatestRunAsync())!);
        var after = TrainModels.Run(workspace, run.AsOf, SmallCompany.Quick).Card.Version;
        Assert.NotEqual(before, after);
        var deals = (await workspace.Scores.ScoresAsync(run.Id)).Scores.Take(8).Select(s => s.OpportunityId).ToArray();
        var answers = new ConcurrentQueue<(string Version, string Deal, double Probability)>();
        using var stop = new CancellationTokenSource();
        using var manager = server.Client(server.Key("models:manage scores:read"));
        var askers = Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
        {
            using var client = server.Client(server.Key("scores:read"));
            for (var i = n; !stop.IsCancellationRequested; i++)
            {
                var answer = await ScoredServer.Json(client, $"/api/v1/opportunities/{deals[i % deals.Length]}/score");
                answers.Enqueue((answer.GetProperty("source").GetProperty("modelVersion").GetString()!, deals[i % deals.Length], answer.GetProperty("score").GetProperty("winProbability").GetDouble()));
            }
        })).ToArray();

        await Seen(before);
        Assert.Equal(HttpStatusCode.OK, (await manager.PostAsJsonAsync($"/api/v1/models/{after}/promote", new { reason = "a test" })).StatusCode);
        await RescorePipeline.Run(workspace, run.AsOf);
        await Seen(after);
        Assert.Equal(HttpStatusCode.OK, (await manager.PostAsync($"/api/v1/models/{after}/rollback", null)).StatusCode);
        await RescorePipeline.Run(workspace, run.AsOf);
        await Seen(before);
        await stop.CancelAsync();
        await Task.WhenAll(askers);

        // Each version says one thing of a deal, and the two differ: a name on the wrong answer would show.
        var told = answers.GroupBy(a => (a.Deal, a.Version)).ToDictionary(g => g.Key, g => g.Select(a => a.Probability).Distinct().ToArray());
        Assert.All(told, t => Assert.Single(t.Value));
        Assert.Equal(new[] { before, after }.Order(StringComparer.Ordinal), answers.Select(a => a.Version).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(deals, d => told.TryGetValue((d, before), out var a) && told.TryGetValue((d, after), out var b) && a[0] != b[0]);

        async Task Seen(string version)
        {
            var (since, waited) = (answers.Count, System.Diagnostics.Stopwatch.StartNew());
            while (!answers.Skip(since).Any(a => a.Version == version))
            {
                Assert.DoesNotContain(askers, a => a.IsFaulted);
                Assert.True(waited.Elapsed < TimeSpan.FromMinutes(3), $"no answer named {version}");
                await Task.Delay(20);
            }
        }
    }

    [Fact]
    public async Task A_version_with_code_is_refused_until_the_operator_allows_it_and_the_champion_stays()
    {
        var folder = company.Copy();
        string version, champion;
        using (var workspace = Workspace.Open(folder, TimeProvider.System))
        {
            champion = workspace.Models.State.Champion!;
            version = TrainModels.Run(workspace, (await workspace.Scores.LatestRunAsync())!.AsOf, SmallCompany.Quick with { CustomFeatures = [CustomFeature.Compile("age_squared", "days squared", "the creation is known", "deal => deal.Value(\"age_days\") * deal.Value(\"age_days\")")] }).Card.Version;
            Assert.Equal(champion, workspace.Models.State.Champion);
        }
        await using (var careful = await RunningServer.Start(folder))
        {
            using var manager = careful.Client(careful.Key("models:manage scores:read"));
            var refused = await manager.PostAsJsonAsync($"/api/v1/models/{version}/promote", new { reason = "a test" });
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            Assert.Contains("found custom features, which are code (age_squared)", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal(champion, careful.Workspace.Models.State.Champion);
        }
        await using var server = await RunningServer.Start(folder, null, "ForecastEngine:CustomFeatures=true");
        using var allowed = server.Client(server.Key("models:manage scores:read"));
        Assert.Equal(HttpStatusCode.OK, (await allowed.PostAsJsonAsync($"/api/v1/models/{version}/promote", new { reason = "a test" })).StatusCode);
        await RescorePipeline.Run(server.Workspace);
        Assert.Equal(version, (await ScoredServer.Json(allowed, "/api/v1/pipeline?limit=1")).GetProperty("source").GetProperty("modelVersion").GetString());
    }
}
