using System.Net;
using ForecastEngine.Operations;

namespace ForecastEngine.Server.Tests.Api;

/// <summary>The bridge between two runs of different dates and models adds up, and old forecasts stand beside what came.</summary>
public sealed class ChangeTests(SmallCompany company)
{
    private static readonly string[] Steps = ["won", "lost", "new", "moved", "amount", "timing", "progress", "market", "model", "lateData"];

    [Fact]
    public async Task The_bridge_adds_up_to_the_published_change_for_the_company_and_every_team()
    {
        var folder = company.Copy();
        DateOnly last;
        using (var workspace = Workspace.Open(folder, TimeProvider.System))
        {
            last = (await workspace.Scores.LatestRunAsync())!.AsOf;
            var champion = workspace.Models.State.Champion!;
            var early = TrainModels.Run(workspace, last.AddDays(-150), SmallCompany.Quick).Card.Version;
            workspace.Models.Promote(early, "for the test", DateTimeOffset.UnixEpoch);
            await RescorePipeline.Run(workspace, last.AddDays(-140));
            await RescorePipeline.Run(workspace, last.AddDays(-20));
            workspace.Models.Promote(champion, "for the test", DateTimeOffset.UnixEpoch);
        }
        await using var server = await RunningServer.Start(folder);
        using var reader = server.Client(server.Key("scores:read"));
        var period = (await ScoredServer.Json(reader, "/api/v1/forecasts")).GetProperty("forecasts")[0].GetProperty("period").GetProperty("label").GetString();
        var teams = (await ScoredServer.Json(reader, "/api/v1/forecasts?by=team")).GetProperty("totals")[0].GetProperty("mean").GetDouble();
        foreach (var query in server.Workspace.History.Teams().Select(t => $"by=team&key={t.Id}").Prepend("by=company"))
        {
            var result = await ScoredServer.Json(reader, $"/api/v1/forecasts/changes?period={period}&{query}");
            var bridge = result.GetProperty("bridge");
            var (before, after) = (bridge.GetProperty("before").GetDouble(), bridge.GetProperty("after").GetDouble());
            Assert.Equal(after - before, Steps.Sum(s => bridge.GetProperty(s).GetDouble()), 1e-6 * Math.Max(1, after));
            Assert.Equal(after - before, bridge.GetProperty("change").GetDouble(), 1e-6 * Math.Max(1, after));
            Assert.Equal(0, bridge.GetProperty("lateData").GetDouble(), 1e-6 * Math.Max(1, after));
            if (query != "by=company") continue;
            Assert.Equal(teams, after, 1e-6 * teams);
            foreach (var step in new[] { "won", "lost", "new", "model" }) Assert.NotEqual(0, bridge.GetProperty(step).GetDouble());
        }

        var accuracy = await ScoredServer.Json(reader, "/api/v1/forecasts/accuracy");
        Assert.NotEmpty(accuracy.GetProperty("forecasts").EnumerateArray());
        Assert.All(accuracy.GetProperty("forecasts").EnumerateArray(), f => Assert.True(f.GetProperty("actual").GetDouble() >= 0));
        using var bound = server.Client(server.Key("scores:read", server.Workspace.History.Teams().First(t => t.ParentTeamId is not null).Id));
        Assert.Equal(HttpStatusCode.NotFound, (await bound.GetAsync("/api/v1/forecasts/changes")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await bound.GetAsync("/api/v1/forecasts/accuracy")).StatusCode);
    }
}
