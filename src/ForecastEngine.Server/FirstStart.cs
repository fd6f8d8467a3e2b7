using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Settings;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ForecastEngine.Server;

/// <summary>With an empty database: imports the sample, trains and scores, while the server answers already; then prints the address.</summary>
public sealed class FirstStart(Workspace workspace, ServerSettings settings, PublishedRuns runs, IServer server, IHostApplicationLifetime lifetime, ILogger<FirstStart> log) : BackgroundService
{
    /// <summary>Folder of the sample beside the program.</summary>
    public static string SampleFolder => Path.Combine(AppContext.BaseDirectory, "sample");
    private static string SampleMap => Path.Combine(AppContext.BaseDirectory, "maps", "forecastengine.json");

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        var started = new TaskCompletionSource();
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stopping);
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        if (settings.Sample && workspace.History.Imports(1).Count == 0)
        {
            Console.Out.WriteLine("The database is empty: importing the sample, training and scoring; a minute or two.");
            try
            {
                await Task.Run(() => Prepare(stopping), stopping);
            }
            catch (Exception fault) when (fault is OperationException or ImportException or StorageException or IOException)
            {
                log.LogError(fault, "The sample could not be prepared.");
                return;
            }
        }
        Console.Out.WriteLine($"ForecastEngine answers at {address}; its API is described at {address}/reference");
    }

    private async Task Prepare(CancellationToken stopping)
    {
        ImportCrm.Run(workspace, SampleFolder, ImportMap.Load(SampleMap), null, null, stopping);
        TrainModels.Run(workspace, null, null, null, stopping);
        await RescorePipeline.Run(workspace, null, null, null, stopping);
        runs.Forget();
    }
}
