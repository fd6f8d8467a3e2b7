using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Import;

namespace ForecastEngine.Tests.Storage;

/// <summary>Sales pipelines, on both databases.</summary>
public abstract class SalesPipelineContract
{
    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task Pipelines_stages_and_quotas_come_back_as_they_went_in()
    {
        await using var test = await Fresh();
        var sample = SampleFacts.Create(6);
        var facts = sample with
        {
            Pipelines = [new("Main", PipelineKind.NewBusiness), new("Žig (x)", PipelineKind.Expansion)],
            Stages = [.. sample.Stages.Select(s => s with { Pipeline = "Main" }), new("Won (Žig (x))", 1, StageKind.Won, 1, "Žig (x)"), new("In", 0, StageKind.Open, null, "Žig (x)")],
            Quotas = [.. sample.Quotas, sample.Quotas[^1] with { Pipeline = "Main", Amount = 8m }],
        };
        test.History.Append(facts, SampleFacts.Run);
        var stored = test.History.Load();
        Assert.Equal(SampleFacts.Lines(new CrmHistory(facts)), SampleFacts.Lines(stored));
        Assert.Equal(facts.Pipelines, stored.Pipelines);
        Assert.Equal("Won", stored.FindStage("Won (Žig (x))")!.Label);
        Assert.Equal(HistoryHash.Of(new CrmHistory(facts)), HistoryHash.Of(stored));
        Assert.NotEqual(HistoryHash.Of(new CrmHistory(sample)), HistoryHash.Of(stored));
        Assert.True(new EventStore(test.Database).Deals([SampleFacts.DealId(1)]).HasPipelines);
        var again = test.History.Append(facts, SampleFacts.Run);
        Assert.Equal((0, 0), (again.Total().Added, again.Total().Updated));
    }

    [Fact]
    public async Task A_deal_that_a_map_leaves_out_is_not_gone_from_a_whole_export()
    {
        await using var test = await Fresh();
        const string columns = "Record ID,Create Date,Deal Stage,Pipeline,Amount,Close Date";
        using var export = new TestExport { Map = ImportMap.Parse(SalesPipelineTests.Map) }
            .With("deals.csv", columns, "1,2026-01-01,Closed Won,Sales,10,2026-02-01", "2,2026-01-01,Contract,Sales,20,", "3,2026-01-01,Contract,Sales,30,");
        test.History.Import(export.Read().Facts, SampleFacts.Run, []);
        export.With("deals.csv", columns, "1,2026-01-01,Closed Won,Onboarding,10,2026-02-01", "2,2026-01-01,Contract,Sales,20,");
        export.Options = ImportOptions.Default with { ExportedAt = new DateTimeOffset(2026, 3, 9, 0, 0, 0, TimeSpan.Zero), IsWhole = true, MaxRemovedShare = 1 };
        var result = test.History.Import(export.Read().Facts, SampleFacts.Run, [], export.Options);
        Assert.Equal([(CorrectionKind.Missing, 1)], result.Corrections.Select(c => (c.Kind, c.Count)));
        var history = test.History.Load();
        Assert.Equal([null, null, OpportunityField.Missing], Enumerable.Range(0, 3).Select(i => history.GoneAt(i, AsOf.EndOfTime)));
        Assert.True(Closing.Final(history, 0)!.Won);
    }

    [Fact]
    public async Task Scores_can_be_asked_for_by_pipeline()
    {
        await using var test = await Fresh();
        var sample = SampleFacts.Create(2);
        test.History.Append(sample with { Pipelines = [new("Main", PipelineKind.NewBusiness), new("More", PipelineKind.Expansion)],
            Stages = [.. sample.Stages.Select((s, i) => s with { Pipeline = i == 0 ? "More" : "Main" })] }, SampleFacts.Run);
        var run = test.Scores.Publish(new RescoringRun
        {
            AsOf = new(2026, 3, 1), AsOfAt = SampleFacts.ExportedAt, ModelVersion = "m", Seed = 1, DataExportedAt = SampleFacts.ExportedAt, StartedAt = SampleFacts.ExportedAt,
        }, [.. ((string?[])["Lead in", "Offer", "Offer", null]).Select((stage, i) => new ScoreRow
        {
            OpportunityId = $"D{i}", Stage = stage, Rung = "OwnModel", WinProbability = 0.5, ExpectedAmount = 1, AmountLow = 1, AmountHigh = 1, ExpectedRevenue = 1,
        })], [], SampleFacts.ExportedAt);
        Assert.Equal(["D1", "D2"], (await test.Scores.ScoresAsync(run.Id, new ScoreFilter { Pipeline = "Main" })).Scores.Select(s => s.OpportunityId));
        Assert.Equal(1, (await test.Scores.ScoresAsync(run.Id, new ScoreFilter { Pipeline = "More" })).Total);
        Assert.Empty((await test.Scores.ScoresAsync(run.Id, new ScoreFilter { Pipeline = "None" })).Scores);
    }
}

public sealed class SqliteSalesPipelineTests : SalesPipelineContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresSalesPipelineTests(PostgresServer server) : SalesPipelineContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
