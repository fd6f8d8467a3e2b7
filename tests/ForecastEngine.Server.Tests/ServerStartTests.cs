using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ForecastEngine.Server.Tests;

/// <summary>The built server as a process, asked over real HTTP.</summary>
public sealed class ServerStartTests
{
    [Fact]
    public async Task It_answers_that_it_is_live()
    {
        var port = FreePort();
        using var server = Start("--urls", $"http://127.0.0.1:{port}");
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };
            using var answer = await WhenReady(client, "/health/live", server);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("live", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    // The port may be taken on a machine that is shared; the refusal names the address that was tried.
    [Fact]
    public async Task Without_settings_it_listens_on_loopback_only()
    {
        using var server = Start();
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var text = "";
            while (await server.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                text += line + "\n";
                if (line.Contains("http://", StringComparison.Ordinal)) break;
            }
            Assert.Contains("http://127.0.0.1:5080", text, StringComparison.Ordinal);
            Assert.DoesNotContain("0.0.0.0", text, StringComparison.Ordinal);
            Assert.DoesNotContain("[::]", text, StringComparison.Ordinal);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    private static readonly string Folder = Directory.CreateTempSubdirectory("forecast-start-").FullName;

    private static Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = AppContext.BaseDirectory };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ForecastEngine.Server.dll"));
        foreach (var arg in args) start.ArgumentList.Add(arg);
        start.ArgumentList.Add($"--ForecastEngine:Workspace={Folder}");
        start.ArgumentList.Add("--ForecastEngine:Sample=false");
        foreach (var name in new[] { "ASPNETCORE_URLS", "URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_URLS" }) start.Environment.Remove(name);
        return Process.Start(start)!;
    }

    private static async Task<HttpResponseMessage> WhenReady(HttpClient client, string path, Process server)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await client.GetAsync(path);
            }
            catch (HttpRequestException) when (attempt < 300 && !server.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
