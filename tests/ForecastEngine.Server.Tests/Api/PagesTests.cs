using ForecastEngine.Server.Jobs;
using ForecastEngine.Tests.Backtesting;

namespace ForecastEngine.Server.Tests.Api;

/// <summary>The server's pages as a browser shows them: the machine's own Chromium.</summary>
public sealed class PagesTests(ScoredServer scored, ChromiumBrowser chromium) : IClassFixture<ChromiumBrowser>
{
    [Fact]
    public async Task The_reference_shows_the_operations_and_asks_nobody_but_this_server()
    {
        var (requests, messages, text) = await Open("/reference/", null, "/api/v1/runs/{id}/cancel");
        Assert.NotEmpty(requests);
        Assert.All(requests, r => Assert.True(new Uri(r).Authority == scored.Server.Address.Authority || r.StartsWith("data:", StringComparison.Ordinal) || r.StartsWith("blob:", StringComparison.Ordinal), r));
        Assert.Empty(messages);
        Assert.Contains("The database answers and a scored pipeline is there", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_of_jobs_is_drawn_with_its_own_styles_and_scripts()
    {
        var (requests, messages, text) = await Open(JobSetup.DashboardPath + "/recurring", scored.Server.Key("admin"), "take over");
        Assert.All(requests, r => Assert.True(new Uri(r).Authority == scored.Server.Address.Authority || r.StartsWith("data:", StringComparison.Ordinal), r));
        Assert.Contains(requests, r => r.Contains("/css", StringComparison.Ordinal));
        Assert.Empty(messages);
        Assert.Contains("take over", text, StringComparison.Ordinal);
    }

    private async Task<(List<string> Requests, List<string> Messages, string Text)> Open(string path, string? key, string shown)
    {
        await using var context = await (await chromium.Browser()).NewContextAsync(new() { ExtraHTTPHeaders = key is null ? null : new Dictionary<string, string> { ["Authorization"] = $"Bearer {key}" } });
        var page = await context.NewPageAsync();
        List<string> requests = [], messages = [];
        page.Request += (_, r) => requests.Add(r.Url);
        page.Console += (_, m) => { if (m.Type is "error" or "warning") messages.Add(m.Text); };
        page.PageError += (_, e) => messages.Add(e);
        await page.GotoAsync(new Uri(scored.Server.Address, path).ToString(), new() { WaitUntil = Microsoft.Playwright.WaitUntilState.NetworkIdle });
        try
        {
            await page.WaitForFunctionAsync("text => document.body.innerText.includes(text)", shown);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{string.Join('\n', messages)}\n{await page.InnerTextAsync("body")}");
        }
        return (requests, messages, await page.InnerTextAsync("body"));
    }
}
