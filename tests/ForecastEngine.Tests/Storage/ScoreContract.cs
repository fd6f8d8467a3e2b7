using System.Globalization;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>What the store of scores promises, on both databases.</summary>
public abstract class ScoreContract
{
    private static readonly DateTimeOffset At = new DateTimeOffset(2026, 3, 1, 2, 0, 0, TimeSpan.Zero).AddMicroseconds(7);

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task A_published_run_is_read_back_to_the_last_field()
    {
        await using var test = await Fresh();
        var (run, scores, forecasts) = (Run(1), Scores(20), Forecasts(2));
        var published = test.Scores.Publish(run, scores, forecasts, At);
        Assert.Equal(run with { Id = published.Id, Status = RunStatus.Published, PublishedAt = At, ScoreCount = 20, ForecastCount = 4 }, published);
        Assert.Equal(published, await test.Scores.LatestRunAsync());
        Assert.Equal(published, Assert.Single(await test.Scores.RunsAsync()));
        var page = await test.Scores.ScoresAsync(published.Id);
        Assert.Equal(20, page.Total);
        Assert.Equal(scores.OrderBy(s => s.OpportunityId, StringComparer.Ordinal), page.Scores);
        Assert.Equal(forecasts.OrderBy(f => f.Dimension, StringComparer.Ordinal).ThenBy(f => f.PeriodFrom), await test.Scores.ForecastsAsync(published.Id));
        Assert.Equal(2, (await test.Scores.ForecastsAsync(published.Id, "team")).Count);
    }

    [Fact]
    public async Task The_same_as_of_date_again_replaces_the_earlier_run_and_its_reader_may_finish()
    {
        await using var test = await Fresh();
        var first = test.Scores.Publish(Run(1), Scores(5), [], At);
        var other = test.Scores.Publish(Run(2), Scores(6), [], At);
        var second = test.Scores.Publish(Run(1), Scores(5), [], At.AddHours(1));
        Assert.Equal([other.Id, second.Id], (await test.Scores.RunsAsync()).Select(r => r.Id));
        Assert.Equal(second, await test.Scores.LatestRunAsync(Run(1).AsOf));
        Assert.Equal((await test.Scores.ScoresAsync(first.Id)).Scores, (await test.Scores.ScoresAsync(second.Id)).Scores);
        test.Scores.Publish(Run(1), Scores(5), [], At);
        Assert.Empty((await test.Scores.ScoresAsync(first.Id)).Scores);
        Assert.Equal((3, 16), (test.Count("rescoring_runs"), test.Count("opportunity_scores")));
    }

    [Fact]
    public async Task The_latest_run_is_that_of_the_last_as_of_date_up_to_the_one_asked_for()
    {
        await using var test = await Fresh();
        Assert.Null(await test.Scores.LatestRunAsync());
        test.Scores.Publish(Run(9), Scores(1), [], At);
        test.Scores.Publish(Run(3), Scores(1), [], At);
        Assert.Equal(Run(9).AsOf, (await test.Scores.LatestRunAsync())!.AsOf);
        Assert.Equal(Run(3).AsOf, (await test.Scores.LatestRunAsync(Run(8).AsOf))!.AsOf);
        Assert.Null(await test.Scores.LatestRunAsync(Run(2).AsOf));
        Assert.Equal(1, test.Scores.RemoveBefore(Run(9).AsOf));
        Assert.Equal((1, 1), (test.Count("rescoring_runs"), test.Count("opportunity_scores")));
    }

    [Fact]
    public async Task Parts_are_written_once_unseen_and_all_before_publication()
    {
        await using var test = await Fresh();
        var (store, scores) = (test.Scores, Scores(90));
        var id = store.Begin(Run(1) with { Parts = 3 });
        Assert.True(store.WritePart(id, 1, scores.Skip(30).Take(30)));
        Assert.False(store.WritePart(id, 1, scores.Take(60)));
        Assert.Equal([0, 2], store.MissingParts(id));
        Assert.Contains("2 of 3 parts not written", Assert.Throws<StorageException>(() => store.Publish(id, [], At)).Message, StringComparison.Ordinal);
        Assert.Empty((await store.ScoresAsync(id)).Scores);
        Assert.Null(await store.LatestRunAsync());
        var written = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => store.WritePart(id, i % 2 * 2, scores.Skip(i % 2 * 60).Take(30)))));
        Assert.Equal(2, written.Count(w => w));
        var published = store.Publish(id, [], At);
        Assert.Equal(90, published.ScoreCount);
        Assert.Equal(published, store.Publish(id, [], At.AddDays(1)));
        Assert.Equal(90, (await store.ScoresAsync(id)).Total);
        Assert.False(store.WritePart(id, 0, scores));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.WritePart(id, 3, scores));
        Assert.Throws<StorageException>(() => store.WritePart(id + 100, 0, scores));
    }

    [Fact]
    public async Task A_run_that_fails_or_is_cancelled_is_never_seen_and_goes_with_the_next_one()
    {
        await using var test = await Fresh();
        var before = test.Scores.Publish(Run(1), Scores(4), [], At);
        using var stop = new CancellationTokenSource();
        IEnumerable<ScoreRow> Stopping()
        {
            foreach (var (i, score) in Scores(2000).Index())
            {
                if (i == 700) stop.Cancel();
                yield return score;
            }
        }
        Assert.Throws<OperationCanceledException>(() => test.Scores.Publish(Run(1), Stopping(), [], At, null, stop.Token));
        Assert.Throws<InvalidOperationException>(() => test.Scores.Publish(Run(1), Scores(20).Select(s => s.OpportunityId == "O00007" ? throw new InvalidOperationException() : s), [], At));
        Assert.Equal(before, await test.Scores.LatestRunAsync());
        Assert.Equal(4, test.Count("opportunity_scores"));
        test.Scores.Publish(Run(1), Scores(4), [], At);
        Assert.Equal(2, test.Count("rescoring_runs"));
    }

    [Fact]
    public async Task A_concurrent_reader_sees_whole_runs_only()
    {
        await using var test = await Fresh();
        var store = test.Scores;
        store.Publish(Run(1), Scores(3000, 0.0), Forecasts(1), At);
        var writer = Task.Run(() =>
        {
            for (var i = 1; i <= 4; i++) store.Publish(Run(1), Scores(3000, i / 10.0), Forecasts(1), At.AddMinutes(i));
        });
        var reads = 0;
        do
        {
            var run = (await store.LatestRunAsync())!;
            var page = await store.ScoresAsync(run.Id);
            if (page.Total == 0) continue; // replaced twice between the two questions: gone as a whole
            Assert.Equal((3000, 3000, 3000), (run.ScoreCount, page.Total, page.Scores.Count));
            Assert.Single(page.Scores.Select(s => s.WinProbability).Distinct());
            reads++;
        }
        while (!writer.IsCompleted);
        await writer;
        Assert.True(reads > 0);
    }

    [Fact]
    public async Task Pages_follow_one_another_in_every_order()
    {
        await using var test = await Fresh();
        var run = test.Scores.Publish(Run(1), Scores(50), [], At);
        foreach (var order in Enum.GetValues<ScoreOrder>())
        {
            foreach (var descending in (bool[])[false, true])
            {
                var whole = (await test.Scores.ScoresAsync(run.Id, new ScoreFilter { OrderBy = order, Descending = descending })).Scores;
                var pages = new List<ScoreRow>();
                for (var skip = 0; skip < 50; skip += 15) pages.AddRange((await test.Scores.ScoresAsync(run.Id, new ScoreFilter { OrderBy = order, Descending = descending, Skip = skip, Take = 15 })).Scores);
                Assert.Equal(whole, pages);
                Assert.Equal(50, whole.DistinctBy(s => s.OpportunityId).Count());
            }
        }
        var likely = (await test.Scores.ScoresAsync(run.Id, new ScoreFilter { OrderBy = ScoreOrder.WinProbability, Descending = true, Take = 3 })).Scores;
        Assert.Equal([0.98, 0.96, 0.94], likely.Select(s => s.WinProbability));
        Assert.Null((await test.Scores.ScoresAsync(run.Id, new ScoreFilter { OrderBy = ScoreOrder.CloseOn, Descending = true })).Scores[^1].CloseOn);
    }

    [Fact]
    public async Task Filters_select_and_text_stays_text()
    {
        await using var test = await Fresh();
        var run = test.Scores.Publish(Run(1), Scores(50), [], At);
        async Task<ScorePage> Find(ScoreFilter filter) => await test.Scores.ScoresAsync(run.Id, filter);
        Assert.Equal(10, (await Find(new ScoreFilter { OwnerIds = [SampleFacts.Nasty] })).Total);
        Assert.Equal(50, (await Find(new ScoreFilter { OwnerIds = [SampleFacts.Nasty, "R1"], TeamIds = ["T0", "T1"] })).Total);
        Assert.Equal(0, (await Find(new ScoreFilter { TeamIds = [] })).Total);
        Assert.Equal(0, (await Find(new ScoreFilter { Stage = "' OR '1'='1" })).Total);
        Assert.Equal(2, (await Find(new ScoreFilter { OpportunityIds = ["O00001", "O00002", "x' OR 1=1 --"] })).Total);
        var page = await Find(new ScoreFilter { MinWinProbability = 0.9, Region = "EU", Grade = "A", ProductId = "P1", Take = 2 });
        Assert.Equal((5, 2), (page.Total, page.Scores.Count));
        Assert.Equal(50, test.Count("opportunity_scores"));
    }

    [Fact]
    public async Task The_trend_of_an_opportunity_is_its_score_in_the_last_runs()
    {
        await using var test = await Fresh();
        for (var day = 1; day <= 4; day++) test.Scores.Publish(Run(day), Scores(day == 3 ? 1 : 2, day / 10.0), [], At);
        test.Scores.Publish(Run(4), Scores(2, 0.9), [], At);
        var trend = await test.Scores.ScoreAsync("O00001", 2);
        Assert.Equal([(Run(4).AsOf, 0.9), (Run(2).AsOf, 0.2)], trend.Select(t => (t.Run.AsOf, t.Score.WinProbability)));
        Assert.Empty(await test.Scores.ScoreAsync("no such"));
    }

    private static RescoringRun Run(int day) => new()
    {
        AsOf = new DateOnly(2026, 2, day), AsOfAt = At.AddDays(day - 40), ModelVersion = $"v1 {SampleFacts.Nasty}", Seed = long.MinValue + day, DataExportedAt = At.AddDays(-41), StartedAt = At.AddHours(-1), Metadata = "{\"a\":[1,2]}",
    };

    private static ScoreRow[] Scores(int count, double? probability = null) => [.. Enumerable.Range(0, count).Select(i => new ScoreRow
    {
        OpportunityId = string.Create(CultureInfo.InvariantCulture, $"O{i:D5}"), OwnerId = i % 5 == 0 ? SampleFacts.Nasty : "R1", TeamId = i % 2 == 0 ? "T0" : "T1", ProductId = "P1", Region = "EU", Stage = i % 3 == 0 ? null : "Offer", Rung = "own model",
        WinProbability = probability ?? i % 50 / 50.0, CrmProbability = i % 4 == 0 ? null : 1.0 / 3, ExpectedAmount = 1000.5 * (i % 7), AmountLow = 0.1, AmountHigh = 1e12, ExpectedRevenue = i % 11,
        CloseOnLow = new(2026, 4, 1), CloseOn = i % 9 == 0 ? null : new DateOnly(2026, 4, 1).AddDays(i % 13), CloseOnHigh = new(2027, 1, 1), Grade = i % 50 >= 45 ? "A" : null, Details = $"{{\"drivers\":[{{\"name\":\"Ž{i}\"}}]}}",
    })];

    private static ForecastRow[] Forecasts(int months) => [.. from dimension in (string[])["whole", "team"]
        from month in Enumerable.Range(1, months)
        select new ForecastRow { Dimension = dimension, Key = dimension == "whole" ? "" : "T1", PeriodFrom = new(2026, month, 1), PeriodUntil = new(2026, month, 28), Mean = 10.25 * month, Low = 1, High = 20, Level = 0.8, Details = "{\"bands\":[]}" }];
}

public sealed class SqliteScoreTests : ScoreContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresScoreTests(PostgresServer server) : ScoreContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
