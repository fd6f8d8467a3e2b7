using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Server.Tests.Webhooks;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Tests.Data;

/// <summary>A CRM's whole way over real HTTP: it pushes what happened, reads the score, and is told by a signed message.</summary>
public sealed class CrmRoundTripTests(SmallCompany company)
{
    [Fact]
    public async Task What_the_CRM_pushes_is_scored_within_seconds_and_told_by_a_message_whose_signature_holds()
    {
        var token = TestContext.Current.CancellationToken;
        await using var receiver = await WebhookReceiver.Start();
        await using var server = await RunningServer.Start(company.Copy(), null, "ForecastEngine:Webhooks:AllowPrivate=true", "ForecastEngine:Webhooks:Poll=00:00:00.2");
        using var admin = server.Client(server.Key("admin"));
        using var crm = server.Client(server.Key("data:write scores:read"));
        var run = (await server.Workspace.Scores.LatestRunAsync(null, token))!;
        var deal = (await server.Workspace.Scores.ScoresAsync(run.Id, new ScoreFilter { OrderBy = ScoreOrder.WinProbability, Descending = true, Take = 1 }, token)).Scores[0];
        var stage = server.Workspace.Events.Deals([]).Stages.First(s => s.Kind == StageKind.Open && s.Name != deal.Stage).Name;

        using var made = await admin.PostAsJsonAsync("/api/v1/webhooks", new { url = receiver.Url, types = Types, leastMove = 0.001 }, token);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var secret = JsonDocument.Parse(await made.Content.ReadAsStringAsync(token)).RootElement.GetProperty("secret").GetString()!;
        Assert.DoesNotContain(secret, await admin.GetStringAsync("/api/v1/webhooks", token), StringComparison.Ordinal);

        var before = await Score(crm, deal.OpportunityId);
        Assert.Equal(deal.WinProbability, before.GetProperty("score").GetProperty("winProbability").GetDouble());
        var pushed = Post(crm, "application/cloudevents+json", $$$"""
            {"specversion":"1.0","id":"1","source":"https://crm.example","type":"opportunity.changed","time":"{{{run.DataExportedAt:O}}}","subject":"{{{deal.OpportunityId}}}","data":{"stage":"{{{stage}}}","amount":250000}}
            """);
        Assert.Equal((HttpStatusCode.OK, 1), (pushed.Status, pushed.Json.GetProperty("applied").GetInt32()));

        var after = await Until(() => Score(crm, deal.OpportunityId), s => s.GetProperty("score").GetProperty("stage").GetString() == stage);
        Assert.Equal(250000, after.GetProperty("score").GetProperty("amount").GetDecimal());
        var probability = after.GetProperty("score").GetProperty("winProbability").GetDouble();
        Assert.NotEqual(deal.WinProbability, probability);
        Assert.Equal(run.Id, after.GetProperty("source").GetProperty("runId").GetInt64());
        var queried = await (await crm.PostAsJsonAsync("/api/v1/scores/query", new { ids = new[] { deal.OpportunityId } }, token)).Content.ReadFromJsonAsync<JsonElement>(token);
        Assert.Equal(probability, queried.GetProperty("scores")[0].GetProperty("winProbability").GetDouble());

        var message = await receiver.Next(m => m.Body.Contains("score.moved", StringComparison.Ordinal));
        Assert.True(SignatureHolds(secret, message));
        Assert.False(SignatureHolds(secret, message with { Body = message.Body.Replace("moves", "Moves", StringComparison.Ordinal) }));
        var move = JsonDocument.Parse(message.Body).RootElement.GetProperty("data").GetProperty("moves")[0];
        Assert.Equal((deal.OpportunityId, deal.WinProbability, probability), (move.GetProperty("opportunityId").GetString(), move.GetProperty("from").GetDouble(), move.GetProperty("to").GetDouble()));

        Assert.Equal(HttpStatusCode.OK, Post(crm, "application/json", """{"outcome":"won"}""",
            ("ce-specversion", "1.0"), ("ce-id", "2"), ("ce-source", "https://crm.example"), ("ce-type", "opportunity.closed"), ("ce-time", run.DataExportedAt.ToString("O")), ("ce-subject", deal.OpportunityId)).Status);
        await receiver.Next(m => m.Body.Contains("\"outcome\":\"Won\"", StringComparison.Ordinal));
        await Until(async () => (await crm.GetAsync($"/api/v1/opportunities/{deal.OpportunityId}/score", token)).StatusCode, s => s == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_batch_tells_of_each_event_and_a_repeated_request_gets_the_first_answer()
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await RunningServer.Start(company.Copy());
        using var crm = server.Client(server.Key("data:write"));
        var run = (await server.Workspace.Scores.LatestRunAsync(null, token))!;
        string Event(string id, string type, string subject, string data) =>
            $$"""{"specversion":"1.0","id":"{{id}}","source":"crm","type":"{{type}}","time":"{{run.DataExportedAt:O}}","subject":"{{subject}}","data":{{data}}}""";
        var batch = $"[{Event("1", "opportunity.created", "NEW", """{"amount":10}""")},{Event("2", "opportunity.changed", "NOBODY", """{"amount":1}""")},{Event("1", "opportunity.created", "NEW", """{"amount":10}""")},7]";
        var first = Post(crm, "application/cloudevents-batch+json", batch, ("Idempotency-Key", "k1"));
        Assert.Equal(["applied", "rejected", "repeated", "rejected"], first.Json.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("result").GetString()));
        Assert.Equal("unknown-opportunity", first.Json.GetProperty("results")[1].GetProperty("code").GetString());

        var again = Post(crm, "application/cloudevents-batch+json", batch, ("Idempotency-Key", "k1"));
        Assert.Equal((first.Text, true), (again.Text, again.IsReplayed));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), Code(Post(crm, "application/cloudevents-batch+json", "[]", ("Idempotency-Key", "k1"))));
        Assert.Equal(["repeated", "rejected", "repeated", "rejected"], Post(crm, "application/cloudevents-batch+json", batch).Json.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("result").GetString()));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "unknown-opportunity"), Code(Post(crm, "application/cloudevents+json", Event("9", "opportunity.changed", "NOBODY", """{"amount":1}"""))));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unknown-media-type"), Code(Post(crm, "text/plain", "x")));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), Code(Post(crm, "application/cloudevents+json", "{")));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), Code(Post(crm, "application/cloudevents-batch+json", "{}")));
    }

    [Fact]
    public async Task Before_the_first_import_events_are_refused_with_the_reason()
    {
        await using var server = await RunningServer.Start();
        using var crm = server.Client(server.Key("data:write"));
        Assert.Equal((HttpStatusCode.Conflict, "conflict"), Code(Post(crm, "application/cloudevents-batch+json", "[]", ("Idempotency-Key", "k"))));

        // What was refused was not done: the same request may be made again with its key.
        ImportCrm.Run(server.Workspace, SmallCompany.YoungExport, ImportMap.Load(Path.Combine(AppContext.BaseDirectory, "maps", "forecastengine.json")), cancellation: TestContext.Current.CancellationToken);
        var again = Post(crm, "application/cloudevents-batch+json", "[]", ("Idempotency-Key", "k"));
        Assert.Equal((HttpStatusCode.OK, false), (again.Status, again.IsReplayed));
    }

    [Fact]
    public async Task While_an_import_is_written_events_and_quotas_are_told_to_come_later_and_the_rest_is_answered()
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await RunningServer.Start(company.Copy(), null, "ForecastEngine:Limits:WriteWait=00:00:00.300");
        using var crm = server.Client(server.Key("data:write scores:read"));
        var run = (await server.Workspace.Scores.LatestRunAsync(null, token))!;
        var body = $$$"""[{"specversion":"1.0","id":"1","source":"crm","type":"opportunity.created","time":"{{{run.DataExportedAt:O}}}","subject":"NEW","data":{"amount":10}}]""";
        using (var import = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(server.Folder, "forecast.db")};Pooling=false"))
        {
            await import.OpenAsync(token);
            await using var held = import.BeginTransaction();
            var asked = Enumerable.Range(0, 4).Select(async _ =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/events") { Content = new StringContent(body, Encoding.UTF8, "application/cloudevents-batch+json"), Headers = { { "Idempotency-Key", "k" } } };
                using var answer = await crm.SendAsync(request, token);
                return Busy(answer);
            }).ToList();
            using var quota = await crm.PutAsJsonAsync("/api/v1/quotas", new { quotas = new[] { new { from = "2031-01-01", until = "2031-03-31", amount = 1 } } }, token);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "10"), Busy(quota));
            Assert.All(await Task.WhenAll(asked), a => Assert.Equal((HttpStatusCode.ServiceUnavailable, "10"), a));
            Assert.Equal(HttpStatusCode.OK, (await crm.GetAsync("/api/v1/pipeline?limit=1", token)).StatusCode);
        }
        Assert.Equal(1, Post(crm, "application/cloudevents-batch+json", body, ("Idempotency-Key", "k")).Json.GetProperty("applied").GetInt32());

        static (HttpStatusCode Status, string? RetryAfter) Busy(HttpResponseMessage answer) => (answer.StatusCode, answer.Headers.RetryAfter?.ToString());
    }

    private static readonly string[] Types = ["score.moved"];

    private static (HttpStatusCode, string?) Code((HttpStatusCode Status, string Text, JsonElement Json, bool IsReplayed) answer) => (answer.Status, answer.Json.GetProperty("code").GetString());

    private static (HttpStatusCode Status, string Text, JsonElement Json, bool IsReplayed) Post(HttpClient client, string type, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/events") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = client.Send(request);
        using var reader = new StreamReader(answer.Content.ReadAsStream());
        var text = reader.ReadToEnd();
        return (answer.StatusCode, text, JsonDocument.Parse(text).RootElement, answer.Headers.Contains("Idempotent-Replayed"));
    }

    private static async Task<JsonElement> Score(HttpClient client, string id) => await client.GetFromJsonAsync<JsonElement>($"/api/v1/opportunities/{Uri.EscapeDataString(id)}/score");

    private static async Task<T> Until<T>(Func<Task<T>> ask, Func<T, bool> isThere)
    {
        for (var attempt = 0; ; attempt++)
        {
            var answer = await ask();
            if (isThere(answer)) return answer;
            if (attempt == 300) throw new TimeoutException("It did not come within 30 seconds.");
            await Task.Delay(100);
        }
    }

    // As a receiver would check it, without the server's own code.
    private static bool SignatureHolds(string secret, ReceivedMessage message)
    {
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{message.Id}.{message.Timestamp}.{message.Body}")));
        return message.Signature.Split(' ').Contains(expected);
    }
}
