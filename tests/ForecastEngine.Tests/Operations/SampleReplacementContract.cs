using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Events;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Leakage;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Operations;

/// <summary>The sample gives way to the first export of the user's own, and nothing else does; on both databases.</summary>
public abstract class SampleReplacementContract(OperationsWorld world)
{
    private static readonly DateTimeOffset Noon = SampleFacts.ExportedAt.AddHours(12);

    private static readonly ScoringOptions Scoring = new() { ExplainTop = 5, Threads = 2 };

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task The_first_own_export_leaves_nothing_of_the_sample_and_touches_nothing_else()
    {
        await using var test = await Fresh();
        using var site = new Site(test);
        var (workspace, token) = (site.Workspace, TestContext.Current.CancellationToken);
        var sample = ImportSample.Run(workspace, world.Early, site.Map, cancellation: token);
        Assert.Null(sample.Notice);
        var trained = TrainModels.Run(workspace, null, LeakWorld.Quick, null, token);
        Assert.True(trained.Card.IsSample);
        var run = (await RescorePipeline.Run(workspace, null, Scoring, null, token)).Run;
        var begun = RescorePipeline.Begin(workspace, OperationsWorld.EarlyDay.AddDays(1), Scoring with { OpportunitiesPerPart = 200 });
        RescorePipeline.ScorePart(workspace, begun.Id, 0, Scoring, null, token);
        workspace.Backtests.Add(new BacktestRecord { MadeAt = site.Workspace.Clock.GetUtcNow(), DataExportedAt = site.Workspace.Clock.GetUtcNow(), Windows = 1, Options = "{}", Summary = "{}", Report = "{}" });
        var other = workspace.Models.Get(trained.Card.Version);
        workspace.Models.Add(other.Files, other.Card with { Version = "foreign", IsSample = false });
        workspace.Keys.Add(new ApiKey { Id = "k", Name = "CRM", Scopes = "admin", Hash = [1], CreatedAt = site.Workspace.Clock.GetUtcNow(), CreatedBy = "test" });

        // The same files, by whatever door, are the sample still.
        Assert.False(ImportCrm.Run(workspace, world.Early, site.Map, cancellation: token).Added.ReplacedSample);
        Assert.False(ImportSample.Run(workspace, world.Early, site.Map, cancellation: token).Added.ReplacedSample);
        Assert.NotNull(workspace.History.Sample());
        Assert.Equal(trained.Card.Version, workspace.Models.State.Champion);

        using (var stop = new CancellationTokenSource())
            Assert.ThrowsAny<OperationCanceledException>(() => ImportCrm.Run(workspace, world.Late, site.Map, null, new Told("opportunities", stop.Cancel), stop.Token));
        Assert.Equal(run, await workspace.Scores.LatestRunAsync(null, token));
        Assert.Equal(trained.Card.Version, workspace.Models.State.Champion);

        var own = ImportCrm.Run(workspace, world.Late, site.Map, cancellation: token);
        Assert.StartsWith("The sample was replaced by this export", own.Notice, StringComparison.Ordinal);
        await using var untouched = await Fresh();
        using var alone = new Site(untouched);
        ImportCrm.Run(alone.Workspace, world.Late, site.Map, cancellation: token);
        Assert.Equal(HistoryHash.Of(alone.Workspace.History.Load(null, token)), HistoryHash.Of(workspace.History.Load(null, token)));
        Assert.Equal(own.Added.RunId, Assert.Single(workspace.History.Imports()).Id);
        Assert.Null(workspace.History.Sample());
        Assert.Null(await workspace.Scores.LatestRunAsync(null, token));
        Assert.Null(workspace.Scores.Find(begun.Id));
        foreach (var table in (string[])["opportunity_scores", "revenue_forecasts", "rescoring_parts", "rescoring_runs", "backtests"]) Assert.Equal(0, test.Count(table));
        Assert.Equal(["foreign"], workspace.Models.List());
        Assert.Null(workspace.Models.State.Champion);
        Assert.Single(workspace.Keys.List());

        Assert.Null(ImportCrm.Run(workspace, world.Early, site.Map, cancellation: token).Notice);
        Assert.Contains("found data of your own", Assert.Throws<StorageException>(() => ImportSample.Run(alone.Workspace, world.Early, site.Map, cancellation: token)).Message, StringComparison.Ordinal);
        var next = TrainModels.Run(workspace, null, LeakWorld.Quick, null, token);
        Assert.False(next.Card.IsSample);
        Assert.Equal(next.Card.Version, workspace.Models.State.Champion);
        Assert.True((await RescorePipeline.Run(workspace, null, Scoring, null, token)).Run.ScoreCount > 0);
    }

    [Fact]
    public async Task A_version_that_is_being_trained_when_the_sample_goes_is_trained_anew_on_what_came()
    {
        await using var test = await Fresh();
        using var site = new Site(test);
        var (workspace, token) = (site.Workspace, TestContext.Current.CancellationToken);
        ImportSample.Run(workspace, world.Early, site.Map, cancellation: token);
        var trained = TrainModels.Run(workspace, null, LeakWorld.Quick, new Told("Training win probability", () => ImportCrm.Run(workspace, world.Late, site.Map)), token);
        Assert.False(trained.Card.IsSample);
        Assert.Equal(HistoryHash.Of(workspace.History.Load(AsOf.EndOf(trained.Card.DataUntil), token)), trained.Card.DataHash);
        Assert.Equal([trained.Card.Version], workspace.Models.List());
        Assert.Equal(trained.Card.Version, workspace.Models.State.Champion);
    }

    [Fact]
    public async Task Deals_that_the_CRM_pushed_stay_with_what_was_told_of_them()
    {
        await using var test = await Fresh();
        var sample = SampleFacts.Create(20, seed: 1);
        test.History.Import(sample, SampleFacts.Run with { SourceHash = "sample", IsSample = true }, []);
        var (stage, next) = (sample.Stages[0].Name, sample.Stages[1].Name);
        var events = new EventStore(test.Database).Take(
        [
            Event("1", "opportunity.created", "NEW", 0, $$"""{"stage":"{{stage}}","amount":10}"""), Event("2", "opportunity.changed", "NEW", 1, $$"""{"stage":"{{next}}"}"""),
            Event("3", "opportunity.changed", sample.Opportunities[0].Id, 2, """{"amount":77}"""), Event("4", "opportunity.activity", sample.Opportunities[1].Id, 3, """{"kind":"Call"}"""),
        ], new TurnedClock(Noon.AddDays(1)), null, TestContext.Current.CancellationToken);
        Assert.All(events.Outcomes, o => Assert.Null(o.Fault));
        test.History.Append(new CrmFacts { Currency = "EUR", ExportedAt = SampleFacts.ExportedAt, Stages = [], Quotas = [Quota(null, 1), Quota("T1", 2)] }, SampleFacts.Run with { MapName = SetQuotas.MapName, SourceHash = "" });

        var own = new CrmFacts
        {
            Currency = "USD", ExportedAt = SampleFacts.ExportedAt.AddDays(-30), Stages = [new("Open", 0, StageKind.Open), new("Done", 1, StageKind.Won), new("Gone", 2, StageKind.Lost)],
            Opportunities = [sample.Opportunities[0] with { Name = "own", Stage = "Open" }],
        };
        var result = test.History.Import(own, SampleFacts.Run with { SourceHash = "own" }, []);
        Assert.Equal((true, new EntityCounts(1, 0, 0, 0)), (result.ReplacedSample, result.Opportunities));
        var history = test.History.Load();
        Assert.Equal([sample.Opportunities[0].Id, "NEW"], history.Opportunities.Select(o => o.Id).Order(StringComparer.Ordinal));
        Assert.Equal("own", history.Opportunities[history.IndexOf(sample.Opportunities[0].Id)].Name);
        Assert.Equal((stage, next), history.ChangesOf(history.IndexOf("NEW")).ToArray().Select(c => (c.OldValue, c.NewValue)).Single());
        Assert.Empty(history.ChangesOf(history.IndexOf(sample.Opportunities[0].Id)).ToArray());
        Assert.Equal(["Done", "Gone", stage, next, "Open"], history.Stages.Select(s => s.Name).Order(StringComparer.Ordinal));
        Assert.Equal(1m, Assert.Single(history.Quotas).Amount);
        Assert.Equal(("USD", Noon.AddMinutes(1)), (history.Currency, history.ExportedAt));
        Assert.Equal(2, test.Count("event_inbox"));
        foreach (var table in (string[])["activities", "leads", "accounts", "products", "line_items", "sales_reps", "teams"]) Assert.Equal(0, test.Count(table));

        static Quota Quota(string? team, decimal amount) => new(team, null, new(2026, 1, 1), new(2026, 12, 31), amount, SampleFacts.ExportedAt);
    }

    private static CrmEvent Event(string id, string type, string deal, int minutes, string data) => CrmEventReader.Read(
        CloudEvent.From("1.0", id, "crm", type, Noon.AddMinutes(minutes).ToString("O"), deal, JsonDocument.Parse(data).RootElement), Noon.AddDays(1));

    /// <summary>Does something the first time a step is told.</summary>
    private sealed class Told(string step, Action act) : IProgress<OperationProgress>
    {
        private bool _isDone;

        public void Report(OperationProgress value)
        {
            if (_isDone || !value.Step.StartsWith(step, StringComparison.Ordinal)) return;
            _isDone = true;
            act();
        }
    }

    private sealed class Site : IDisposable
    {
        public Site(TestDatabase database) => Workspace = Workspace.Open(Directory.CreateTempSubdirectory("forecast-site-").FullName, new TurnedClock(), database.Options.Location);

        public Workspace Workspace { get; }
        public Crm.Import.ImportMap Map { get; } = TestExport.Load("forecastengine");

        public void Dispose()
        {
            Workspace.Dispose();
            Directory.Delete(Workspace.Folder, recursive: true);
        }
    }
}

public sealed class SqliteSampleReplacementTests(OperationsWorld world) : SampleReplacementContract(world)
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresSampleReplacementTests(OperationsWorld world, PostgresServer server) : SampleReplacementContract(world)
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
