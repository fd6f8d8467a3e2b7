using ForecastEngine.Operations;
using ForecastEngine.Server.Uploads;
using ForecastEngine.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace ForecastEngine.Server.Tests.Data;

/// <summary>Uploads whose process ended at the worst moment: nothing is lost, nothing is done twice, nothing is left behind.</summary>
public sealed class UploadRecoveryTests(SmallCompany company)
{
    [Fact]
    public async Task An_upload_that_waited_is_imported_by_whoever_has_its_files_whatever_its_machine_was_called()
    {
        var folder = company.Copy();
        using (var workspace = Workspace.Open(folder, TimeProvider.System))
        {
            var files = Directory.CreateDirectory(Path.Combine(folder, "uploads", "waiting")).FullName;
            foreach (var file in Directory.GetFiles(SmallCompany.Export)) File.Copy(file, Path.Combine(files, Path.GetFileName(file)));
            workspace.Requests.Put(Upload("waiting", workspace.Clock.GetUtcNow()) with { Status = UploadStatus.Running });
            workspace.Requests.Put(Upload("elsewhere", workspace.Clock.GetUtcNow()));
        }
        await using var server = await RunningServer.Start(folder);
        var ended = await Ended(server, "waiting");
        Assert.Equal((UploadStatus.Succeeded, null), (ended.Status, ended.Fault));
        Assert.NotNull(ended.Result);
        Assert.Contains(server.Workspace.Jobs.List(), j => j.RequestedBy == "import");
        Assert.Equal(UploadStatus.Queued, server.Workspace.Requests.FindUpload("elsewhere")!.Status);
    }

    [Fact]
    public async Task One_that_was_imported_when_its_process_died_is_not_imported_again_and_its_job_is_asked_for()
    {
        var folder = company.Copy();
        using (var workspace = Workspace.Open(folder, TimeProvider.System))
        {
            // Without its files but for the folder: reading them once more would fail.
            Directory.CreateDirectory(Path.Combine(folder, "uploads", "imported"));
            workspace.Requests.Put(Upload("imported", workspace.Clock.GetUtcNow()) with { Status = UploadStatus.Running, Step = "Imported", Result = "{}" });
        }
        await using var server = await RunningServer.Start(folder);
        Assert.Equal((UploadStatus.Succeeded, "{}"), await Ended(server, "imported") is { } ended ? (ended.Status, ended.Result) : default);
        Assert.Equal(JobKind.Rescoring, Assert.Single(server.Workspace.Jobs.List(), j => j.RequestedBy == "import").Kind);
        Assert.False(Directory.Exists(Path.Combine(folder, "uploads", "imported")));
    }

    [Fact]
    public async Task While_another_process_imports_an_upload_waits()
    {
        var folder = company.Copy();
        using var other = Workspace.Open(folder, TimeProvider.System);
        var lease = other.Leases.Take(UploadWork.Turn, "another process", TimeSpan.FromMinutes(5))!;
        Directory.CreateDirectory(Path.Combine(folder, "uploads", "imported"));
        other.Requests.Put(Upload("imported", other.Clock.GetUtcNow()) with { Status = UploadStatus.Running, Result = "{}" });
        await using var server = await RunningServer.Start(folder);
        var work = server.Services.GetRequiredService<UploadWork>();
        for (var round = 0; round < 5; round++)
        {
            work.Wake();
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Equal(UploadStatus.Running, other.Requests.FindUpload("imported")!.Status);
        other.Leases.Release(lease);
        work.Wake();
        Assert.Equal(UploadStatus.Succeeded, (await Ended(server, "imported")).Status);
    }

    [Fact]
    public async Task What_nobody_needs_any_more_is_removed_and_an_upload_whose_machine_never_came_back_is_given_up()
    {
        await using var server = await RunningServer.Start(company.Copy());
        var now = server.Workspace.Clock.GetUtcNow();
        var uploads = Path.Combine(server.Folder, "uploads");
        foreach (var name in (string[])["done", "abandoned", "arriving"]) Directory.CreateDirectory(Path.Combine(uploads, name));
        Directory.SetLastWriteTimeUtc(Path.Combine(uploads, "abandoned"), now.UtcDateTime.AddDays(-3));
        server.Workspace.Requests.Put(Upload("done", now) with { Status = UploadStatus.Succeeded, FinishedAt = now });
        server.Workspace.Requests.Put(Upload("lost", now.AddDays(-8)));
        server.Workspace.Requests.Put(Upload("late", now.AddDays(-6)));
        server.Services.GetRequiredService<UploadIntake>().CleanUp();
        Assert.Equal([Path.Combine(uploads, "arriving")], Directory.GetDirectories(uploads));
        var lost = server.Workspace.Requests.FindUpload("lost")!;
        Assert.Equal(UploadStatus.Failed, lost.Status);
        Assert.Contains("Upload the export again", lost.Fault, StringComparison.Ordinal);
        Assert.Equal(UploadStatus.Queued, server.Workspace.Requests.FindUpload("late")!.Status);
    }

    private static Upload Upload(string id, DateTimeOffset at) => new() { Id = id, ReceivedAt = at, Map = "forecastengine", Files = "opportunities.csv", Machine = "a container that is gone" };

    private static async Task<Upload> Ended(RunningServer server, string id)
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            if (server.Workspace.Requests.FindUpload(id) is { FinishedAt: not null } upload && !Directory.Exists(Path.Combine(server.Folder, "uploads", id))) return upload;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"{server.Workspace.Requests.FindUpload(id)}");
    }
}
