using ForecastEngine.Crm;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>
/// Scores and forecasts, each rescoring run whole and replaceable. A run is written in parts that nobody sees, by one
/// process or by several, and becomes visible in one step that replaces the run of the same as-of date.
/// Doing any step twice changes nothing.
/// </summary>
public sealed class ScoreStore(ForecastDatabase database)
{
    /// <summary>Begins, writes and publishes a run in one go and returns it as stored.</summary>
    public RescoringRun Publish(RescoringRun run, IEnumerable<ScoreRow> scores, IEnumerable<ForecastRow> forecasts, DateTimeOffset publishedAt,
        IProgress<StorageProgress>? progress = null, CancellationToken cancellation = default)
    {
        var id = Begin(run with { Parts = 1 });
        WritePart(id, 0, scores, null, progress, cancellation);
        return Publish(id, forecasts, publishedAt, null, cancellation);
    }

    /// <summary>Begins a run of <see cref="RescoringRun.Parts"/> parts and returns its number.</summary>
    public long Begin(RescoringRun run)
    {
        if (run.Parts < 1) throw new ArgumentOutOfRangeException(nameof(run), run.Parts, "expected a run of at least one part");
        using var session = database.BeginWrite(WritePurpose.Runs);
        var id = session.Db.InsertWithInt64Identity(run with { Status = RunStatus.Running, PublishedAt = null, ScoreCount = 0, ForecastCount = 0 });
        session.Commit();
        return id;
    }

    /// <summary>
    /// The run of this as-of date and model version that is being written or published already and that <paramref name="isSame"/>
    /// holds for, else a new one. Asked by several processes at once, all get the same.
    /// </summary>
    public RescoringRun BeginOrContinue(RescoringRun run, Func<RescoringRun, bool> isSame)
    {
        if (run.Parts < 1) throw new ArgumentOutOfRangeException(nameof(run), run.Parts, "expected a run of at least one part");
        using var session = database.BeginWrite(WritePurpose.Runs);
        var known = session.Db.GetTable<RescoringRun>().Where(r => r.AsOf == run.AsOf && r.ModelVersion == run.ModelVersion && r.Status != RunStatus.Superseded)
            .OrderByDescending(r => r.Id).ToList().FirstOrDefault(isSame);
        if (known is not null) return known;
        var id = session.Db.InsertWithInt64Identity(run with { Status = RunStatus.Running, PublishedAt = null, ScoreCount = 0, ForecastCount = 0 });
        var begun = RunOf(session, id);
        session.Commit();
        return begun;
    }

    /// <summary>A run, whatever its status; null where there is none of this number (any more).</summary>
    public RescoringRun? Find(long runId)
    {
        using var db = database.Connect();
        return db.GetTable<RescoringRun>().FirstOrDefault(r => r.Id == runId);
    }

    /// <summary>Writes a part of a run, all or nothing. A part that is written already stays as it is; the answer is then false.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="part">The part, from 0.</param>
    /// <param name="scores">Its scores; drawn once, while they are written.</param>
    /// <param name="rollup">Asked after the last score: what the part adds to revenue, kept until the run is published; null for nothing.</param>
    /// <param name="progress">Told how many rows are written.</param>
    /// <param name="cancellation">Stops it; nothing of the part is written then.</param>
    public bool WritePart(long runId, int part, IEnumerable<ScoreRow> scores, Func<byte[]?>? rollup = null, IProgress<StorageProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.Scores);
        var run = RunOf(session, runId);
        if (part < 0 || part >= run.Parts) throw new ArgumentOutOfRangeException(nameof(part), part, $"expected a part from 0 to {run.Parts - 1}");
        var isNew = session.Execute("INSERT INTO rescoring_parts (run_id, part, score_count) VALUES (@run, @part, 0) ON CONFLICT DO NOTHING", cancellation, ("run", runId), ("part", part)) == 1;
        if (!isNew) return false;
        if (run.Status != RunStatus.Running) throw NotRunning(run);
        var columns = BulkWriter.Columns(new WriteColumn<ScoreRow>("run_id", _ => runId));
        var count = BulkWriter.Write(session, StorageMapping.TableOf<ScoreRow>(), columns, scores,
            done => progress?.Report(new StorageProgress(StorageMapping.TableOf<ScoreRow>(), done, null)), cancellation);
        if (rollup?.Invoke() is { } kept)
            session.Execute("UPDATE rescoring_parts SET score_count = @count, rollup = @rollup WHERE run_id = @run AND part = @part", cancellation, ("count", count), ("rollup", kept), ("run", runId), ("part", part));
        else
            session.Execute("UPDATE rescoring_parts SET score_count = @count WHERE run_id = @run AND part = @part", cancellation, ("count", count), ("run", runId), ("part", part));
        cancellation.ThrowIfCancellationRequested();
        session.Commit();
        return true;
    }

    /// <summary>The parts of a run that are not written yet: what a process that takes over has still to do.</summary>
    public IReadOnlyList<int> MissingParts(long runId)
    {
        using var session = database.BeginRead();
        return Missing(session, RunOf(session, runId));
    }

    /// <summary>The roll-ups of the parts of a run that have one, in the order of the parts. Gone once the run is published.</summary>
    public IEnumerable<byte[]> Rollups(long runId)
    {
        using var session = database.BeginRead();
        foreach (var part in session.Db.GetTable<RescoringPart>().Where(p => p.RunId == runId).OrderBy(p => p.Part).Select(p => p.Part).ToList())
            if (session.Blob("SELECT rollup FROM rescoring_parts WHERE run_id = @run AND part = @part", ("run", runId), ("part", part)) is { } rollup) yield return rollup;
    }

    /// <summary>How many open deals of a run have each grade that any has.</summary>
    public IReadOnlyCollection<int> GradeCounts(long runId)
    {
        using var session = database.BeginRead();
        return [.. session.Db.GetTable<ScoreRow>().Where(s => Sql.Property<long>(s, "run_id") == runId).GroupBy(s => s.Grade).Select(g => g.Count())];
    }

    /// <summary>The win probability of every opportunity in a run, which readers may see.</summary>
    public IEnumerable<KeyValuePair<string, double>> WinProbabilities(long runId)
    {
        using var session = database.BeginRead();
        foreach (var score in Readable<ScoreRow>(session.Db, runId).Select(s => new { s.OpportunityId, s.WinProbability })) yield return new(score.OpportunityId, score.WinProbability);
    }

    /// <summary>
    /// Makes a run visible in one step, with its forecasts. It replaces the published run of the same as-of date, which stays
    /// readable by its number until the next publication, so that a reader in the middle of it can finish.
    /// </summary>
    /// <param name="runId">The run; all its parts are written.</param>
    /// <param name="forecasts">Its revenue forecasts.</param>
    /// <param name="publishedAt">When.</param>
    /// <param name="details">New details of some of its scores, by opportunity: the drivers of those that are shown.</param>
    /// <param name="cancellation">Stops it; nothing is published then.</param>
    public RescoringRun Publish(long runId, IEnumerable<ForecastRow> forecasts, DateTimeOffset publishedAt, IEnumerable<KeyValuePair<string, string>>? details = null, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.Runs);
        var run = RunOf(session, runId);
        if (run.Status == RunStatus.Published) return run;
        if (run.Status == RunStatus.Superseded) throw NotRunning(run);
        if (Missing(session, run) is { Count: > 0 } missing)
            throw new StorageException($"rescoring run {runId}: found {missing.Count} of {run.Parts} parts not written; expected all. Write parts {string.Join(", ", missing.Take(10))} first.");

        RemoveRuns(session, "status = 'Superseded' OR (status = 'Running' AND id < @run AND as_of = (SELECT as_of FROM rescoring_runs WHERE id = @run))", cancellation, ("run", runId));
        session.Execute("UPDATE rescoring_runs SET status = 'Superseded' WHERE status = 'Published' AND as_of = (SELECT as_of FROM rescoring_runs WHERE id = @run)", cancellation, ("run", runId));
        foreach (var (id, text) in details ?? [])
            session.Execute("UPDATE opportunity_scores SET details = @details WHERE run_id = @run AND opportunity_id = @id", cancellation, ("details", text), ("run", runId), ("id", id));
        session.Execute("UPDATE rescoring_parts SET rollup = NULL WHERE run_id = @run", cancellation, ("run", runId));
        var columns = BulkWriter.Columns(new WriteColumn<ForecastRow>("run_id", _ => runId));
        var count = BulkWriter.Write(session, StorageMapping.TableOf<ForecastRow>(), columns, forecasts, null, cancellation);
        session.Execute("""
            UPDATE rescoring_runs SET status = 'Published', published_at = @at, forecast_count = @forecasts,
                score_count = (SELECT CAST(SUM(p.score_count) AS bigint) FROM rescoring_parts AS p WHERE p.run_id = @run)
            WHERE id = @run
            """, cancellation, ("at", StorageMapping.ToMicroseconds(publishedAt)), ("forecasts", count), ("run", runId));
        var published = RunOf(session, runId);
        cancellation.ThrowIfCancellationRequested();
        session.Commit();
        return published;
    }

    /// <summary>Removes published runs of as-of dates before <paramref name="date"/>, and tells how many.</summary>
    public long RemoveBefore(DateOnly date, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.Runs);
        var count = RemoveRuns(session, "as_of < @date AND status <> 'Running'", cancellation,
            ("date", database.IsPostgreSql ? date : date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)));
        session.Commit();
        return count;
    }

    /// <summary>The published run of the last as-of date, or of the last one on or before <paramref name="asOf"/>; null where there is none.</summary>
    public async Task<RescoringRun?> LatestRunAsync(DateOnly? asOf = null, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        return await Published(db, asOf).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>The same as <see cref="LatestRunAsync"/>, at once.</summary>
    public RescoringRun? LatestRun(DateOnly? asOf = null)
    {
        using var db = database.Connect();
        return Published(db, asOf).FirstOrDefault();
    }

    /// <summary>The run of the same as-of date that this one replaced, while it can be read; null where there is none.</summary>
    public async Task<RescoringRun?> ReplacedByAsync(RescoringRun run, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        return await db.GetTable<RescoringRun>().Where(r => r.Status == RunStatus.Superseded && r.AsOf == run.AsOf && r.Id < run.Id).OrderByDescending(r => r.Id).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>A run that may be read, by its number: published, or replaced and not yet removed; null where there is none.</summary>
    public async Task<RescoringRun?> RunAsync(long runId, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        return await db.GetTable<RescoringRun>().FirstOrDefaultAsync(r => r.Id == runId && r.Status != RunStatus.Running, cancellation);
    }

    /// <summary>Published runs by as-of date, last first.</summary>
    public async Task<IReadOnlyList<RescoringRun>> RunsAsync(int take = 100, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        return await Published(db, null).Take(take).ToListAsync(cancellation);
    }

    /// <summary>A page of the scores of a run.</summary>
    public async Task<ScorePage> ScoresAsync(long runId, ScoreFilter? filter = null, CancellationToken cancellation = default)
    {
        filter ??= new ScoreFilter();
        using var session = database.BeginRead();
        var matching = Matching(session.Db, runId, filter);
        var total = await matching.LongCountAsync(cancellation);
        var page = Sorted(matching, filter).Skip(filter.Skip);
        return new ScorePage(await (filter.Take is { } take ? page.Take(take) : page).ToListAsync(cancellation), total);
    }

    /// <summary>A page of the scores of a run without counting the others.</summary>
    public async Task<IReadOnlyList<ScoreRow>> PageAsync(long runId, ScoreFilter filter, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        var page = Sorted(ScorePaging.After(Matching(db, runId, filter), filter), filter).Skip(filter.Skip);
        return await (filter.Take is { } take ? page.Take(take) : page).ToListAsync(cancellation);
    }

    /// <summary>How many scores of a run match, and what they add up to.</summary>
    public async Task<ScoreTotals> TotalsAsync(long runId, ScoreFilter filter, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        var matching = Matching(db, runId, filter);
        var totals = await matching.GroupBy(_ => 1).Select(g => new { Count = g.LongCount(), Revenue = g.Sum(s => s.ExpectedRevenue), Wins = g.Sum(s => s.WinProbability) }).FirstOrDefaultAsync(cancellation);
        return totals is null ? new ScoreTotals(0, 0, 0) : new ScoreTotals(totals.Count, totals.Revenue, totals.Wins);
    }

    /// <summary>The score of an opportunity in the last <paramref name="runs"/> published runs that have one, newest first: its trend.</summary>
    public async Task<IReadOnlyList<RunScore>> ScoreAsync(string opportunityId, int runs = 1, CancellationToken cancellation = default)
    {
        using var session = database.BeginRead();
        var scores =
            from run in session.Db.GetTable<RescoringRun>()
            from score in session.Db.GetTable<ScoreRow>().InnerJoin(s => Sql.Property<long>(s, "run_id") == run.Id && s.OpportunityId == opportunityId)
            where run.Status == RunStatus.Published
            orderby run.AsOf descending
            select new { run, score };
        var found = await scores.Take(runs).ToListAsync(cancellation);
        return [.. found.Select(f => new RunScore(f.run, f.score))];
    }

    /// <summary>The revenue forecasts of a run, those of one dimension where it is given.</summary>
    public async Task<IReadOnlyList<ForecastRow>> ForecastsAsync(long runId, string? dimension = null, CancellationToken cancellation = default)
    {
        await using var db = database.Connect();
        var rows = Readable<ForecastRow>(db, runId);
        if (dimension is not null) rows = rows.Where(f => f.Dimension == dimension);
        return await rows.OrderBy(f => f.Dimension).ThenBy(f => f.Key).ThenBy(f => f.PeriodFrom).ThenBy(f => f.PeriodUntil).ToListAsync(cancellation);
    }

    /// <summary>All revenue forecasts of a run, in the order in which they were written.</summary>
    public IReadOnlyList<ForecastRow> Forecasts(long runId)
    {
        using var db = database.Connect();
        return [.. Readable<ForecastRow>(db, runId)];
    }

    private static IQueryable<RescoringRun> Published(DataConnection db, DateOnly? asOf)
    {
        var runs = db.GetTable<RescoringRun>().Where(r => r.Status == RunStatus.Published);
        if (asOf is { } date) runs = runs.Where(r => r.AsOf <= date);
        return runs.OrderByDescending(r => r.AsOf);
    }

    /// <summary>Rows of a run, none while it is being written.</summary>
    private static IQueryable<T> Readable<T>(DataConnection db, long runId) where T : class => db.GetTable<T>()
        .Where(row => Sql.Property<long>(row, "run_id") == runId && db.GetTable<RescoringRun>().Any(r => r.Id == runId && r.Status != RunStatus.Running));

    private static IQueryable<ScoreRow> Matching(DataConnection db, long runId, ScoreFilter filter)
    {
        var scores = Readable<ScoreRow>(db, runId);
        if (filter.OpportunityIds is { } ids) scores = scores.Where(s => ids.Contains(s.OpportunityId));
        if (filter.OwnerIds is { } owners)
        {
            var shared = db.GetTable<OpportunitySplit>().Where(s => s.Kind == SplitKind.Revenue && owners.Contains(s.OwnerId)).Select(s => s.OpportunityId);
            scores = shared.Any() ? scores.Where(s => owners.Contains(s.OwnerId) || shared.Contains(s.OpportunityId)) : scores.Where(s => owners.Contains(s.OwnerId));
        }
        if (filter.TeamIds is { } teams) scores = scores.Where(s => teams.Contains(s.TeamId));
        if (filter.ProductId is { } product) scores = scores.Where(s => s.ProductId == product);
        if (filter.Region is { } region) scores = scores.Where(s => s.Region == region);
        if (filter.Stage is { } stage) scores = scores.Where(s => s.Stage == stage);
        if (filter.Pipeline is { } pipeline)
            scores = scores.Where(s => db.GetTable<Stage>().Any(t => t.Name == s.Stage && t.Pipeline == pipeline));
        if (filter.Grade is { } grade) scores = scores.Where(s => s.Grade == grade);
        if (filter.MinWinProbability is { } least) scores = scores.Where(s => s.WinProbability >= least);
        return scores;
    }

    private static IQueryable<ScoreRow> Sorted(IQueryable<ScoreRow> scores, ScoreFilter filter) => filter.OrderBy switch
    {
        ScoreOrder.OpportunityId => filter.Descending ? scores.OrderByDescending(s => s.OpportunityId) : scores.OrderBy(s => s.OpportunityId),
        ScoreOrder.WinProbability => (filter.Descending ? scores.OrderByDescending(s => s.WinProbability) : scores.OrderBy(s => s.WinProbability)).ThenBy(s => s.OpportunityId),
        ScoreOrder.ExpectedAmount => (filter.Descending ? scores.OrderByDescending(s => s.ExpectedAmount) : scores.OrderBy(s => s.ExpectedAmount)).ThenBy(s => s.OpportunityId),
        ScoreOrder.ExpectedRevenue => (filter.Descending ? scores.OrderByDescending(s => s.ExpectedRevenue) : scores.OrderBy(s => s.ExpectedRevenue)).ThenBy(s => s.OpportunityId),
        ScoreOrder.CloseOn => (filter.Descending ? scores.OrderBy(s => s.CloseOn == null ? 1 : 0).ThenByDescending(s => s.CloseOn) : scores.OrderBy(s => s.CloseOn == null ? 1 : 0).ThenBy(s => s.CloseOn)).ThenBy(s => s.OpportunityId),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter.OrderBy, "expected a known order"),
    };

    private static RescoringRun RunOf(DatabaseSession session, long runId) => session.Db.GetTable<RescoringRun>().FirstOrDefault(r => r.Id == runId)
        ?? throw new StorageException($"rescoring run {runId}: found no such run; expected one that was begun and not replaced. Begin a new run.");

    private static List<int> Missing(DatabaseSession session, RescoringRun run)
    {
        var written = session.Db.GetTable<RescoringPart>().Where(p => p.RunId == run.Id).Select(p => p.Part).ToHashSet();
        return [.. Enumerable.Range(0, run.Parts).Where(p => !written.Contains(p))];
    }

    private static StorageException NotRunning(RescoringRun run) =>
        new($"rescoring run {run.Id} as of {run.AsOf:yyyy-MM-dd}: found it {run.Status}; expected it to be running. Begin a new run.");

    private static long RemoveRuns(DatabaseSession session, string condition, CancellationToken cancellation, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        foreach (var table in (ReadOnlySpan<string>)["opportunity_scores", "revenue_forecasts", "rescoring_parts"])
            session.Execute($"DELETE FROM {table} WHERE run_id IN (SELECT id FROM rescoring_runs WHERE {condition})", cancellation, parameters);
        return session.Execute($"DELETE FROM rescoring_runs WHERE {condition}", cancellation, parameters);
    }
}
