using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ForecastEngine.Server.Security;

namespace ForecastEngine.Server.Tests.Security;

/// <summary>The life of a key, over HTTP.</summary>
public sealed class KeyTests
{
    private static readonly string[] CrmScopes = ["scores:read", "data:write"];

    [Fact]
    public async Task A_key_is_told_once_rotated_with_grace_and_revoked_at_once()
    {
        await using var server = await RunningServer.Start();
        using var admin = server.Client(server.Key("admin"));
        using var created = await admin.PostAsJsonAsync("/api/v1/keys", new { name = "CRM", scopes = CrmScopes });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var first = await Read(created);
        var (id, text) = (first.GetProperty("id").GetString()!, first.GetProperty("key").GetString()!);
        Assert.Equal(HttpStatusCode.OK, await Ask(server, text));

        var rotated = await Read(await admin.PostAsJsonAsync($"/api/v1/keys/{id}/rotate", new { graceMinutes = 5 }));
        Assert.Equal(HttpStatusCode.OK, await Ask(server, text));
        Assert.Equal(HttpStatusCode.OK, await Ask(server, rotated.GetProperty("key").GetString()!));
        var last = await Read(await admin.PostAsJsonAsync($"/api/v1/keys/{id}/rotate", new { graceMinutes = 0 }));
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(server, text));
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(server, rotated.GetProperty("key").GetString()!));
        Assert.Equal(HttpStatusCode.OK, await Ask(server, last.GetProperty("key").GetString()!));

        var listed = await admin.GetStringAsync("/api/v1/keys");
        Assert.Contains(id, listed, StringComparison.Ordinal);
        Assert.Contains("\"lastUsedAt\":\"", listed, StringComparison.Ordinal);
        Assert.DoesNotContain(text.Split('_', 3)[2], listed, StringComparison.Ordinal);
        Assert.DoesNotContain("hash", listed, StringComparison.OrdinalIgnoreCase);

        using var revoked = await admin.DeleteAsync($"/api/v1/keys/{id}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(server, last.GetProperty("key").GetString()!));
        var actions = JsonDocument.Parse(await admin.GetStringAsync("/api/v1/audit")).RootElement.EnumerateArray().Select(e => e.GetProperty("action").GetString()).ToList();
        Assert.Equal(["key.revoke", "key.rotate", "key.rotate", "key.create", "key.create"], actions);
    }

    [Fact]
    public async Task A_fresh_install_has_one_first_key_whoever_starts_first()
    {
        await using var server = await RunningServer.Start();
        Assert.Equal("first key", Assert.Single(server.Workspace.Keys.List()).Name);
        Assert.Null(NewKeys.First(server.Workspace));
    }

    [Fact]
    public async Task A_key_of_a_team_never_reaches_the_whole_company_and_bad_wishes_are_refused_in_words()
    {
        await using var server = await RunningServer.Start();
        using var admin = server.Client(server.Key("admin"));
        foreach (var (body, word) in new (object, string)[]
        {
            (new { name = "x", scopes = new[] { "admin" }, teamId = "T1" }, "scopes: found admin"),
            (new { name = "x", scopes = new[] { "scores:read" }, teamId = "nowhere" }, "teamId: found"),
            (new { name = "", scopes = new[] { "scores:read" } }, "name: found"),
            (new { name = "x", scopes = new[] { "everything" } }, "scopes: found"),
            (new { name = "x", scopes = new[] { "scores:read" }, expiresAt = "2001-01-01T00:00:00Z" }, "expiresAt: found"),
        })
        {
            using var answer = await admin.PostAsJsonAsync("/api/v1/keys", body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            var problem = await Read(answer);
            Assert.Equal("invalid-request", problem.GetProperty("code").GetString());
            Assert.StartsWith(word, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_again()
    {
        await using var server = await RunningServer.Start(null, null, "ForecastEngine:Limits:Burst=3", "ForecastEngine:Limits:RequestsPerSecond=1", "ForecastEngine:Limits:UnknownPerMinute=2");
        foreach (var client in new[] { server.Client(server.Key("admin")), server.Client() })
        {
            var answers = new List<HttpResponseMessage>();
            for (var i = 0; i < 12; i++) answers.Add(await client.GetAsync("/api/v1/keys"));
            var refused = answers.First(a => a.StatusCode == HttpStatusCode.TooManyRequests);
            Assert.Equal("too-many-requests", (await Read(refused)).GetProperty("code").GetString());
            Assert.NotEqual(HttpStatusCode.TooManyRequests, answers[0].StatusCode);
            client.Dispose();
        }
    }

    [Fact]
    public async Task Who_makes_keys_up_is_refused_without_a_question_to_the_database_and_health_asks_it_once()
    {
        await using var server = await RunningServer.Start(null, null, "ForecastEngine:Limits:UnknownPerMinute=3");
        var known = server.Key("admin");
        Assert.Equal(HttpStatusCode.OK, await Ask(server, known));
        // From now on a question to the database is a fault.
        using (var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(server.Folder, "forecast.db")};Pooling=false"))
        {
            await database.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = database.CreateCommand();
            command.CommandText = "ALTER TABLE api_keys RENAME TO api_keys_away; ALTER TABLE rescoring_runs RENAME TO rescoring_runs_away";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 8; i++) answers.Add(await Ask(server, KeySecret.Text(KeySecret.NewId(), KeySecret.NewSecret())));
        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable], answers[..2]);
        // The known key was one of the three, unless the server had listed it before it was used.
        Assert.All(answers[3..], a => Assert.Equal(HttpStatusCode.TooManyRequests, a));
        // Who is known is not held up by others behind the same address.
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await Ask(server, known));
        using var nobody = server.Client();
        foreach (var _ in Enumerable.Range(0, 20))
        {
            Assert.Equal(HttpStatusCode.OK, (await nobody.GetAsync("/health/live")).StatusCode);
            Assert.Contains("the database does not answer", await (await nobody.GetAsync("/health/ready")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    private static async Task<HttpStatusCode> Ask(RunningServer server, string key)
    {
        using var client = server.Client();
        client.DefaultRequestHeaders.Add(ApiKeyHandler.Header, key);
        using var answer = await client.GetAsync("/api/v1/quotas");
        return answer.StatusCode;
    }

    private static async Task<JsonElement> Read(HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
}
