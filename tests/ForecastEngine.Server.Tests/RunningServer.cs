using System.Net.Http.Headers;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ForecastEngine.Server.Tests;

/// <summary>The real server on a real port of loopback, in this process, with a workspace of its own.</summary>
public sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly bool _ownsFolder;

    private RunningServer(WebApplication app, string folder, bool ownsFolder)
    {
        (_app, Folder, _ownsFolder) = (app, folder, ownsFolder);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>The workspace's folder.</summary>
    public string Folder { get; }
    public Uri Address { get; }
    public IServiceProvider Services => _app.Services;
    public Workspace Workspace => Services.GetRequiredService<Workspace>();

    /// <summary>Starts a server.</summary>
    /// <param name="folder">Its workspace; null for an empty one that goes with the server.</param>
    /// <param name="adjust">Changes parts before they are put together.</param>
    /// <param name="settings">Settings, <c>ForecastEngine:Limits:Burst=5</c> for instance.</param>
    public static async Task<RunningServer> Start(string? folder = null, Action<WebApplicationBuilder>? adjust = null, params string[] settings)
    {
        var workspace = folder ?? Directory.CreateTempSubdirectory("forecast-server-").FullName;
        var app = ServerApplication.Build(
            ["--urls", "http://127.0.0.1:0", $"--ForecastEngine:Workspace={workspace}", "--ForecastEngine:Sample=false", .. settings.Select(s => "--" + s)],
            builder =>
            {
                builder.Logging.ClearProviders();
                adjust?.Invoke(builder);
            });
        await app.StartAsync();
        return new RunningServer(app, workspace, folder is null);
    }

    /// <summary>A client; with a key where one is given.</summary>
    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>The text of a new key.</summary>
    public string Key(string scopes, string? teamId = null, DateTimeOffset? expiresAt = null, bool isRevoked = false)
    {
        var key = NewKeys.Compose("test", scopes.Split(' '), teamId, expiresAt, "test", DateTimeOffset.UnixEpoch);
        Workspace.Keys.Add(isRevoked ? key.Key with { RevokedAt = DateTimeOffset.UnixEpoch } : key.Key);
        return key.Text;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
    }
}
