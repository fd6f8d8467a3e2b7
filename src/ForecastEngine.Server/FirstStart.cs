using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Server.Settings;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ForecastEngine.Server;

/// <summary>With an empty database: imports the sample, trains and scores, while the server answers already; then prints the address.</summary>
public sealed class FirstStart(Workspace workspace, ServerSettings settings, PublishedRuns runs, IServer server, IHostApplicationLifetime lifetime, ILogger<FirstStart> log) : BackgroundService
{
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
            using var turn = ProcessTurn.Take(workspace, "first start", 0, settings.Jobs.TakeOver, log, stopping);
            if (turn is null)
            {
                Console.Out.WriteLine($"ForecastEngine answers at {address}; another process prepares the sample in the same database.");
                return;
            }
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
        try
        {
            ImportSample.Run(workspace, settings.SampleFolder, ImportMap.Load(SampleMap), null, null, stopping);
        }
        catch (StorageException) when (workspace.History.Imports(1).Count > 0 && workspace.History.Sample() is null)
        {
            // An export of the user's own was quicker; its upload has it trained and scored.
            log.LogInformation("The sample is not imported: there are data already.");
            return;
        }
        TrainModels.Run(workspace, null, null, null, stopping);
        await RescorePipeline.Run(workspace, null, null, null, stopping);
        runs.Forget();
    }
}
