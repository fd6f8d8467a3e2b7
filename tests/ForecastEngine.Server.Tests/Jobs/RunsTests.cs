using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Server.Security;
using ForecastEngine.Storage;
using ForecastEngine.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ForecastEngine.Server.Tests.Jobs;

/// <summary>Background runs on one machine with SQLite, over real HTTP.</summary>
public sealed class RunsTests(SmallCompany company)
{
    [Fact]
    public async Task A_rescoring_is_started_followed_and_joined_while_it_works()
    {
        await using var server = await RunningServer.Start(company.Copy());
        using var client = server.Client(server.Key($"{Scopes.ModelsManage} {Scopes.ScoresRead}"));
        using var started = await client.PostAsJsonAsync("/api/v1/runs", new { kind = "rescoring" }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        var run = await Ended(client, started.Headers.Location!);
        Assert.Equal("succeeded", run.GetProperty("status").GetString());
        Assert.Equal(1, run.GetProperty("progress").GetDouble());
        var published = (await server.Workspace.Scores.LatestRunAsync(cancellation: Cancellation))!;
        Assert.Equal((published.Id, published.ScoreCount), (run.GetProperty("result").GetProperty("runId").GetInt64(), run.GetProperty("result").GetProperty("scores").GetInt64()));
        var list = await client.GetFromJsonAsync<JsonElement>("/api/v1/runs?kind=rescoring", Cancellation);
        Assert.Equal(run.GetProperty("id").GetInt64(), list.GetProperty("runs")[0].GetProperty("id").GetInt64());
        Assert.Contains(server.Workspace.Audit.Read(), e => e.Action == "run.start");
    }

    [Fact]
    public async Task Training_drift_check_and_retention_end_with_what_they_found()
    {
        await using var server = await RunningServer.Start(company.Copy());
        using var client = server.Client(server.Key(Scopes.Admin));
        var training = await Done(client, "training");
        Assert.Equal(server.Workspace.Models.State.Champion, training.GetProperty("result").GetProperty("version").GetString());
        Assert.False(training.GetProperty("result").GetProperty("isPromoted").GetBoolean());
        var drift = await Done(client, "driftCheck");
        Assert.Equal(0, drift.GetProperty("result").GetProperty("deals").GetInt32());
        Assert.Equal(0, (await Done(client, "retention")).GetProperty("result").GetProperty("runs").GetInt32());
        Assert.NotNull(await server.Workspace.Scores.LatestRunAsync(cancellation: Cancellation));
    }

    [Fact]
    public async Task A_run_that_cannot_be_done_fails_with_its_reason_and_is_not_tried_again()
    {
        await using var server = await RunningServer.Start(company.Copy());
        using var client = server.Client(server.Key(Scopes.Admin));
        using var started = await client.PostAsJsonAsync("/api/v1/runs", new { kind = "rescoring", asOf = "1999-12-31" }, Cancellation);
        var run = await Ended(client, started.Headers.Location!);
        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Contains("1999-12-31", run.GetProperty("fault").GetString(), StringComparison.Ordinal);
        using var cancelled = await client.PostAsync(started.Headers.Location + "/cancel", null, Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, cancelled.StatusCode);
    }

    [Theory]
    [InlineData("{}", "kind")]
    [InlineData("{\"kind\":\"retention\",\"asOf\":\"2026-01-01\"}", "asOf")]
    [InlineData("{\"kind\":\"dancing\"}", "invalid-request")]
    public async Task What_cannot_be_started_is_refused(string body, string named)
    {
        await using var server = await RunningServer.Start();
        using var client = server.Client(server.Key(Scopes.Admin));
        using var answer = await client.PostAsync("/api/v1/runs", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(named, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/v1/runs?kind=dancing", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/v1/runs?take=0", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/v1/runs/77", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync("/api/v1/runs/77/cancel", null, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task The_dashboard_of_jobs_is_for_administrators_and_tells_no_connection_string()
    {
        await using var server = await RunningServer.Start();
        using var stranger = server.Client();
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(JobSetup.DashboardPath, Cancellation)).StatusCode);
        using var reader = server.Client(server.Key($"{Scopes.ScoresRead} {Scopes.ModelsManage}"));
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync(JobSetup.DashboardPath, Cancellation)).StatusCode);
        using var admin = server.Client(server.Key(Scopes.Admin));
        foreach (var page in (string[])["", "/recurring", "/jobs/succeeded", "/servers"])
        {
            using var answer = await admin.GetAsync(JobSetup.DashboardPath + page, Cancellation);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain(server.Folder, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_missed_night_is_caught_up_at_start_and_only_once()
    {
        var folder = company.Copy();
        var clock = new TurnedClock(new DateTimeOffset(2030, 1, 15, 8, 0, 0, TimeSpan.Zero));
        for (var start = 0; start < 2; start++)
        {
            await using var server = await RunningServer.Start(folder, UseClock, "ForecastEngine:Jobs:Schedule=true", "ForecastEngine:Jobs:TimeZone=UTC");
            if (start == 0) await Until(() => server.Workspace.Jobs.LastSuccess(JobKind.Rescoring) is not null);
            Assert.Equal("start", Assert.Single(server.Workspace.Jobs.List(JobKind.Rescoring)).RequestedBy);
        }
        clock.Advance(TimeSpan.FromDays(1));
        await using var nextDay = await RunningServer.Start(folder, UseClock, "ForecastEngine:Jobs:Schedule=true", "ForecastEngine:Jobs:TimeZone=UTC");
        await Until(() => nextDay.Workspace.Jobs.LastSuccess(JobKind.Rescoring) >= clock.GetUtcNow());
        Assert.Equal(2, nextDay.Workspace.Jobs.List(JobKind.Rescoring).Count);

        void UseClock(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(clock);
    }

    [Fact]
    public async Task What_was_interrupted_goes_on_at_the_next_start()
    {
        var folder = company.Copy();
        long id;
        using (var workspace = Workspace.Open(folder, TimeProvider.System))
        {
            id = workspace.Jobs.Request(JobKind.Rescoring, null, "before the crash", workspace.Clock.GetUtcNow()).Job.Id;
            workspace.Jobs.Begin(id, workspace.Clock.GetUtcNow());
        }
        await using var server = await RunningServer.Start(folder);
        await Until(() => server.Workspace.Jobs.Find(id)!.Status == JobStatus.Succeeded);
    }

    [Fact]
    public async Task A_run_that_was_interrupted_goes_on_with_its_finished_parts_though_an_event_came_in()
    {
        var folder = company.Copy();
        long id;
        RescoringRun run;
        using (var workspace = Workspace.Open(folder, TimeProvider.System))
        {
            var published = (await workspace.Scores.LatestRunAsync(cancellation: Cancellation))!;
            var deal = (await workspace.Scores.ScoresAsync(published.Id, new ScoreFilter { Take = 1 }, Cancellation)).Scores[0].OpportunityId;
            var amount = 0;
            Push();
            id = workspace.Jobs.Request(JobKind.Rescoring, null, "before the crash", workspace.Clock.GetUtcNow()).Job.Id;
            workspace.Jobs.Begin(id, workspace.Clock.GetUtcNow());
            run = RescorePipeline.Begin(workspace, null, new() { OpportunitiesPerPart = 100 });
            workspace.Jobs.Plan(id, run.Id, workspace.Clock.GetUtcNow());
            Assert.True(run.Parts > 2);
            Assert.True(RescorePipeline.ScorePart(workspace, run.Id, 0, cancellation: Cancellation));
            Push();

            void Push() => Assert.Single(ApplyEvents.Run(workspace, [() => Crm.Events.CloudEvent.From("1.0", $"{++amount}", "crm", "opportunity.changed", published.DataExportedAt.ToString("O"), deal, JsonDocument.Parse($"{{\"amount\":{amount}}}").RootElement)], null, Cancellation).Touched);
        }
        await using var server = await RunningServer.Start(folder);
        await Until(() => !server.Workspace.Jobs.Find(id)!.IsActive);
        var job = server.Workspace.Jobs.Find(id)!;
        Assert.Equal((JobStatus.Succeeded, run.Id), (job.Status, job.RescoringRunId));
        Assert.Equal(run.Id, (await server.Workspace.Scores.LatestRunAsync(cancellation: Cancellation))!.Id);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<JsonElement> Done(HttpClient client, string kind)
    {
        using var started = await client.PostAsJsonAsync("/api/v1/runs", new { kind }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        var run = await Ended(client, started.Headers.Location!);
        Assert.True(run.GetProperty("status").GetString() == "succeeded", run.ToString());
        return run;
    }

    private static async Task<JsonElement> Ended(HttpClient client, Uri location)
    {
        for (var attempt = 0; attempt < 1200; attempt++)
        {
            var run = await client.GetFromJsonAsync<JsonElement>(location, Cancellation);
            if (run.GetProperty("status").GetString() is not ("queued" or "running")) return run;
            await Task.Delay(100, Cancellation);
        }
        throw new TimeoutException($"{location} did not end.");
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var attempt = 0; !holds(); attempt++)
        {
            if (attempt > 1200) throw new TimeoutException();
            await Task.Delay(100, Cancellation);
        }
    }
}
