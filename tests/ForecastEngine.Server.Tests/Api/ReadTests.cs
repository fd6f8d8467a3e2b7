using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ForecastEngine.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace ForecastEngine.Server.Tests.Api;

/// <summary>What readers get: the numbers of the published run, whole, and of their own teams only.</summary>
public sealed class ReadTests(ScoredServer scored, SmallCompany company)
{
    [Fact]
    public async Task A_score_is_the_published_one_with_its_provenance_and_not_sent_twice()
    {
        var row = scored.Rows[0];
        using var answer = await scored.Reader.GetAsync($"/api/v1/opportunities/{row.OpportunityId}/score");
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(row.WinProbability, json.GetProperty("score").GetProperty("winProbability").GetDouble());
        Assert.Equal(scored.Run.ModelVersion, json.GetProperty("source").GetProperty("modelVersion").GetString());
        Assert.Equal("EUR", json.GetProperty("source").GetProperty("currency").GetString());
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/opportunities/{row.OpportunityId}/score") { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
        Assert.Equal(HttpStatusCode.NotModified, (await scored.Reader.SendAsync(again)).StatusCode);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_key_of_a_team_sees_that_team_everywhere_and_nothing_else()
    {
        var (own, foreign) = (scored.Own, scored.Foreign);
        Assert.Equal(HttpStatusCode.OK, (await scored.TeamReader.GetAsync($"/api/v1/opportunities/{own.OpportunityId}/score")).StatusCode);
        foreach (var path in new[] { "score", "score/history" })
            Assert.Equal(HttpStatusCode.NotFound, (await scored.TeamReader.GetAsync($"/api/v1/opportunities/{foreign.OpportunityId}/{path}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await scored.TeamReader.PostAsJsonAsync("/api/v1/scores/preview", new { opportunityId = foreign.OpportunityId })).StatusCode);

        using var queried = await scored.TeamReader.PostAsJsonAsync("/api/v1/scores/query", new { ids = new[] { foreign.OpportunityId, own.OpportunityId, own.OpportunityId, "x" } });
        var query = JsonDocument.Parse(await queried.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(own.OpportunityId, Assert.Single(query.GetProperty("scores").EnumerateArray()).GetProperty("opportunityId").GetString());
        Assert.Equal([foreign.OpportunityId, "x"], query.GetProperty("missing").EnumerateArray().Select(m => m.GetString()));

        var mine = scored.Rows.Where(r => r.TeamId == scored.Team).ToList();
        var page = await ScoredServer.Json(scored.TeamReader, "/api/v1/pipeline?limit=1000");
        Assert.Equal(mine.Count, page.GetProperty("total").GetProperty("count").GetInt32());
        Assert.Equal(mine.Sum(r => r.ExpectedRevenue), page.GetProperty("total").GetProperty("expectedRevenue").GetDouble(), 1e-6 * mine.Sum(r => r.ExpectedRevenue));
        Assert.All(page.GetProperty("deals").EnumerateArray(), d => Assert.Equal(scored.Team, d.GetProperty("teamId").GetString()));
        Assert.Equal(0, (await ScoredServer.Json(scored.TeamReader, $"/api/v1/pipeline?team={foreign.TeamId}")).GetProperty("deals").GetArrayLength());
        Assert.DoesNotContain(foreign.OpportunityId, await Csv(scored.TeamReader, "/api/v1/pipeline"), StringComparison.Ordinal);

        var forecasts = await ScoredServer.Json(scored.TeamReader, "/api/v1/forecasts?by=team");
        Assert.All(forecasts.GetProperty("forecasts").EnumerateArray(), f => Assert.Equal(scored.Team, f.GetProperty("key").GetString()));
        Assert.Equal(forecasts.GetProperty("forecasts")[0].GetProperty("mean").GetDouble(), forecasts.GetProperty("totals")[0].GetProperty("mean").GetDouble());
        foreach (var by in new[] { "company", "product", "region" })
            Assert.Equal(HttpStatusCode.Forbidden, (await scored.TeamReader.GetAsync($"/api/v1/forecasts?by={by}")).StatusCode);
        Assert.All((await ScoredServer.Json(scored.TeamReader, "/api/v1/quotas")).EnumerateArray(), q => Assert.NotEqual((JsonValueKind.Null, JsonValueKind.Null), (q.GetProperty("teamId").ValueKind, q.GetProperty("ownerId").ValueKind)));
    }

    [Theory]
    [InlineData("-expectedRevenue")]
    [InlineData("winProbability")]
    [InlineData("closeOn")]
    [InlineData("-closeOn")]
    [InlineData("-opportunityId")]
    public async Task Pages_follow_each_other_without_gap_or_repetition(string sort)
    {
        var whole = (await ScoredServer.Json(scored.Reader, $"/api/v1/pipeline?limit=1000&sort={sort}")).GetProperty("deals").EnumerateArray().Select(d => d.GetProperty("opportunityId").GetString()).ToList();
        Assert.Equal(scored.Rows.Count, whole.Count);
        var paged = new List<string?>();
        string? cursor = null;
        do
        {
            var page = await ScoredServer.Json(scored.Reader, $"/api/v1/pipeline?limit=7&sort={sort}{(cursor is null ? "" : $"&cursor={cursor}")}");
            paged.AddRange(page.GetProperty("deals").EnumerateArray().Select(d => d.GetProperty("opportunityId").GetString()));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);
        Assert.Equal(whole, paged);
    }

    [Fact]
    public async Task The_csv_holds_every_matching_deal()
    {
        var lines = (await Csv(scored.Reader, "/api/v1/pipeline?limit=3")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(scored.Rows.Count + 1, lines.Length);
        Assert.StartsWith("opportunityId,name,stage", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forecasts_are_the_published_ones_and_parts_add_up_to_the_company()
    {
        var company = await ScoredServer.Json(scored.Reader, "/api/v1/forecasts?level=0.95");
        var teams = await ScoredServer.Json(scored.Reader, "/api/v1/forecasts?by=team");
        var first = company.GetProperty("forecasts")[0];
        Assert.Equal(0.95, first.GetProperty("band").GetProperty("level").GetDouble());
        var stored = (await scored.Server.Workspace.Scores.ForecastsAsync(scored.Run.Id, "Company")).First(f => f.PeriodUntil.DayNumber - f.PeriodFrom.DayNumber > 80);
        Assert.Equal(stored.Mean, first.GetProperty("mean").GetDouble(), 1e-6 * stored.Mean);
        Assert.Equal(first.GetProperty("mean").GetDouble(), teams.GetProperty("totals")[0].GetProperty("mean").GetDouble(), 1e-6 * stored.Mean);
    }

    [Fact]
    public async Task A_preview_without_a_change_is_the_published_score_and_a_change_moves_it()
    {
        var row = scored.Rows.MaxBy(r => r.ExpectedRevenue)!;
        var same = await Preview(new { opportunityId = row.OpportunityId });
        Assert.Equal(row.WinProbability, same.GetProperty("score").GetProperty("winProbability").GetDouble(), 1e-12);
        Assert.Equal(0, same.GetProperty("change").GetDouble(), 1e-12);
        var moved = await Preview(new { opportunityId = row.OpportunityId, plannedCloseOn = scored.Run.AsOf.AddDays(300), amount = 10 * row.ExpectedAmount + 1000 });
        Assert.NotEqual(0, moved.GetProperty("change").GetDouble());
        var drivers = moved.GetProperty("score").GetProperty("drivers").EnumerateArray().Sum(d => d.GetProperty("contribution").GetDouble());
        Assert.Equal(moved.GetProperty("score").GetProperty("winProbability").GetDouble(), moved.GetProperty("score").GetProperty("baseProbability").GetDouble() + drivers, 1e-9);
        var brief = (await Preview(new { opportunityId = row.OpportunityId, drivers = false })).GetProperty("score");
        Assert.Equal((row.WinProbability, JsonValueKind.Null, 0), (brief.GetProperty("winProbability").GetDouble(), brief.GetProperty("baseProbability").ValueKind, brief.GetProperty("drivers").GetArrayLength()));
        Assert.InRange((await Preview(new { amount = 5000 })).GetProperty("score").GetProperty("winProbability").GetDouble(), 0.0, 1.0);
        using var refused = await scored.Reader.PostAsJsonAsync("/api/v1/scores/preview", new { opportunityId = row.OpportunityId, stage = "No such stage" });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Theory]
    [InlineData("/api/v1/pipeline?limit=0")]
    [InlineData("/api/v1/pipeline?limit=x")]
    [InlineData("/api/v1/pipeline?sort=name")]
    [InlineData("/api/v1/pipeline?cursor=abc")]
    [InlineData("/api/v1/pipeline?minWinProbability=2")]
    [InlineData("/api/v1/pipeline?asOf=yesterday")]
    [InlineData("/api/v1/forecasts?by=planet")]
    [InlineData("/api/v1/forecasts?level=0.7")]
    [InlineData("/api/v1/opportunities/x/score/history?take=0")]
    public async Task A_value_that_cannot_be_used_is_told_as_a_problem(string path)
    {
        using var answer = await scored.Reader.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("invalid-request", JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_reference_page_may_load_nothing_from_elsewhere()
    {
        using var nobody = scored.Server.Client();
        using var page = await nobody.GetAsync("/reference/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=[\"']https?:", await page.Content.ReadAsStringAsync());
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", (await nobody.GetAsync("/health/live")).Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task A_csv_whose_run_is_removed_meanwhile_is_cut_and_not_taken_for_whole()
    {
        await using var server = await RunningServer.Start(company.Copy(), builder => builder.Services.AddSingleton<TimeProvider>(new TurnedClock(TimeProvider.System.GetUtcNow())));
        using var reader = server.Client(server.Key("scores:read"));
        // The run is known to the server from here on, and gone when its deals are read.
        Assert.NotEmpty((await ScoredServer.Json(reader, "/api/v1/pipeline?limit=1")).GetProperty("deals").EnumerateArray());
        server.Workspace.Scores.RemoveBefore(DateOnly.MaxValue);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Csv(reader, "/api/v1/pipeline"));
    }

    [Fact]
    public async Task Texts_that_no_database_stores_and_bodies_that_are_no_json_are_bad_requests()
    {
        foreach (var path in new[] { "/api/v1/opportunities/a%00b/score", "/api/v1/pipeline?owner=%00", "/api/v1/pipeline?team=%ED%A0%80" })
            Assert.InRange((int)(await scored.Reader.GetAsync(path)).StatusCode, 200, 404);
        foreach (var body in new[] { "", "[", "null", "{\"ids\":{}}", "{\"ids\":[1]}", "{\"ids\":[\"\\u0000\"]}", "{\"ids\":[\"\\ud800\"]}" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var answer = await scored.Reader.PostAsync("/api/v1/scores/query", content);
            Assert.True((int)answer.StatusCode is 200 or 400, $"{body}: {(int)answer.StatusCode}");
            if (answer.StatusCode == HttpStatusCode.BadRequest) Assert.Contains("\"code\":\"invalid-request\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using var large = new StringContent($"{{\"ids\":[\"{new string('x', 9 << 20)}\"]}}", System.Text.Encoding.UTF8, "application/json");
        // The server need not read what it refuses: wait for its word before sending.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/scores/query") { Content = large, Headers = { ExpectContinue = true } };
        using var refused = await scored.Reader.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        using var form = new StringContent("x", System.Text.Encoding.UTF8, "text/plain");
        using var unread = await scored.Reader.PostAsync("/api/v1/scores/query", form);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, unread.StatusCode);
    }

    private async Task<JsonElement> Preview(object deal)
    {
        using var answer = await scored.Reader.PostAsJsonAsync("/api/v1/scores/preview", deal);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<string> Csv(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/csv") } } };
        using var answer = await client.SendAsync(request);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        return await answer.Content.ReadAsStringAsync();
    }
}
