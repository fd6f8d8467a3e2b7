using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ForecastEngine.Crm;

namespace ForecastEngine.Server.Tests.Api;

/// <summary>A score made after an event of the CRM stands beside the run and says so.</summary>
public sealed class FreshScoreTests(SmallCompany company)
{
    [Fact]
    public async Task A_fresh_score_speaks_of_its_own_day_and_its_periods_even_when_those_of_the_run_are_over()
    {
        var folder = company.Copy();
        DateOnly asOf;
        using (var workspace = Operations.Workspace.Open(folder, TimeProvider.System)) asOf = (await workspace.Scores.LatestRunAsync())!.AsOf;
        // The month after the last month of the run's quarter: another number of periods, and other ones.
        var at = new DateTimeOffset(BusinessCalendar.Default.Quarter(asOf).Until.AddDays(132), new TimeOnly(9, 0), TimeSpan.Zero);
        await using var server = await RunningServer.Start(folder);
        using var writer = server.Client(server.Key("data:write scores:read"));
        var rows = (await server.Workspace.Scores.ScoresAsync((await server.Workspace.Scores.LatestRunAsync())!.Id)).Scores;
        var (deal, other) = (rows[0].OpportunityId, rows[1].OpportunityId);
        using var pushed = await writer.PostAsync("/api/v1/events", JsonContent.Create(new { specversion = "1.0", id = "1", source = "https://crm.example", type = "opportunity.changed", time = at, subject = deal, data = new { amount = 4321 } },
            new System.Net.Http.Headers.MediaTypeHeaderValue("application/cloudevents+json")));
        Assert.Equal(HttpStatusCode.OK, pushed.StatusCode);

        JsonElement score = default;
        for (var attempt = 0; attempt < 600; attempt++)
        {
            score = await ScoredServer.Json(writer, $"/api/v1/opportunities/{deal}/score");
            if (score.GetProperty("score").GetProperty("amount").ValueKind == JsonValueKind.Number && score.GetProperty("score").GetProperty("amount").GetDecimal() == 4321) break;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        Assert.Equal(day.ToString("yyyy-MM-dd"), score.GetProperty("source").GetProperty("asOf").GetString());
        var periods = score.GetProperty("score").GetProperty("wonBy").EnumerateArray().Select(w => w.GetProperty("period").GetProperty("label").GetString()).ToList();
        Assert.Equal(Forecasting.RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, day).Select(p => p.Label), periods);
        Assert.NotEqual(Forecasting.RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, asOf).Count, periods.Count);

        using var queried = await writer.PostAsJsonAsync("/api/v1/scores/query", new { ids = new[] { deal, other } });
        var query = await queried.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(asOf.ToString("yyyy-MM-dd"), query.GetProperty("source").GetProperty("asOf").GetString());
        var fresh = Assert.Single(query.GetProperty("fresh").EnumerateObject());
        Assert.Equal((deal, day.ToString("yyyy-MM-dd")), (fresh.Name, fresh.Value.GetProperty("asOf").GetString()));
        Assert.Equal(score.GetProperty("score").ToString(), query.GetProperty("scores")[0].ToString());
    }
}
