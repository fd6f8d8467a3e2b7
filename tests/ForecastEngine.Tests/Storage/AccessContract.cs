using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>What the stores of keys, the audit log and adjustments promise, and paging through scores, on both databases.</summary>
public abstract class AccessContract
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 2, 0, 0, TimeSpan.Zero);

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task A_key_is_read_back_rotated_touched_and_revoked()
    {
        await using var test = await Fresh();
        var store = new ApiKeyStore(test.Database);
        Assert.True(store.AddFirst(Key("a")));
        Assert.False(store.AddFirst(Key("b")));
        store.Add(Key("b") with { TeamId = SampleFacts.Nasty, ExpiresAt = At.AddDays(1) });
        Assert.Equal(["a", "b"], store.List().Select(k => k.Id));
        var key = store.Find("b")!;
        Assert.Equal((SampleFacts.Nasty, At.AddDays(1), null, 3), (key.TeamId, key.ExpiresAt, key.RevokedAt, key.Hash.Length));
        Assert.Null(store.Find("c"));

        Assert.Equal([9, 9], store.Rotate("b", [9, 9], At.AddHours(1))!.Hash);
        Assert.Equal([1, 2, 3], store.Find("b")!.PreviousHash!);
        Assert.Null(store.Rotate("c", [9], At));
        store.Touch(new Dictionary<string, DateTimeOffset> { ["a"] = At.AddHours(2), ["c"] = At });
        store.Touch(new Dictionary<string, DateTimeOffset> { ["a"] = At.AddHours(1) });
        Assert.Equal(At.AddHours(2), store.Find("a")!.LastUsedAt);
        Assert.True(store.Revoke("a", At.AddHours(3)));
        Assert.True(store.Revoke("a", At.AddHours(4)));
        Assert.False(store.Revoke("c", At));
        Assert.Equal(At.AddHours(3), store.Find("a")!.RevokedAt);
        Assert.Null(store.Rotate("a", [9], At));
    }

    [Fact]
    public async Task Of_several_first_keys_at_once_one_is_added()
    {
        await using var test = await Fresh();
        var store = new ApiKeyStore(test.Database);
        var added = await AtOnce.Run(4, i => store.AddFirst(Key($"k{i}")));
        Assert.Single(added, a => a);
        Assert.Single(store.List());
    }

    [Fact]
    public async Task The_audit_log_and_calls_come_last_first()
    {
        await using var test = await Fresh();
        var (audit, calls) = (new AuditLog(test.Database), new AdjustmentStore(test.Database));
        for (var i = 0; i < 5; i++) audit.Add(new AuditEntry { At = At, Actor = "a", Action = $"x{i}", Subject = SampleFacts.Nasty, Details = "{\"n\":1}" });
        Assert.Equal(["x4", "x3"], audit.Read(2).Select(e => e.Action));
        Assert.Equal(["x2", "x1", "x0"], audit.Read(9, audit.Read(2)[1].Id).Select(e => e.Action));

        var call = new ForecastAdjustment
        {
            Dimension = "Team", Key = "T1", PeriodFrom = new(2026, 4, 1), PeriodUntil = new(2026, 6, 30), AsOf = new(2026, 3, 1), ForecastMean = 0.1, Amount = 1234567.89m,
            Note = SampleFacts.Nasty, Author = "a", At = At,
        };
        var (first, second) = (calls.Add(call), calls.Add(call with { Amount = null, ForecastMean = null }));
        calls.Add(call with { Dimension = "Owner" });
        Assert.Equal([second, first], calls.List("Team"));
        Assert.Equal(3, calls.List(null, new(2026, 6, 30), new(2026, 6, 30)).Count);
        Assert.Empty(calls.List(null, new(2026, 7, 1)));
        Assert.Empty(calls.List(null, null, new(2026, 3, 31)));
    }

    [Fact]
    public async Task Pages_follow_each_other_in_every_order_without_gap_or_repetition()
    {
        await using var test = await Fresh();
        var scores = Enumerable.Range(0, 60).Select(i => new ScoreRow
        {
            OpportunityId = $"{"oOČ"[i % 3]}{i:00}", TeamId = i % 2 == 0 ? "T0" : "T1", Rung = "own model", WinProbability = i % 7 / 7.0, ExpectedAmount = i % 5 / 3.0, AmountLow = 0, AmountHigh = 1,
            ExpectedRevenue = i % 4 * 0.1, CloseOn = i % 6 == 0 ? null : new DateOnly(2026, 4, 1).AddDays(i % 8),
        }).ToList();
        var run = test.Scores.Publish(new RescoringRun { AsOf = new(2026, 3, 1), AsOfAt = At, ModelVersion = "m", Seed = 1, DataExportedAt = At, StartedAt = At }, scores, [], At);
        foreach (var order in Enum.GetValues<ScoreOrder>())
            foreach (var descending in new[] { false, true })
            {
                var filter = new ScoreFilter { OrderBy = order, Descending = descending };
                var whole = (await test.Scores.ScoresAsync(run.Id, filter)).Scores.Select(s => s.OpportunityId).ToList();
                var paged = new List<string>();
                for (ScoreMark? after = null; ;)
                {
                    var page = await test.Scores.PageAsync(run.Id, filter with { After = after, Take = 7 });
                    paged.AddRange(page.Select(s => s.OpportunityId));
                    if (page.Count < 7) break;
                    after = ScoreMark.Of(page[^1], order);
                }
                Assert.Equal(whole, paged);
            }
        var totals = await test.Scores.TotalsAsync(run.Id, new ScoreFilter { TeamIds = ["T1"] });
        Assert.Equal(30, totals.Count);
        Assert.Equal(scores.Where(s => s.TeamId == "T1").Sum(s => s.ExpectedRevenue), totals.ExpectedRevenue, 1e-9);
        Assert.Equal(new ScoreTotals(0, 0, 0), await test.Scores.TotalsAsync(run.Id, new ScoreFilter { TeamIds = [] }));
        Assert.Equal(run, await test.Scores.RunAsync(run.Id));
        Assert.Null(await test.Scores.RunAsync(run.Id + 1));
    }

    private static ApiKey Key(string id) => new() { Id = id, Name = SampleFacts.Nasty, Scopes = "admin", Hash = [1, 2, 3], CreatedAt = At, CreatedBy = "server" };
}

public sealed class SqliteAccessTests : AccessContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresAccessTests(PostgresServer server) : AccessContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
