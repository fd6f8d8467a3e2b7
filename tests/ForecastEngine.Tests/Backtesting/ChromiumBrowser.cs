using Microsoft.Playwright;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>The machine's own Chromium, started when the first test asks for it. Without one the test skips; under CI=true it fails.</summary>
public sealed class ChromiumBrowser : IAsyncLifetime
{
    private readonly SemaphoreSlim _turn = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>The browser.</summary>
    public async Task<IBrowser> Browser()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => ((string[])["chromium", "chromium-browser", "google-chrome"]).Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (program is null)
        {
            const string reason = "No Chromium: found none of chromium, chromium-browser, google-chrome on PATH.";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", reason);
            Assert.Fail(reason);
        }
        await _turn.WaitAsync();
        try
        {
            _playwright ??= await Playwright.CreateAsync().WaitAsync(TimeSpan.FromMinutes(2));
            return _browser ??= await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        _playwright?.Dispose();
    }
}
