using System.Globalization;
using ForecastEngine.Operations;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Server.Security;
using ForecastEngine.Server.Tests.Webhooks;
using ForecastEngine.Server.Webhooks;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Server.Tests.Jobs;

/// <summary>
/// Two server processes on one real PostgreSQL. By hand at size: FORECASTENGINE_TEST_DEALS open deals (200000),
/// FORECASTENGINE_TEST_KILLS kills at random moments (10).
/// </summary>
public sealed class SeveralProcessesTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(Setting("FORECASTENGINE_TEST_DEALS", 0) > 0 ? 1800 : 240);
    private SharedCompany? _company;

    public static IEnumerable<TheoryDataRow<int>> Kills => Enumerable.Range(1, Setting("FORECASTENGINE_TEST_KILLS", 2)).Select(i => new TheoryDataRow<int>(i));

    public async ValueTask InitializeAsync() => _company = await Company(server);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task A_run_whose_process_is_killed_in_the_middle_is_finished_by_the_other(int seed)
    {
        var database = await _company!.Copy();
        using var first = await Start(database);
        using var second = await Start(database);
        using var workspace = SharedCompany.Open(database);
        var before = (await workspace.Scores.LatestRunAsync())!;
        await using var reader = new RunReader(database);

        // The test itself holds every fourth part: however fast the machine, the run cannot end before the kill.
        var run = RescorePipeline.Begin(workspace, null, new() { OpportunitiesPerPart = _company.OpportunitiesPerPart });
        var held = Enumerable.Range(0, run.Parts).Where(p => p % 4 == 3).Select(p => workspace.Leases.Take(RescoringJob.Turn(run.Id, $"part {p}"), "the test", Patience)!).ToList();
        var job = SharedCompany.Desk(workspace).Request(JobKind.Rescoring, null, "test");
        var draws = CounterRandom.For(seed, 1, 1);
        var wanted = 1 + (int)(draws.Uniform() * (run.Parts - held.Count - 1));
        await Until(() => run.Parts - workspace.Scores.MissingParts(run.Id).Count >= wanted, "parts are written");
        (draws.Uniform() < 0.5 ? first : second).Kill();
        var done = run.Parts - workspace.Scores.MissingParts(run.Id).Count;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Killed with {done} of {run.Parts} parts written."));
        Assert.InRange(done, wanted, run.Parts - held.Count);
        Assert.Equal((true, run.Id), workspace.Jobs.Find(job.Id) is { } under ? (under.IsActive, under.RescoringRunId) : default);
        foreach (var lease in held) workspace.Leases.Release(lease);

        await UntilSucceeded(workspace, job.Id, first, second);
        Assert.Equal(run.Id, (await OneWholeRun(workspace, before, reader)).Id);
    }

    [Fact]
    public async Task A_process_that_is_told_to_stop_leaves_its_part_to_the_other_at_once()
    {
        var database = await _company!.Copy();
        using var first = await Start(database);
        using var second = await Start(database);
        using var workspace = SharedCompany.Open(database);
        var before = (await workspace.Scores.LatestRunAsync())!;
        await using var reader = new RunReader(database);
        var job = SharedCompany.Desk(workspace).Request(JobKind.Rescoring, null, "test");
        await UntilPlanned(workspace, job.Id);
        Assert.InRange(first.Stop(), TimeSpan.Zero, TimeSpan.FromSeconds(40));
        await UntilSucceeded(workspace, job.Id, first, second);
        await OneWholeRun(workspace, before, reader);
    }

    [Fact]
    public async Task Processes_that_start_at_once_on_an_empty_database_get_by()
    {
        var database = await server.NewDatabase();
        var started = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ServerProcess.Start(database)));
        foreach (var process in started)
        {
            Assert.DoesNotContain("23505", process.Log, StringComparison.Ordinal);
            Assert.DoesNotContain("fail:", process.Log, StringComparison.Ordinal);
            process.Dispose();
        }
    }

    [Fact]
    public async Task The_same_night_asked_for_twice_and_by_two_schedulers_at_once_is_one_run()
    {
        var database = await _company!.Copy();
        using var first = await Start(database);
        using var second = await Start(database);
        using var workspace = SharedCompany.Open(database);
        var before = (await workspace.Scores.LatestRunAsync())!;
        await using var reader = new RunReader(database);
        var desk = SharedCompany.Desk(workspace);
        var asked = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => desk.Request(JobKind.Rescoring, null, $"scheduler {i}"))));
        Assert.Single(asked.Select(j => j.Id).Distinct());
        // Delivered more than once, as a queue that promises "at least once" may do.
        for (var i = 0; i < 3; i++) desk.HandOut(asked[0]);
        // And by the date itself, which is another job but the same run.
        var byDate = desk.Request(JobKind.Rescoring, before.AsOf, "by date");
        await UntilSucceeded(workspace, asked[0].Id, first, second);
        await UntilSucceeded(workspace, byDate.Id, first, second);
        var run = await OneWholeRun(workspace, before, reader);

        var again = desk.Request(JobKind.Rescoring, null, "the next scheduler");
        await UntilSucceeded(workspace, again.Id, first, second);
        Assert.Equal(run, await workspace.Scores.LatestRunAsync());
    }

    [Fact]
    public async Task A_run_survives_a_restart_of_the_database_in_its_middle()
    {
        await using var own = new PostgresServer();
        await using var company = await SharedCompany.Create(own, Setting("FORECASTENGINE_TEST_DEALS", 600));
        var database = await company.Copy();
        using var first = await Start(database, company);
        using var second = await Start(database, company);
        using var workspace = SharedCompany.Open(database);
        var before = (await workspace.Scores.LatestRunAsync())!;
        await using var reader = new RunReader(database);
        var job = SharedCompany.Desk(workspace).Request(JobKind.Rescoring, null, "test");
        var runId = await UntilPlanned(workspace, job.Id);
        var parts = workspace.Scores.Find(runId)!.Parts;
        await Until(() => parts - workspace.Scores.MissingParts(runId).Count >= parts / 3, "a third of the parts is written");
        own.Restart();
        await UntilSucceeded(workspace, job.Id, first, second);
        await OneWholeRun(workspace, before, reader, company);
    }

    [Fact]
    public async Task What_an_event_changed_is_told_once_by_two_processes_that_look_for_the_same_at_the_same_time()
    {
        await using var receiver = await WebhookReceiver.Start();
        receiver.Answer = _ => Task.Delay(30, TestContext.Current.CancellationToken);
        var database = await _company!.Copy();
        // Each looks so often that it is at what the other took, too.
        string[] settings = ["Webhooks:AllowPrivate=true", "Webhooks:Poll=00:00:00.050", "Jobs:Workers=0"];
        using var first = await Start(database, settings: settings);
        using var second = await Start(database, settings: settings);
        using var workspace = SharedCompany.Open(database);
        await Until(() => workspace.Webhooks.LastAnnounced() is not null, "the published run is told");
        var run = (await workspace.Scores.LatestRunAsync())!;
        workspace.Webhooks.Put(new WebhookEndpoint { Id = "crm", Url = receiver.Url, Types = "score.moved", LeastMove = 0, Secret = WebhookSignature.NewSecret(), CreatedAt = workspace.Clock.GetUtcNow() });
        var key = NewKeys.Compose("test", [Scopes.DataWrite], null, null, "test", DateTimeOffset.UnixEpoch);
        workspace.Keys.Add(key.Key);
        using var client = new HttpClient { DefaultRequestHeaders = { { "X-Api-Key", key.Text } } };
        var deals = (await workspace.Scores.ScoresAsync(run.Id, new ScoreFilter { Take = 24 })).Scores.Select(s => s.OpportunityId).ToList();
        var answers = await Task.WhenAll(deals.Select((deal, i) => client.PostAsync(new Uri((i % 2 == 0 ? first : second).Address, "/api/v1/events"), new StringContent(
            $$$"""{"specversion":"1.0","id":"{{{i}}}","source":"crm","type":"opportunity.closed","time":"{{{run.DataExportedAt:O}}}","subject":"{{{deal}}}","data":{"outcome":"{{{(i % 3 == 0 ? "won" : "lost")}}}"}}""",
            System.Text.Encoding.UTF8, "application/cloudevents+json"), TestContext.Current.CancellationToken)));
        Assert.All(answers, a => Assert.True(a.IsSuccessStatusCode, a.ToString()));
        await Until(() => workspace.Events.Unscored(DateTimeOffset.MaxValue).Count == 0 && workspace.Webhooks.Deliveries("crm", DeliveryStatus.Pending).Count == 0, "all is told");
        Assert.All(workspace.Webhooks.Deliveries("crm"), d => Assert.Equal((DeliveryStatus.Delivered, 1), (d.Status, d.Attempts)));
        var told = receiver.Received.SelectMany(m => System.Text.Json.JsonDocument.Parse(m.Body).RootElement.GetProperty("data").GetProperty("moves").EnumerateArray().Select(move => move.GetProperty("opportunityId").GetString()!)).ToList();
        Assert.Equal(deals.Order(), told.Order());
        Assert.Equal(receiver.Received.Count, receiver.Received.Select(m => m.Id).Distinct().Count());
    }

    [Fact]
    public async Task A_process_without_workers_takes_nothing_and_a_stopped_job_publishes_nothing()
    {
        var database = await _company!.Copy();
        using var idle = await Start(database, settings: "Jobs:Workers=0");
        using var workspace = SharedCompany.Open(database);
        var before = (await workspace.Scores.LatestRunAsync())!;
        var desk = SharedCompany.Desk(workspace);
        var job = desk.Request(JobKind.Rescoring, null, "test");
        await Task.Delay(3000, TestContext.Current.CancellationToken);
        Assert.Equal(JobStatus.Queued, workspace.Jobs.Find(job.Id)!.Status);
        Assert.Equal(JobStatus.Cancelled, desk.Cancel(job.Id)!.Status);

        using var working = await Start(database);
        var next = desk.Request(JobKind.Rescoring, null, "test");
        await UntilPlanned(workspace, next.Id);
        desk.Cancel(next.Id);
        await Until(() => !workspace.Jobs.Find(next.Id)!.IsActive, "the job has ended");
        if (workspace.Jobs.Find(next.Id)!.Status == JobStatus.Cancelled) Assert.Equal(before, await workspace.Scores.LatestRunAsync());

        // What was scored before it was stopped is kept: the same run goes on.
        var last = desk.Request(JobKind.Rescoring, null, "test");
        await UntilSucceeded(workspace, last.Id, working);
        Assert.Equal(workspace.Jobs.Find(next.Id)!.RescoringRunId, workspace.Jobs.Find(last.Id)!.RescoringRunId);
        Assert.Equal(_company.Expected, await RunContents.Of(workspace, (await workspace.Scores.LatestRunAsync())!));
    }

    private Task<ServerProcess> Start(string database, SharedCompany? company = null, params string[] settings) =>
        ServerProcess.Start(database, [$"Jobs:OpportunitiesPerPart={(company ?? _company!).OpportunitiesPerPart}", .. settings]);

    private async Task<RescoringRun> OneWholeRun(Workspace workspace, RescoringRun before, RunReader reader, SharedCompany? company = null)
    {
        var run = Assert.Single(await workspace.Scores.RunsAsync());
        Assert.NotEqual(before.Id, run.Id);
        await Until(() => reader.Runs.Contains(run.Id), "the reader has seen the new run");
        await reader.Stop();
        Assert.Empty(reader.Faults);
        Assert.Subset(new HashSet<long> { before.Id, run.Id }, reader.Runs);
        var contents = await RunContents.Of(workspace, run);
        Assert.Equal(contents.Scores, contents.DistinctDeals);
        Assert.Equal((company ?? _company!).Expected, contents);
        return run;
    }

    private static async Task<long> UntilPlanned(Workspace workspace, long jobId)
    {
        await Until(() => workspace.Jobs.Find(jobId) is { RescoringRunId: not null } or { IsActive: false }, "the run is planned");
        return workspace.Jobs.Find(jobId)!.RescoringRunId!.Value;
    }

    private static async Task UntilSucceeded(Workspace workspace, long jobId, params ServerProcess[] servers)
    {
        try
        {
            await Until(() => !workspace.Jobs.Find(jobId)!.IsActive, "the job has ended");
        }
        catch (TimeoutException fault)
        {
            Assert.Fail($"{fault.Message}\n{workspace.Jobs.Find(jobId)}\n{string.Join("\n----\n", servers.Select(s => s.Log))}");
        }
        var job = workspace.Jobs.Find(jobId)!;
        Assert.True(job.Status == JobStatus.Succeeded, job.ToString());
    }

    private static async Task Until(Func<bool> holds, string what)
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (holds()) return;
            }
            catch (Exception fault) when (fault is System.Data.Common.DbException or IOException && since.Elapsed < Patience)
            {
                // The database is being restarted.
            }
            if (since.Elapsed > Patience) throw new TimeoutException($"Waited {Patience} until {what}.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private static readonly SemaphoreSlim Turn = new(1);
    private static SharedCompany? s_company;

    private static async Task<SharedCompany> Company(PostgresServer server)
    {
        await Turn.WaitAsync();
        try
        {
            return s_company ??= await SharedCompany.Create(server, Setting("FORECASTENGINE_TEST_DEALS", 600));
        }
        finally
        {
            Turn.Release();
        }
    }
}
