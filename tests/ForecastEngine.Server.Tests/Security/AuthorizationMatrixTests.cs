using System.Net;
using System.Text;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ForecastEngine.Server.Tests.Security;

/// <summary>
/// Every endpoint against every kind of caller. An endpoint without a row here fails the test, and so does a row without
/// an endpoint. What an allowed caller gets may be any answer but 401 and 403.
/// </summary>
public sealed class AuthorizationMatrixTests(SmallCompany company)
{
    private const string Open = "";

    // Method, route, scope (empty: open to all), not for keys of a team, path to ask, body.
    private static readonly (string Method, string Route, string Scope, bool IsWhole, string Path, string? Body)[] Rows =
    [
        ("GET", "/health/live", Open, false, "/health/live", null),
        ("GET", "/health/ready", Open, false, "/health/ready", null),
        ("GET", "/openapi/{documentName}.json", Open, false, "/openapi/v1.json", null),
        ("GET", "/reference/{documentName?}", Open, false, "/reference/", null),
        ("GET", "/reference/scalar.js", Open, false, "/reference/scalar.js", null),
        ("GET", "/reference/scalar.aspnetcore.js", Open, false, "/reference/scalar.aspnetcore.js", null),
        ("GET", "/reference/favicon.svg", Open, false, "/reference/favicon.svg", null),
        ("GET", "/api/v1/opportunities/{id}/score", Scopes.ScoresRead, false, "/api/v1/opportunities/x/score", null),
        ("GET", "/api/v1/opportunities/{id}/score/history", Scopes.ScoresRead, false, "/api/v1/opportunities/x/score/history", null),
        ("POST", "/api/v1/scores/query", Scopes.ScoresRead, false, "/api/v1/scores/query", """{ "ids": ["x"] }"""),
        ("POST", "/api/v1/scores/preview", Scopes.ScoresRead, false, "/api/v1/scores/preview", """{ "amount": -1 }"""),
        ("GET", "/api/v1/pipeline", Scopes.ScoresRead, false, "/api/v1/pipeline?limit=1", null),
        ("GET", "/api/v1/forecasts", Scopes.ScoresRead, false, "/api/v1/forecasts?by=team", null),
        ("GET", "/api/v1/forecasts/changes", Scopes.ScoresRead, false, "/api/v1/forecasts/changes", null),
        ("GET", "/api/v1/forecasts/accuracy", Scopes.ScoresRead, false, "/api/v1/forecasts/accuracy?by=team", null),
        ("GET", "/api/v1/forecasts/adjustments", Scopes.ScoresRead, false, "/api/v1/forecasts/adjustments", null),
        ("PUT", "/api/v1/forecasts/adjustments", Scopes.DataWrite, false, "/api/v1/forecasts/adjustments", "{}"),
        ("GET", "/api/v1/quotas", Scopes.ScoresRead, false, "/api/v1/quotas", null),
        ("PUT", "/api/v1/quotas", Scopes.DataWrite, false, "/api/v1/quotas", "{}"),
        ("GET", "/api/v1/rates", Scopes.ScoresRead, true, "/api/v1/rates", null),
        ("PUT", "/api/v1/rates", Scopes.DataWrite, true, "/api/v1/rates", "{}"),
        ("GET", "/api/v1/calendar", Scopes.ScoresRead, false, "/api/v1/calendar", null),
        ("PUT", "/api/v1/calendar", Scopes.DataWrite, true, "/api/v1/calendar", "{}"),
        ("GET", "/api/v1/models", Scopes.ScoresRead, true, "/api/v1/models", null),
        ("GET", "/api/v1/models/{version}", Scopes.ScoresRead, true, "/api/v1/models/x", null),
        ("POST", "/api/v1/models/{version}/promote", Scopes.ModelsManage, true, "/api/v1/models/x/promote", null),
        ("POST", "/api/v1/models/{version}/rollback", Scopes.ModelsManage, true, "/api/v1/models/x/rollback", null),
        ("GET", "/api/v1/runs", Scopes.ScoresRead, true, "/api/v1/runs", null),
        ("POST", "/api/v1/runs", Scopes.ModelsManage, true, "/api/v1/runs", "{}"),
        ("GET", "/api/v1/runs/{id:long}", Scopes.ScoresRead, true, "/api/v1/runs/77", null),
        ("POST", "/api/v1/runs/{id:long}/cancel", Scopes.ModelsManage, true, "/api/v1/runs/77/cancel", null),
        ("GET", "/jobs/{**path}", Scopes.Admin, true, "/jobs/recurring", null),
        ("GET", "/api/v1/keys", Scopes.Admin, true, "/api/v1/keys", null),
        ("POST", "/api/v1/keys", Scopes.Admin, true, "/api/v1/keys", "{}"),
        ("POST", "/api/v1/keys/{id}/rotate", Scopes.Admin, true, "/api/v1/keys/x/rotate", null),
        ("DELETE", "/api/v1/keys/{id}", Scopes.Admin, true, "/api/v1/keys/x", null),
        ("GET", "/api/v1/audit", Scopes.Admin, true, "/api/v1/audit", null),
        ("POST", "/api/v1/events", Scopes.DataWrite, true, "/api/v1/events", "{}"),
        ("POST", "/api/v1/imports", Scopes.DataWrite, true, "/api/v1/imports", null),
        ("GET", "/api/v1/imports", Scopes.DataWrite, true, "/api/v1/imports", null),
        ("GET", "/api/v1/imports/{id}", Scopes.DataWrite, true, "/api/v1/imports/x", null),
        ("POST", "/api/v1/imports/{id}/confirm", Scopes.DataWrite, true, "/api/v1/imports/x/confirm", "{}"),
        ("GET", "/api/v1/webhooks", Scopes.Admin, true, "/api/v1/webhooks", null),
        ("POST", "/api/v1/webhooks", Scopes.Admin, true, "/api/v1/webhooks", "{}"),
        ("GET", "/api/v1/webhooks/{id}", Scopes.Admin, true, "/api/v1/webhooks/x", null),
        ("PUT", "/api/v1/webhooks/{id}", Scopes.Admin, true, "/api/v1/webhooks/x", "{}"),
        ("DELETE", "/api/v1/webhooks/{id}", Scopes.Admin, true, "/api/v1/webhooks/x", null),
        ("POST", "/api/v1/webhooks/{id}/rotate", Scopes.Admin, true, "/api/v1/webhooks/x/rotate", null),
        ("POST", "/api/v1/webhooks/{id}/test", Scopes.Admin, true, "/api/v1/webhooks/x/test", null),
        ("GET", "/api/v1/webhooks/deliveries", Scopes.Admin, true, "/api/v1/webhooks/deliveries", null),
        ("POST", "/api/v1/webhooks/deliveries/{number:long}/retry", Scopes.Admin, true, "/api/v1/webhooks/deliveries/1/retry", null),
    ];

    [Fact]
    public async Task Every_endpoint_lets_in_whom_its_row_names_and_nobody_else()
    {
        await using var server = await RunningServer.Start(company.Copy(), null, "ForecastEngine:Limits:UnknownPerMinute=100000");
        var endpoints = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(m => $"{m} /{e.RoutePattern.RawText?.Trim('/')}")).Distinct().ToList();
        Assert.Empty(endpoints.Except(Rows.Select(r => $"{r.Method} {r.Route}")));
        Assert.Empty(Rows.Select(r => $"{r.Method} {r.Route}").Except(endpoints));

        var team = server.Workspace.History.Teams().First(t => t.ParentTeamId is not null).Id;
        var callers = new List<(string Name, string? Key, string[] Scopes, bool IsBound, bool IsValid)>
        {
            ("nobody", null, [], false, false),
            ("a made-up key", KeySecret.Text(KeySecret.NewId(), KeySecret.NewSecret()), [], false, false),
            ("a text that is no key", "admin", [], false, false),
            ("an expired key", server.Key("admin", null, DateTimeOffset.UnixEpoch.AddDays(1)), [], false, false),
            ("a revoked key", server.Key("admin", isRevoked: true), [], false, false),
            ("the right id with another secret", KeySecret.Text(server.Key("admin").Split('_')[1], KeySecret.NewSecret()), [], false, false),
            ("a team's reader", server.Key("scores:read", team), [Scopes.ScoresRead], true, true),
            ("a team's writer", server.Key("data:write", team), [Scopes.DataWrite], true, true),
            ("a team's administrator", server.Key("admin", team), [Scopes.Admin], true, true),
        };
        callers.AddRange(Scopes.All.Select(s => (s, (string?)server.Key(s), new[] { s }, false, true)));

        var faults = new List<string>();
        foreach (var caller in callers)
        {
            using var client = server.Client(caller.Key);
            foreach (var row in Rows)
            {
                using var request = new HttpRequestMessage(new HttpMethod(row.Method), row.Path);
                if (row.Body is not null) request.Content = new StringContent(row.Body, Encoding.UTF8, "application/json");
                using var answer = await client.SendAsync(request);
                var has = caller.Scopes.Contains(row.Scope) || caller.Scopes.Contains(Scopes.Admin);
                HttpStatusCode? denied = row.Scope == Open ? null : !caller.IsValid ? HttpStatusCode.Unauthorized : !has || row.IsWhole && caller.IsBound ? HttpStatusCode.Forbidden : null;
                var isRight = denied is { } status ? answer.StatusCode == status : answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) && (int)answer.StatusCode < 500;
                if (!isRight) faults.Add($"{caller.Name}, {row.Method} {row.Path}: {(int)answer.StatusCode}; expected {(denied is { } d ? (int)d : "to be let in")}");
                if (denied is not null && answer.Content.Headers.ContentType?.MediaType != "application/problem+json") faults.Add($"{caller.Name}, {row.Method} {row.Path}: refused without a problem");
            }
        }
        Assert.Empty(faults);
    }

    // What a reader is told that states where it comes from: method, path, body; {0} is a deal of the team.
    private static readonly (string Method, string Path, string? Body)[] Sourced =
    [
        ("GET", "/api/v1/opportunities/{0}/score", null),
        ("POST", "/api/v1/scores/query", """{ "ids": ["{0}"] }"""),
        ("POST", "/api/v1/scores/preview", """{ "opportunityId": "{0}" }"""),
        ("GET", "/api/v1/pipeline?limit=5", null),
        ("GET", "/api/v1/forecasts?by=team", null),
        ("GET", "/api/v1/forecasts/accuracy?by=team", null),
    ];

    [Fact]
    public async Task What_was_measured_of_the_company_is_told_to_no_key_of_a_team_and_no_tag_of_theirs_is_the_companys()
    {
        await using var server = await RunningServer.Start(company.Copy());
        var quality = new Backtesting.MeasuredQuality(new DateOnly(2026, 1, 31), new DateOnly(2025, 12, 31), "quarter", 8, [new(0.8, 7, 8)], 0.123456, "RunRate", 0.3, 0.02);
        server.Workspace.Backtests.Add(new() { MadeAt = DateTimeOffset.UnixEpoch, DataExportedAt = DateTimeOffset.UnixEpoch, Windows = 8, Options = "{}", Summary = System.Text.Json.JsonSerializer.Serialize(quality), Report = "{}" });
        var run = (await server.Workspace.Scores.LatestRunAsync())!;
        var deal = (await server.Workspace.Scores.ScoresAsync(run.Id)).Scores.First(s => s.TeamId is not null);
        using var whole = server.Client(server.Key("scores:read"));
        using var bound = server.Client(server.Key("scores:read", deal.TeamId));
        foreach (var (method, path, body) in Sourced)
        {
            var (company, companyTag) = await Ask(whole);
            var (team, teamTag) = await Ask(bound);
            Assert.Contains("0.123456", company, StringComparison.Ordinal);
            Assert.DoesNotContain("0.123456", team, StringComparison.Ordinal);
            Assert.Equal(companyTag is null, teamTag is null);
            if (teamTag is not null) Assert.NotEqual(companyTag, teamTag);

            async Task<(string Text, string? Tag)> Ask(HttpClient client)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{0}", deal.OpportunityId));
                if (body is not null) request.Content = new StringContent(body.Replace("{0}", deal.OpportunityId), Encoding.UTF8, "application/json");
                using var answer = await client.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
                return (text, answer.Headers.ETag?.Tag);
            }
        }
    }

    [Fact]
    public async Task A_call_of_one_team_changes_no_tag_of_another()
    {
        await using var server = await RunningServer.Start(company.Copy());
        var teams = server.Workspace.History.Teams().Where(t => t.ParentTeamId is not null).Take(2).Select(t => t.Id).ToList();
        using var admin = server.Client(server.Key("admin"));
        using var other = server.Client(server.Key("scores:read", teams[1]));
        var before = (await other.GetAsync("/api/v1/forecasts?by=team")).Headers.ETag;
        var period = (await ScoredServer.Json(admin, "/api/v1/forecasts?by=team")).GetProperty("forecasts")[0].GetProperty("period").GetProperty("label").GetString();
        (await System.Net.Http.Json.HttpClientJsonExtensions.PutAsJsonAsync(admin, "/api/v1/forecasts/adjustments", new { by = "team", key = teams[0], period, amount = 1, note = "x" })).EnsureSuccessStatusCode();
        Assert.Equal(before, (await other.GetAsync("/api/v1/forecasts?by=team")).Headers.ETag);
    }
}
