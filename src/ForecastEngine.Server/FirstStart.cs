using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Server.Settings;
using ForecastEngine.Server.Uploads;
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
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stopping);
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        try
        {
            if (settings.Sample && workspace.History.Imports(1).Count == 0) await Prepare(stopping);
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            log.LogError(fault, "The sample could not be prepared; what was begun goes on at the next start.");
            return;
        }
        Console.Out.WriteLine($"ForecastEngine answers at {address}; its API is described at {address}/reference");
    }

    private async Task Prepare(CancellationToken stopping)
    {
        using var turn = await Turn(stopping);
        if (turn is null) return;
        Console.Out.WriteLine("The database is empty: importing the sample, training and scoring; a minute or two.");
        await Task.Run(async () =>
        {
            if (!Import(turn.Token))
            {
                // An export of the user's own was quicker; its upload has it trained and scored.
                log.LogInformation("The sample is not imported: there are data already.");
                return;
            }
            TrainModels.Run(workspace, null, null, null, turn.Token);
            await RescorePipeline.Run(workspace, null, null, null, turn.Token);
            runs.Forget();
        }, turn.Token);
    }

    // Null when another process has the sample imported. One that was killed before holds its turn for a while longer.
    private async Task<ProcessTurn?> Turn(CancellationToken stopping)
    {
        while (workspace.History.Imports(1).Count == 0)
        {
            if (ProcessTurn.Take(workspace, "first start", null, settings.Jobs.TakeOver, log, stopping) is { } turn) return turn;
            await Task.Delay(TimeSpan.FromSeconds(1), stopping);
        }
        return null;
    }

    private bool Import(CancellationToken stopping)
    {
        using var turn = ProcessTurn.Take(workspace, UploadWork.Turn, null, settings.Jobs.TakeOver, log, stopping);
        if (turn is null) return false;
        try
        {
            ImportSample.Run(workspace, settings.SampleFolder, ImportMap.Load(SampleMap), null, null, turn.Token);
            return true;
        }
        catch (StorageException) when (workspace.History.Imports(1).Count > 0 && workspace.History.Sample() is null)
        {
            return false;
        }
    }
}
