using System.Data.Common;
using System.Text.Json;
using System.Threading.Channels;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Uploads;

/// <summary>
/// Imports the uploads of this machine one after another, and at start those that were cut off: an import is all or nothing
/// and may be done twice. After it the pipeline is rescored, by a job; where nobody answers yet, or the sample was replaced, a version is
/// trained first. The files go when it is done with.
/// </summary>
public sealed class UploadWork(Workspace workspace, UploadIntake intake, JobDesk desk, PublishedRuns runs, ILogger<UploadWork> log) : BackgroundService
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>();

    /// <summary>An upload was received.</summary>
    public void Enqueue(Upload upload) => _queue.Writer.TryWrite(upload.Id);

    /// <summary>Imports one upload.</summary>
    public void Import(Upload upload, CancellationToken cancellation)
    {
        var folder = intake.FolderOf(upload.Id);
        upload = upload with { Status = UploadStatus.Running, Step = "Reading" };
        workspace.Requests.Put(upload);
        try
        {
            var result = ImportCrm.Run(workspace, folder, intake.MapOf(upload), null, null, cancellation);
            if (result.Added.ReplacedSample) runs.Forget();
            // A training that promotes its version has the pipeline rescored.
            desk.Request(workspace.Models.State.Champion is null ? JobKind.Training : JobKind.Rescoring, null, "import");
            upload = upload with { Status = UploadStatus.Succeeded, Result = JsonSerializer.Serialize(result with { RejectedFile = null }, Json) };
        }
        catch (Exception fault) when (fault is ImportException or OperationException or StorageException or ModelRegistryException or ProblemException)
        {
            upload = upload with { Status = UploadStatus.Failed, Fault = fault.Message };
        }
        catch (Exception fault) when (fault is not OperationCanceledException and not DbException)
        {
            log.LogError(fault, "Upload {Upload} failed.", upload.Id);
            upload = upload with { Status = UploadStatus.Failed, Fault = "This is a defect in ForecastEngine; the log has it under the number of the upload." };
        }
        workspace.Requests.Put(upload with { Step = null, FinishedAt = workspace.Clock.GetUtcNow() });
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var upload in workspace.Requests.Unfinished(intake.Machine)) Enqueue(upload);
        await foreach (var id in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                if (workspace.Requests.FindUpload(id) is { Status: UploadStatus.Queued or UploadStatus.Running } upload) await Task.Run(() => Import(upload, stoppingToken), stoppingToken);
            }
            catch (DbException fault)
            {
                log.LogError(fault, "Upload {Upload}: the database does not answer; it is tried again.", id);
                await Task.Delay(TimeSpan.FromSeconds(5), stoppingToken);
                _queue.Writer.TryWrite(id);
            }
        }
    }
}
