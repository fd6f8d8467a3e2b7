using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Security;

namespace ForecastEngine.Server.Tests.Api;

/// <summary>Adjustments, quotas and models: what is changed is read back, audited, and kept to the caller's teams.</summary>
public sealed class WriteTests(SmallCompany company)
{
    private static readonly string[] Christmas = ["2030-12-25"];

    [Fact]
    public async Task Calls_keep_their_history_and_stand_beside_the_forecast()
    {
        await using var server = await RunningServer.Start(company.Copy());
        using var admin = server.Client(server.Key("admin"));
        var forecast = (await ScoredServer.Json(admin, "/api/v1/forecasts")).GetProperty("forecasts")[0];
        var period = forecast.GetProperty("period").GetProperty("label").GetString();
        foreach (var amount in new[] { 100m, 250.5m })
            (await admin.PutAsJsonAsync("/api/v1/forecasts/adjustments", new { by = "company", period, amount, note = "=1+1 <b>" })).EnsureSuccessStatusCode();
        var list = await ScoredServer.Json(admin, $"/api/v1/forecasts/adjustments?by=company&period={period}");
        Assert.Equal([250.5m, 100m], list.EnumerateArray().Select(a => a.GetProperty("amount").GetDecimal()));
        Assert.Equal(forecast.GetProperty("mean").GetDouble(), list[0].GetProperty("forecastMean").GetDouble(), 1e-6);
        var shown = (await ScoredServer.Json(admin, "/api/v1/forecasts")).GetProperty("forecasts")[0].GetProperty("adjustment");
        Assert.Equal(250.5m, shown.GetProperty("amount").GetDecimal());
        Assert.Contains("forecast.adjust", await admin.GetStringAsync("/api/v1/audit"), StringComparison.Ordinal);

        var team = server.Workspace.History.Teams().First(t => t.ParentTeamId is not null).Id;
        using var writer = server.Client(server.Key("data:write scores:read", team));
        Assert.Equal(HttpStatusCode.NotFound, (await writer.PutAsJsonAsync("/api/v1/forecasts/adjustments", new { by = "company", period, amount = 1, note = "x" })).StatusCode);
        Assert.Equal(0, (await ScoredServer.Json(writer, "/api/v1/forecasts/adjustments")).GetArrayLength());
    }

    [Fact]
    public async Task Quotas_are_set_and_replaced_for_the_callers_teams_only()
    {
        await using var server = await RunningServer.Start(company.Copy());
        var teams = server.Workspace.History.Teams().Where(t => t.ParentTeamId is not null).ToList();
        using var admin = server.Client(server.Key("admin"));
        using var writer = server.Client(server.Key("data:write scores:read", teams[0].Id));
        foreach (var amount in new[] { 10m, 20m })
            (await writer.PutAsJsonAsync("/api/v1/quotas", new { quotas = new[] { new { teamId = teams[0].Id, from = "2031-01-01", until = "2031-03-31", amount } } })).EnsureSuccessStatusCode();
        var set = await ScoredServer.Json(admin, "/api/v1/quotas?from=2031-01-01");
        Assert.Equal(20m, Assert.Single(set.EnumerateArray()).GetProperty("amount").GetDecimal());
        foreach (var teamId in new[] { teams[1].Id, null })
            Assert.Equal(HttpStatusCode.NotFound, (await writer.PutAsJsonAsync("/api/v1/quotas", new { quotas = new[] { new { teamId, from = "2031-01-01", until = "2031-03-31", amount = 1 } } })).StatusCode);
        Assert.Equal(server.Workspace.History.Load().ExportedAt, server.Workspace.History.Imports(1)[0].ExportedAt);
    }

    [Fact]
    public async Task Rates_are_set_corrected_and_read_back_by_keys_of_the_whole_company()
    {
        await using var server = await RunningServer.Start(company.Copy());
        using var admin = server.Client(server.Key("admin"));
        foreach (var rate in new[] { 0.9m, 0.8m })
        {
            using var put = await admin.PutAsJsonAsync("/api/v1/rates", new { rates = new[] { new { currency = "USD", from = "2024-01-01", rate, source = "ECB" } } });
            put.EnsureSuccessStatusCode();
        }
        var set = await ScoredServer.Json(admin, "/api/v1/rates");
        Assert.Equal([(0.9m, false), (0.8m, true)], set.EnumerateArray().Select(r => (r.GetProperty("rate").GetDecimal(), r.GetProperty("learnedAt").ValueKind != JsonValueKind.Null)));
        foreach (var (currency, rate) in new[] { ("EUR", 1m), ("usd", 1m), ("USD", 0m), ("USD", -1m) })
            Assert.Equal(HttpStatusCode.BadRequest, (await admin.PutAsJsonAsync("/api/v1/rates", new { rates = new[] { new { currency, rate } } })).StatusCode);
        using var writer = server.Client(server.Key("data:write scores:read", server.Workspace.History.Teams()[0].Id));
        Assert.Equal(HttpStatusCode.Forbidden, (await writer.PutAsJsonAsync("/api/v1/rates", new { rates = new[] { new { currency = "USD", rate = 1 } } })).StatusCode);
    }

    [Fact]
    public async Task The_calendar_is_set_read_back_and_names_the_periods_of_calls()
    {
        await using var server = await RunningServer.Start(company.Copy());
        using var admin = server.Client(server.Key("admin"));
        Assert.False((await ScoredServer.Json(admin, "/api/v1/calendar")).GetProperty("isSet").GetBoolean());
        var put = await admin.PutAsJsonAsync("/api/v1/calendar", new { fiscalYearStarts = "february", holidays = Christmas });
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        var set = await put.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains("train", set.GetProperty("consequences")[0].GetString(), StringComparison.Ordinal);
        var settings = (await ScoredServer.Json(admin, "/api/v1/calendar")).GetProperty("settings");
        Assert.Equal(("february", "UTC", "2030-12-25"),
            (settings.GetProperty("fiscalYearStarts").GetString(), settings.GetProperty("timeZone").GetString(), settings.GetProperty("holidays")[0].GetString()));
        Assert.Contains("calendar.set", await admin.GetStringAsync("/api/v1/audit"), StringComparison.Ordinal);

        object Call(string period) => new { by = "company", period, amount = 1, note = "a call" };
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.PutAsJsonAsync("/api/v1/forecasts/adjustments", Call("2030-Q1"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.PutAsJsonAsync("/api/v1/forecasts/adjustments", Call("FY2031"))).StatusCode);
        var called = await (await admin.PutAsJsonAsync("/api/v1/forecasts/adjustments", Call("FY2031-Q4"))).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("FY2031-Q4", "2030-11-01", "2031-01-31"), (called.GetProperty("period").GetProperty("label").GetString(),
            called.GetProperty("period").GetProperty("from").GetString(), called.GetProperty("period").GetProperty("until").GetString()));
        var wrong = await admin.PutAsJsonAsync("/api/v1/calendar", new { pattern = "4-4-4" });
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("expected one of months, 4-4-5", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_are_listed_and_the_champion_is_rolled_back_once_only()
    {
        await using var server = await RunningServer.Start(company.Copy());
        using var manager = server.Client(server.Key("models:manage scores:read"));
        var models = await ScoredServer.Json(manager, "/api/v1/models");
        var champion = models.GetProperty("champion").GetString()!;
        Assert.Equal("champion", models.GetProperty("versions")[0].GetProperty("role").GetString());
        Assert.Equal(champion, (await ScoredServer.Json(manager, $"/api/v1/models/{champion}")).GetProperty("version").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await manager.PostAsync($"/api/v1/models/{champion}/rollback", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await manager.PostAsync("/api/v1/models/..%2f..%2fetc/promote", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await manager.PostAsJsonAsync($"/api/v1/models/{champion}/promote", new { reason = "again" })).StatusCode);
    }

    [Fact]
    public async Task Every_example_of_the_description_works()
    {
        await using var server = await RunningServer.Start(company.Copy());
        using var admin = server.Client(server.Key("admin"));
        var document = await ScoredServer.Json(admin, "/openapi/v1.json");
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var champion = server.Workspace.Models.State.Champion!;
        var key = server.Workspace.Keys.List()[0].Id;
        var sent = new HashSet<string>();
        foreach (var path in document.GetProperty("paths").EnumerateObject())
            foreach (var operation in path.Value.EnumerateObject())
            {
                var id = operation.Value.TryGetProperty("operationId", out var named) ? named.GetString()! : "";
                if (!path.Name.StartsWith("/health", StringComparison.Ordinal)) Assert.True(operation.Value.TryGetProperty("summary", out _) && operation.Value.TryGetProperty("security", out _) && id.Length > 0, path.Name);
                if (Examples.Of(id) is not { } body) continue;
                Assert.Contains("\"example\"", operation.Value.GetRawText(), StringComparison.Ordinal);
                using var request = new HttpRequestMessage(new HttpMethod(operation.Name), path.Name.Replace("{version}", champion).Replace("{id}", key)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                using var answer = await admin.SendAsync(request);
                Assert.True(answer.IsSuccessStatusCode, $"{id}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                sent.Add(id);
            }
        Assert.Equal(Examples.All.Keys.Order(), sent.Order());
    }

    [Fact]
    public async Task With_an_empty_database_the_sample_is_imported_and_scored_while_the_server_answers_already()
    {
        await using var server = await RunningServer.Start(null, null, "ForecastEngine:Sample=true", $"ForecastEngine:SampleFolder={SmallCompany.YoungExport}", "ForecastEngine:Limits:UnknownPerMinute=100000");
        using var reader = server.Client(server.Key("scores:read"));
        using var early = await reader.GetAsync("/api/v1/pipeline");
        if (early.StatusCode != HttpStatusCode.OK)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
            Assert.Contains("\"code\":\"unavailable\"", await early.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!(await reader.GetAsync("/health/ready", patience.Token)).IsSuccessStatusCode) await Task.Delay(200, patience.Token);
        await Task.Delay(1100);
        Assert.True((await ScoredServer.Json(reader, "/api/v1/pipeline")).GetProperty("total").GetProperty("count").GetInt32() > 0);
    }

    [Fact]
    public void A_cell_that_begins_as_a_formula_is_made_harmless()
    {
        var text = new StringBuilder();
        Csv.AppendLine(text, "=1+1", "+1", "-2", "@x", " =x", "\tx", "plain", "a,\"b\"", -2.5, null, "＝x");
        Assert.Equal("\"'=1+1\",\"'+1\",\"'-2\",\"'@x\",\"' =x\",\"'\tx\",plain,\"a,\"\"b\"\"\",-2.5,,\"'＝x\"\r\n", text.ToString());
    }

    [Fact]
    public void A_ring_of_teams_and_a_team_that_is_gone_do_no_harm()
    {
        Crm.Team[] teams = [new("a", "a", "c"), new("b", "b", "a"), new("c", "c", "b"), new("d", "d", null), new("e", "e", "d")];
        Assert.Equal(["a", "b", "c"], TeamScope.Of("a", teams).TeamIds!.Order());
        Assert.Equal(["d", "e"], TeamScope.Of("d", teams).TeamIds!.Order());
        Assert.Equal(["gone"], TeamScope.Of("gone", teams).TeamIds!);
        Assert.False(TeamScope.Of("d", teams).Sees(null));
        Assert.True(TeamScope.All.Sees(null));
    }
}
