using System.Data.Common;
using System.Text.Json;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Uploads;

/// <summary>
/// Imports uploads one after another, in every process those whose files it finds in its folder, under a lease that all share: an
/// upload stands in the database until it is done with, so whatever was cut off is taken up again, here or by another process with
/// the same folder. An import is all or nothing and may be done twice. What it came to is written down first, then a job is
/// asked for that rescores the pipeline; where nobody answers yet, or the sample was replaced, one that trains. The files go last.
/// </summary>
public sealed class UploadWork(Workspace workspace, UploadIntake intake, JobDesk desk, JobSettings settings, PublishedRuns runs, ILogger<UploadWork> log)
    : BackgroundLoop("Imports of uploads", TimeSpan.FromSeconds(5), log)
{
    /// <summary>The turn of who reads an export into the history: one process at a time.</summary>
    public const string Turn = "import";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly ILogger _log = log;

    /// <inheritdoc/>
    protected override async Task Round(bool isWoken, CancellationToken stopping)
    {
        while (intake.Next() is { } upload)
        {
            using var turn = ProcessTurn.Take(workspace, Turn, null, settings.TakeOver, _log, stopping);
            if (turn is null) return;
            // Another may have been at it until the turn was free.
            if (workspace.Requests.FindUpload(upload.Id) is { Status: UploadStatus.Queued or UploadStatus.Running } mine) await Task.Run(() => Work(mine, turn.Token), turn.Token);
        }
    }

    private void Work(Upload upload, CancellationToken cancellation)
    {
        if (upload.Result is null && upload.Fault is null) workspace.Requests.Put(upload = Imported(upload, cancellation));
        if (upload.Result is not null)
            // A training that promotes its version has the pipeline rescored.
            desk.Request(workspace.Models.State.Champion is null ? JobKind.Training : JobKind.Rescoring, null, "import");
        workspace.Requests.Put(upload with { Status = upload.Fault is null ? UploadStatus.Succeeded : UploadStatus.Failed, Step = null, FinishedAt = workspace.Clock.GetUtcNow() });
        intake.Remove(upload.Id);
    }

    private Upload Imported(Upload upload, CancellationToken cancellation)
    {
        workspace.Requests.Put(upload = upload with { Status = UploadStatus.Running, Step = "Reading" });
        try
        {
            var result = ImportCrm.Run(workspace, intake.FolderOf(upload.Id), intake.MapOf(upload), UploadFields.Load(intake.FolderOf(upload.Id)), null, cancellation);
            if (result.Added.ReplacedSample) runs.Forget();
            return upload with { Step = "Imported", Result = JsonSerializer.Serialize(result with { RejectedFile = null }, Json) };
        }
        catch (Exception fault) when (fault is ImportException or OperationException or StorageException or ModelRegistryException or ProblemException)
        {
            return upload with { Fault = fault.Message };
        }
        catch (Exception fault) when (fault is not OperationCanceledException and not DbException)
        {
            _log.LogError(fault, "Upload {Upload} failed.", upload.Id);
            return upload with { Fault = "This is a defect in ForecastEngine; the log has it under the number of the upload." };
        }
    }
}
