using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace ForecastEngine.Server.Tests.Data;

/// <summary>Uploads without a map: looked at, agreed to, imported.</summary>
public sealed class UnderstoodImportTests
{
    [Fact]
    public async Task An_export_without_a_map_is_understood_confirmed_and_imported()
    {
        await using var server = await RunningServer.Start();
        using var client = server.Client(server.Key("data:write"));
        var json = await Send(client, Form("all-deals.csv", Deals("Ausgeführt")), HttpStatusCode.OK);
        Assert.Equal("understood", json.GetProperty("status").GetString());
        var understanding = json.GetProperty("understanding");
        var question = Assert.Single(understanding.GetProperty("questions").EnumerateArray());
        Assert.Equal("stages", question.GetProperty("about").GetString());
        Assert.Equal("Ausgeführt", Assert.Single(question.GetProperty("found").EnumerateObject()).Name);
        var id = json.GetProperty("id").GetString();

        // Nothing is imported while the question is open, nor by an answer that is none.
        json = await Confirm(client, id, "{}", HttpStatusCode.OK);
        Assert.Equal("understood", json.GetProperty("status").GetString());
        await Confirm(client, id, """{ "dates": "ymd" }""", HttpStatusCode.BadRequest);
        Assert.Null(server.Workspace.History.FirstImport());

        json = await Confirm(client, id, """{ "won": ["Ausgeführt"] }""", HttpStatusCode.Accepted);
        for (var attempt = 0; json.GetProperty("status").GetString() is "queued" or "running" && attempt < 600; attempt++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            json = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/imports/{id}", TestContext.Current.CancellationToken)).RootElement;
        }
        Assert.Equal("succeeded", json.GetProperty("status").GetString());
        Assert.Equal(60, json.GetProperty("report").GetProperty("opportunities").GetInt32());
        await Confirm(client, id, "{}", HttpStatusCode.Conflict);

        // What was agreed to is known: the next export asks nothing.
        json = await Send(client, Form("all-deals.csv", Deals("Ausgeführt")), HttpStatusCode.OK);
        Assert.Empty(json.GetProperty("understanding").GetProperty("questions").EnumerateArray());
        var again = Form("all-deals.csv", Deals("Ausgeführt"));
        again.Add(new StringContent("true"), "confirm");
        await Send(client, again, HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task What_is_no_list_of_deals_is_said_to_be_none()
    {
        await using var server = await RunningServer.Start();
        using var client = server.Client(server.Key("data:write"));
        var json = await Send(client, Form("cities.csv", "City,Inhabitants\nLjubljana,300000\n"), HttpStatusCode.OK);
        Assert.Equal("noDeals", json.GetProperty("understanding").GetProperty("questions")[0].GetProperty("about").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsJsonAsync("/api/v1/imports/none/confirm", new { }, TestContext.Current.CancellationToken)).StatusCode);
    }

    private static string Deals(string won) => "Deal Id,Deal Name,Stage,Amount,Currency,Created Date,Close Date\n" + string.Concat(Enumerable.Range(1, 60)
        .Select(n => $"{n},Deal {n},{(n % 3 == 0 ? won : n % 3 == 1 ? "Lost" : "Angebot")},{100 * n},EUR,2025-06-0{1 + n % 9},{(n % 3 == 2 ? "2025-12-01" : "2025-03-01")}\n"));

    private static MultipartFormDataContent Form(string name, string text) =>
        new() { { new ByteArrayContent(Encoding.UTF8.GetBytes(text)), "files", name } };

    private static async Task<JsonElement> Send(HttpClient client, MultipartFormDataContent form, HttpStatusCode expected) =>
        await Read(await client.PostAsync("/api/v1/imports", form, TestContext.Current.CancellationToken), expected);

    private static async Task<JsonElement> Confirm(HttpClient client, string? id, string body, HttpStatusCode expected) =>
        await Read(await client.PostAsync($"/api/v1/imports/{id}/confirm", new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken), expected);

    private static async Task<JsonElement> Read(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
