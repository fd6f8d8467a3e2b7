using ForecastEngine.Operations;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Server.Security;
using ForecastEngine.Server.Settings;
using ForecastEngine.Server.Webhooks;

namespace ForecastEngine.Server;

/// <summary>The server as one host: settings, parts and routes, in that order. Everything that can be found wrong before it answers is found here.</summary>
public static class ServerApplication
{
    /// <summary>Where it listens unless it is told: this machine alone.</summary>
    public const string DefaultAddress = "http://127.0.0.1:5080";

    /// <summary>Builds the server with its database open and up to date; nothing answers yet.</summary>
    /// <param name="args">Command line, <c>--ForecastEngine:Workspace=…</c> for instance.</param>
    /// <param name="adjust">Changes parts before they are put together, another clock for instance.</param>
    /// <exception cref="SettingsException">Settings are wrong; all faults at once.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        // What scores on several processors works on threads of the pool: with no more of them than processors, whoever asks meanwhile waits for one to come free.
        ThreadPool.GetMinThreads(out var least, out var leastPorts);
        ThreadPool.SetMinThreads(Math.Max(least, 4 * Environment.ProcessorCount), leastPorts);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton(TimeProvider.System);
        adjust?.Invoke(builder);
        var settings = ServerSettings.Read(builder.Configuration);
        if (string.IsNullOrEmpty(builder.Configuration["urls"]) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists()) builder.WebHost.UseUrls(DefaultAddress);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(services => Workspace.Open(settings.Workspace, services.GetRequiredService<TimeProvider>(), settings.Database, settings.CustomFeatures));
        builder.AddSecurity(settings);
        builder.AddApi(settings);
        builder.AddExchange(settings);
        builder.AddTelemetry();
        builder.Services.AddHostedService<FirstStart>();
        builder.AddJobs(settings.Jobs);

        var app = builder.Build();
        var workspace = app.Services.GetRequiredService<Workspace>();
        if (NewKeys.First(workspace) is { } first)
            Console.Out.WriteLine($"First key, an administrator's, told this once: {first.Text}");
        app.UseSecurityHeaders();
        app.UseApi();
        app.UseSecurity();
        app.MapApi();
        app.MapJobs();
        return app;
    }
}
