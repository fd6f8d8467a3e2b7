using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Leakage;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Operations;

/// <summary>The operations from the first import to a rollback, on both databases.</summary>
public abstract class OperationsContract(OperationsWorld world, OperationsSites sites)
{
    private static readonly DateOnly Monday = OperationsWorld.EarlyDay.AddDays(1);
    private static readonly ScoringOptions Scoring = new() { ExplainTop = 20, Threads = 2 };

    [Fact]
    public async Task From_an_empty_workspace_to_a_scored_pipeline_the_status_tells_the_next_step()
    {
        await using var site = await sites.Empty();
        var token = TestContext.Current.CancellationToken;
        Assert.StartsWith("Import an export", (await ShowStatus.Run(site.Workspace, token)).NextStep, StringComparison.Ordinal);
        Assert.Contains("found no imported data", Assert.Throws<OperationException>(() => TrainModels.Run(site.Workspace, cancellation: token)).Message, StringComparison.Ordinal);
        Assert.Contains("found no champion model", (await Assert.ThrowsAsync<OperationException>(() => RescorePipeline.Run(site.Workspace, cancellation: token))).Message, StringComparison.Ordinal);

        var imported = site.Import(world.Early);
        Assert.Equal((0, null), (imported.RejectedRows, imported.RejectedFile));
        Assert.True(imported.Total.Added > 2000);
        var again = site.Import(world.Early);
        Assert.Equal((0, 0, 0, imported.Total.Added), (again.Total.Added, again.Total.Updated, again.Total.Replaced, again.Total.Unchanged));
        Assert.Equal("Train a model: forecast train.", (await ShowStatus.Run(site.Workspace, token)).NextStep);

        var trained = TrainModels.Run(site.Workspace, null, LeakWorld.Quick, null, token);
        Assert.True(trained.Decision.Promote, trained.Decision.Reason);
        Assert.Equal(trained.Card.Version, site.Workspace.Models.State.Champion);
        Assert.Equal(OperationsWorld.EarlyDay, trained.Card.DataUntil);
        Assert.NotEmpty(trained.Card.Metrics);
        Assert.Equal("Score the pipeline: forecast score.", (await ShowStatus.Run(site.Workspace, token)).NextStep);

        site.Clock.Advance(TimeSpan.FromHours(3));
        var sameDay = TrainModels.Run(site.Workspace, null, LeakWorld.Quick, null, token);
        Assert.Equal(trained.Card.Version, sameDay.Card.Version);
        Assert.Equal([trained.Card.Version], site.Workspace.Models.List());

        var run = await RescorePipeline.Run(site.Workspace, null, Scoring, null, token);
        Assert.Equal((OperationsWorld.EarlyDay, trained.Card.Version), (run.Run.AsOf, run.Run.ModelVersion));
        Assert.Equal((run.Pipeline.Deals.Count, run.Forecasts.Count), ((int)run.Run.ScoreCount, (int)run.Run.ForecastCount));
        var status = await ShowStatus.Run(site.Workspace, token);
        Assert.Null(status.NextStep);
        Assert.Equal((run.Run, 1), (status.LastRun, status.Versions));

        site.Import(world.Late);
        Assert.Equal("Score the pipeline: forecast score.", (await ShowStatus.Run(site.Workspace, token)).NextStep);
    }

    [Fact]
    public async Task Rescoring_twice_publishes_the_same_numbers_once_and_the_next_run_tells_the_trend()
    {
        await using var site = await sites.Trained();
        var token = TestContext.Current.CancellationToken;
        var first = await RescorePipeline.Run(site.Workspace, Monday, Scoring, null, token);
        var before = await Rows(site, first.Run);
        site.Clock.Advance(TimeSpan.FromHours(1));
        var second = await RescorePipeline.Run(site.Workspace, Monday, Scoring with { Threads = 1 }, null, token);
        Assert.Equal(second.Run, Assert.Single(await site.Workspace.Scores.RunsAsync(10, token)));
        Assert.Equal(before, await Rows(site, second.Run));
        Assert.All(second.Pipeline.Deals, d => Assert.Null(d.Score.Trend));

        var next = await RescorePipeline.Run(site.Workspace, Monday.AddDays(7), Scoring, null, token);
        var past = first.Pipeline.Deals.ToDictionary(d => d.Score.OpportunityId, d => d.Score.WinProbability);
        Assert.Contains(next.Pipeline.Deals, d => d.Score.Trend is not null and not 0);
        Assert.Contains(next.Pipeline.Deals, d => d.Score.Trend is null);
        foreach (var deal in next.Pipeline.Deals)
            Assert.Equal(past.TryGetValue(deal.Score.OpportunityId, out var was) ? deal.Score.WinProbability - was : null, deal.Score.Trend);
        Assert.Equal(2, (await site.Workspace.Scores.RunsAsync(10, token)).Count);

        var asked = await ForecastRevenue.Run(site.Workspace, new ForecastRequest { Periods = 2 }, Monday.AddDays(7), null, token);
        foreach (var forecast in asked.Forecasts)
            Assert.Equal(forecast.Mean, next.Forecasts.Single(f => f.Period == forecast.Period && f.Dimension == forecast.Dimension).Mean);
        var rows = await site.Workspace.Scores.ForecastsAsync(next.Run.Id, "Company", token);
        foreach (var forecast in asked.Forecasts)
            Assert.Equal((forecast.Mean, forecast.BandOf(0.8).Lower, forecast.BandOf(0.8).Upper), rows.Where(r => r.PeriodFrom == forecast.Period.From && r.PeriodUntil == forecast.Period.Until).Select(r => (r.Mean, r.Low, r.High)).Single());
        await Assert.ThrowsAsync<OperationException>(() => ForecastRevenue.Run(site.Workspace, new ForecastRequest { Periods = 13 }, null, null, token));
    }

    [Fact]
    public async Task Events_and_an_export_that_come_in_while_a_run_is_under_way_change_none_of_its_numbers_in_whichever_process()
    {
        var token = TestContext.Current.CancellationToken;
        var cut = Scoring with { OpportunitiesPerPart = 200 };
        // What the run is when nothing comes in.
        await using var alone = await sites.TrainedEarly();
        var quiet = await RescorePipeline.Run(alone.Workspace, null, cut, null, token);
        var expected = await Rows(alone, quiet.Run);
        var deals = quiet.Pipeline.Deals.OrderByDescending(d => d.Score.ExpectedRevenue).Take(20).Select(d => d.Score.OpportunityId).ToList();

        await using var site = await sites.TrainedEarly();
        var run = RescorePipeline.Begin(site.Workspace, null, cut);
        Assert.True(run.Parts > 2);
        RescorePipeline.ScorePart(site.Workspace, run.Id, 0, Scoring, null, token);
        // By their own time, after the export's and before the day's end, the events belong to what the run knows; they
        // came after it was begun.
        var time = run.DataExportedAt.AddMinutes(1).ToString("O");
        var amount = System.Text.Json.JsonDocument.Parse("""{"amount":987654321}""").RootElement;
        Assert.Equal(deals, ApplyEvents.Run(site.Workspace, [.. deals.Select(d => (Func<Crm.Events.CloudEvent>)(() => Crm.Events.CloudEvent.From("1.0", d, "crm", "opportunity.changed", time, d, amount)))], null, token).Touched);
        site.Import(world.Late);
        using var other = site.Another();
        for (var part = 1; part < run.Parts; part++) Assert.True(RescorePipeline.ScorePart(other, run.Id, part, Scoring, null, token));
        Assert.Equal(expected, await Rows(site, RescorePipeline.Publish(other, run.Id)));

        var next = await RescorePipeline.Run(site.Workspace, run.AsOf, cut, null, token);
        Assert.NotEqual(run.Id, next.Run.Id);
        Assert.Contains("987654321", await Rows(site, next.Run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_scored_in_parts_by_two_processes_is_that_of_one_process_to_the_bit()
    {
        await using var site = await sites.Trained();
        var token = TestContext.Current.CancellationToken;
        using var other = site.Another();
        var cut = Scoring with { OpportunitiesPerPart = 100 };
        var run = RescorePipeline.Begin(site.Workspace, Monday, cut);
        Assert.True(run.Parts > 3);
        Assert.Equal(run, RescorePipeline.Begin(other, Monday, cut));
        Assert.Equal(Enumerable.Range(0, run.Parts), other.Scores.MissingParts(run.Id));
        Assert.True(RescorePipeline.ScorePart(other, run.Id, run.Parts - 1, Scoring, null, token));
        Assert.False(RescorePipeline.ScorePart(site.Workspace, run.Id, run.Parts - 1, Scoring, null, token));
        Assert.Contains($"found {run.Parts - 1} of {run.Parts} parts not scored", Assert.Throws<OperationException>(() => RescorePipeline.Publish(other, run.Id)).Message, StringComparison.Ordinal);
        Assert.Empty(await site.Workspace.Scores.RunsAsync(10, token));
        await Task.WhenAll(new[] { site.Workspace, other }.Select((workspace, half) => Task.Run(() =>
        {
            for (var part = half; part < run.Parts; part += 2) RescorePipeline.ScorePart(workspace, run.Id, part, Scoring with { Threads = 1 }, null, token);
        })));
        var published = await Task.WhenAll(Task.Run(() => RescorePipeline.Publish(site.Workspace, run.Id)), Task.Run(() => RescorePipeline.Publish(other, run.Id)));
        Assert.Equal(published[0], published[1]);
        Assert.Equal(published[0], Assert.Single(await site.Workspace.Scores.RunsAsync(10, token)));
        Assert.Equal(published[0], RescorePipeline.Begin(other, Monday, cut));
        var parts = await Rows(site, published[0]);

        // The same facts once more are another import, and so another run: the same numbers.
        site.Import(world.Late);
        var whole = await RescorePipeline.Run(site.Workspace, Monday, Scoring, null, token);
        Assert.NotEqual(run.Id, whole.Run.Id);
        Assert.Equal(parts, await Rows(site, whole.Run));
        Assert.Equal(whole.Pipeline.Deals.Count, whole.Run.ScoreCount);
    }

    [Fact]
    public async Task A_stored_score_is_read_back_as_it_was()
    {
        await using var site = await sites.Trained();
        var run = await RescorePipeline.Run(site.Workspace, Monday, Scoring, null, TestContext.Current.CancellationToken);
        var rows = (await site.Workspace.Scores.ScoresAsync(run.Run.Id, null, TestContext.Current.CancellationToken)).Scores.ToDictionary(r => r.OpportunityId);
        foreach (var expected in run.Pipeline.Deals.Select(d => d.Score))
        {
            var found = StoredScore.Read(run.Run, rows[expected.OpportunityId]);
            Assert.Equal(expected.WonBy.Select(w => (w.Period, Math.Round(w.Probability, 6))), found.WonBy.Select(w => (w.Period, w.Probability)));
            Assert.Equal(expected.Drivers, found.Drivers);
            Assert.Equal(expected.Warnings, found.Warnings);
            Assert.Equal(expected with { WonBy = [], Drivers = [], Warnings = [] }, found with { WonBy = [], Drivers = [], Warnings = [] });
        }
        Assert.Equal(Scoring.ExplainTop, rows.Values.Count(r => StoredScore.Read(run.Run, r).Drivers.Count > 0));
    }

    [Fact]
    public async Task A_date_before_the_end_of_the_training_data_is_refused()
    {
        await using var site = await sites.Trained();
        var early = OperationsWorld.EarlyDay.AddDays(-1);
        var fault = await Assert.ThrowsAsync<OperationException>(() => RescorePipeline.Run(site.Workspace, early, Scoring, null, TestContext.Current.CancellationToken));
        Assert.Contains($"found an as-of date {early:yyyy-MM-dd} before the end of its training data {OperationsWorld.EarlyDay:yyyy-MM-dd}", fault.Message, StringComparison.Ordinal);
        Assert.Empty(await site.Workspace.Scores.RunsAsync(10, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_open_deal_is_explained_a_closed_one_tells_its_end_and_an_unknown_one_is_refused()
    {
        await using var site = await sites.Trained();
        var token = TestContext.Current.CancellationToken;
        var run = await RescorePipeline.Run(site.Workspace, Monday, Scoring, null, token);
        var open = run.Pipeline.Deals.Select(d => d.Score).OrderBy(s => s.ExpectedRevenue).First();
        Assert.Null(open.BaseProbability);
        var explained = await ExplainOpportunity.Run(site.Workspace, open.OpportunityId, Monday, null, token);
        Assert.Equal((open.WinProbability, null), (explained.Score!.WinProbability, explained.Closing));
        Assert.Equal(open.WinProbability, explained.Score.BaseProbability!.Value + explained.Score.Drivers.Sum(d => d.Contribution), 1e-9);
        Assert.Equal(new PastScore(Monday, open.WinProbability, run.Run.ModelVersion), Assert.Single(explained.History));

        var history = run.Pipeline.History;
        var closed = Enumerable.Range(0, history.Opportunities.Length).First(i => Closing.Final(history, i) is { Won: true });
        var told = await ExplainOpportunity.Run(site.Workspace, history.Opportunities[closed].Id, Monday, null, token);
        Assert.Null(told.Score);
        Assert.Equal(Closing.Final(history, closed), told.Closing);
        Assert.Empty(told.History);

        var unknown = await Assert.ThrowsAsync<OperationException>(() => ExplainOpportunity.Run(site.Workspace, open.OpportunityId[..^1], Monday, null, token));
        Assert.Contains("found none with this id known on", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_month_later_the_champion_is_challenged_training_again_changes_nothing_and_a_rollback_brings_it_back()
    {
        await using var site = await sites.Trained();
        var token = TestContext.Current.CancellationToken;
        var first = site.Workspace.Models.State.Champion!;
        var later = ForecastWorld.Options.FirstWeek.AddDays(7 * 110 - 3);
        var second = TrainModels.Run(site.Workspace, later, LeakWorld.Quick, null, token);
        Assert.Equal(OperationsWorld.EarlyDay, second.Trained.Check!.From.Date);
        Assert.NotEqual(first, second.Card.Version);
        // The same recipe on more data: on what the first knew it is the first, so a comparison of the two would tie for ever.
        Assert.StartsWith("The recipe is the champion's own", second.Decision.Reason, StringComparison.Ordinal);
        Assert.Equal(second.Card.Metric("log loss")!.Value < second.Card.Metric("log loss of the stage rate")!.Value, second.Decision.Promote);
        Assert.Equal(second.Decision.Promote ? second.Card.Version : first, site.Workspace.Models.State.Champion);
        site.Workspace.Models.Promote(second.Card.Version, "for the test", site.Clock.GetUtcNow());

        // As champion it must not be held against itself, nor become another model under the same id.
        var again = TrainModels.Run(site.Workspace, later, LeakWorld.Quick, null, token);
        Assert.Equal(second.Card.Version, again.Card.Version);
        Assert.StartsWith("It is the champion already", again.Decision.Reason, StringComparison.Ordinal);
        // Any setting that shapes the model makes another version of it.
        Assert.NotEqual(second.Card.Version, TrainModels.Run(site.Workspace, later, LeakWorld.Quick with { LeakAuc = 0.99, Win = new() { MinClosedPerClass = 100_000 } }, null, token).Card.Version);
        site.Workspace.Models.Promote(second.Card.Version, "for the test", site.Clock.GetUtcNow());
        Assert.Equal(3, site.Workspace.Models.List().Count);
        Assert.Equal(second.Card.Version, site.Workspace.Models.State.Champion);

        var score = await RescorePipeline.Run(site.Workspace, later, Scoring, null, token);
        Assert.Equal(second.Card.Version, score.Run.ModelVersion);
        Assert.Equal(first, site.Workspace.Models.Rollback(site.Clock.GetUtcNow()).Id);
        Assert.Equal("Score the pipeline: forecast score.", (await ShowStatus.Run(site.Workspace, token)).NextStep);
        var back = await RescorePipeline.Run(site.Workspace, later, Scoring, null, token);
        Assert.Equal(first, back.Run.ModelVersion);
        Assert.NotEqual(score.Pipeline.Deals.Select(d => d.Score.WinProbability), back.Pipeline.Deals.Select(d => d.Score.WinProbability));
    }

    [Fact]
    public async Task Stopping_in_the_middle_leaves_champion_and_run_as_they_were()
    {
        await using var site = await sites.Trained();
        var token = TestContext.Current.CancellationToken;
        var run = await RescorePipeline.Run(site.Workspace, Monday, Scoring, null, token);
        var (state, rows) = (site.Workspace.Models.State.ToJson(), await Rows(site, run.Run));
        foreach (var step in new[] { "Training on the earlier part", "Training win probability", "Done" })
        {
            using var stop = new StopAt(reported => reported == step);
            Assert.ThrowsAny<OperationCanceledException>(() => TrainModels.Run(site.Workspace, Monday.AddDays(7), LeakWorld.Quick, stop, stop.Token));
            Assert.Equal(state, site.Workspace.Models.State.ToJson());
            Assert.Single(site.Workspace.Models.List());
        }
        foreach (var step in new[] { "Loading the history", "Scoring open deals", "Publishing" })
        {
            using var stop = new StopAt(reported => reported == step);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RescorePipeline.Run(site.Workspace, Monday.AddDays(1), Scoring with { OpportunitiesPerPart = 500 }, stop, stop.Token));
            Assert.Equal(run.Run, Assert.Single(await site.Workspace.Scores.RunsAsync(10, token)));
            Assert.Equal(rows, await Rows(site, run.Run));
        }
        using var stopImport = new StopAt(step => step == "Adding what is new to the history");
        Assert.ThrowsAny<OperationCanceledException>(() => ImportCrm.Run(site.Workspace, world.Late, TestExport.Load("forecastengine"), null, stopImport, stopImport.Token));
        // The late export was imported once already: the interrupted one leaves no entry.
        Assert.Equal(2, site.Workspace.History.Imports().Count);
    }

    [Fact]
    public async Task A_backtest_is_kept_goes_on_where_it_stopped_and_is_stated_by_every_answer()
    {
        await using var site = await sites.Trained();
        var token = TestContext.Current.CancellationToken;
        Assert.Null((await ForecastRevenue.Run(site.Workspace, new ForecastRequest { Periods = 1 }, Monday, null, token)).Pipeline.Measured);
        var request = new BacktestRequest { AsOf = Monday, Options = new BacktestOptions { StrideDays = 60, MinHistoryDays = 500, Threads = 2, Training = LeakWorld.Quick with { Win = new() { Trees = 10, MinRowsPerLeaf = 40 } } } };

        using (var stop = new StopAt(step => step.StartsWith("Forecasting (", StringComparison.Ordinal)))
            Assert.ThrowsAny<OperationCanceledException>(() => RunBacktest.Run(site.Workspace, request with { Options = request.Options with { Threads = 1 } }, stop, stop.Token));
        Assert.Null(site.Workspace.Backtests.Latest());
        var kept = Directory.GetFiles(Path.Combine(site.Workspace.Folder, "backtests"), "*.json", SearchOption.AllDirectories);
        Assert.NotEmpty(kept);
        var written = kept.Select(File.GetLastWriteTimeUtc).ToArray();

        var result = RunBacktest.Run(site.Workspace, request, null, token);
        Assert.Equal(written, kept.Select(File.GetLastWriteTimeUtc));
        Assert.True(result.Windows.Count >= 3);
        Assert.All(result.Windows, w => Assert.True(w.TrainedUntil <= w.Window.Cutoff.Instant));
        var fresh = RunBacktest.Run(site.Workspace, request with { Fresh = true }, null, token);
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(result.Report), System.Text.Json.JsonSerializer.Serialize(fresh.Report));

        var record = site.Workspace.Backtests.Latest()!;
        Assert.Equal((site.Clock.GetUtcNow(), result.Windows.Count), (record.MadeAt, record.Windows));
        Assert.Equal(fresh.Windows.SelectMany(w => w.Forecasts.Select(f => (w.Window, f.Method, f.Median, f.Crps, w.Actual))), RunBacktest.WindowsOf(record)!.SelectMany(w => w.Forecasts.Select(f => (w.Window, f.Method, f.Median, f.Crps, w.Actual))));

        // Rounds with a file of scores, and with other ones in it, have a place of their own.
        foreach (var probability in (double[])[0.2, 0.3, 0.3])
        {
            using var stop = new StopAt(step => step == "Forecasting");
            var given = new GivenScores("theirs", [new GivenScore(result.Windows[0].Deals.Ids[0], new DateOnly(2020, 1, 1), probability)]);
            Assert.ThrowsAny<OperationCanceledException>(() => RunBacktest.Run(site.Workspace, request with { Given = [given] }, stop, stop.Token));
        }
        Assert.Equal(3, Directory.GetDirectories(Path.Combine(site.Workspace.Folder, "backtests")).Length);
        Assert.Contains("found none of its 1 deals", Assert.Throws<OperationException>(() => RunBacktest.Run(site.Workspace, request with { Given = [new("theirs", [new GivenScore("nobody's", Monday, 0.5)])] })).Message, StringComparison.Ordinal);
        var measured = (await ForecastRevenue.Run(site.Workspace, new ForecastRequest { Periods = 1 }, Monday, null, token)).Pipeline.Measured!;
        Assert.Equal(fresh.Quality.Levels, measured.Levels);
        Assert.Equal((Monday, DateOnly.FromDateTime(site.Clock.GetUtcNow().UtcDateTime), result.Windows.Count), (measured.DataUntil, measured.MadeOn, measured.Windows));
    }

    [Fact]
    public async Task A_history_too_short_for_a_backtest_is_told()
    {
        await using var site = await sites.Trained();
        var fault = Assert.Throws<OperationException>(() => RunBacktest.Run(site.Workspace, new BacktestRequest { AsOf = Monday, Options = new BacktestOptions { MinHistoryDays = 3000 } }));
        Assert.Contains("found history from", fault.Message, StringComparison.Ordinal);
        Assert.Contains("--min-history", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<string> Rows(OperationsSite site, RescoringRun run) => string.Join('\n',
        (await site.Workspace.Scores.ScoresAsync(run.Id, null, TestContext.Current.CancellationToken)).Scores.Select(s => s.ToString())
        .Concat((await site.Workspace.Scores.ForecastsAsync(run.Id, null, TestContext.Current.CancellationToken)).Select(f => f.ToString())));
}

public sealed class SqliteOperationsTests(OperationsWorld world) : OperationsContract(world, world.OnSqlite);

public sealed class PostgresOperationsTests(OperationsWorld world, PostgresServer server) : OperationsContract(world, world.OnPostgres(server));
