using System.Text.Json;
using ForecastEngine.Crm;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>
/// The history of the CRM in the database. It only grows: a fact that is stored stays as it is, so a snapshot of a past
/// date is the same today and next year. See <see cref="EntityCounts"/> for what may be brought up to date.
/// </summary>
public sealed class CrmHistoryStore(ForecastDatabase database)
{
    /// <summary>
    /// Adds what <paramref name="facts"/> tell that is not yet known, all or nothing. The same facts a second time add
    /// nothing; a newer export adds what is new.
    /// </summary>
    /// <remarks>
    /// Without history an export tells only the present state of a deal: a change with no old value, that happened and was
    /// recorded at the moment of the export. Such an observation is added only where it differs from the value
    /// stored last for that field by then, so that exporting an unchanged deal once more adds nothing.
    /// Present values (reference data, names) are taken from the newest export, in whatever order exports are imported.
    /// </remarks>
    /// <param name="facts">What is told.</param>
    /// <param name="run">The record of it.</param>
    /// <param name="progress">Told of every table.</param>
    /// <param name="patience">How long it waits for another writer at most; null for as long as it takes.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    /// <exception cref="StorageBusyException">It waited so long.</exception>
    public AppendResult Append(CrmFacts facts, ImportRun run, IProgress<StorageProgress>? progress = null, TimeSpan? patience = null, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.History, patience);
        return Append(session, facts, run, isSampleReplaced: false, progress, cancellation);
    }

    /// <summary>
    /// The same for an export of the user's, or for the sample (<see cref="ImportRun.IsSample"/>). While the history is the sample's, another export takes its
    /// place in the same transaction: the sample's facts go, and all that was derived from them. The sample's own files again are the sample still.
    /// </summary>
    /// <param name="facts">What the export tells.</param>
    /// <param name="run">The record of it.</param>
    /// <param name="sampleModels">Model versions trained on the sample; those kept in the database go with it.</param>
    /// <param name="progress">Told of every table.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    /// <exception cref="StorageException">The sample, where other data are.</exception>
    public AppendResult Import(CrmFacts facts, ImportRun run, IReadOnlyCollection<string> sampleModels, IProgress<StorageProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.History);
        var imports = session.Db.GetTable<ImportRun>();
        var sample = imports.Where(r => r.IsSample).OrderByDescending(r => r.Id).FirstOrDefault();
        if (run.IsSample && sample is null && imports.Any(r => r.SourceHash != run.SourceHash))
            throw new StorageException($"{database.Options}: found data of your own; expected none, since the sample must not mix with them. Import the sample into another workspace.");
        var isReplaced = sample is not null && sample.SourceHash != run.SourceHash;
        if (isReplaced)
        {
            progress?.Report(new StorageProgress("removing the sample", 0, null));
            SampleRemoval.Run(database, session, cancellation);
            database.Enter(session, WritePurpose.Models);
            ModelStore.Remove(session, sampleModels);
        }
        var isSample = sample is null || isReplaced ? run.IsSample && !imports.Any() : true;
        return Append(session, facts, run with { IsSample = isSample }, isReplaced, progress, cancellation);
    }

    private AppendResult Append(DatabaseSession session, CrmFacts facts, ImportRun run, bool isSampleReplaced, IProgress<StorageProgress>? progress, CancellationToken cancellation)
    {
        var exportedAt = facts.ExportedAt ?? LatestRecorded(facts);
        var latest = LatestImport(session.Db, withEvents: false);
        if (latest is not null && latest.Currency != facts.Currency)
            throw new StorageException($"{database.Options}: found facts in {facts.Currency}; expected {latest.Currency}, the currency of what is stored. Give the rate in the import map.");

        run = run with { ExportedAt = exportedAt, Currency = facts.Currency, IsDegraded = facts.IsDegraded };
        var id = session.Db.InsertWithInt64Identity(run);
        var merge = new FactMerge(session, latest is null || exportedAt >= latest.ExportedAt, run.IsSample, id, progress, cancellation);
        var reference = new MergeRule("id", IsReference: true);
        var bucket = new WriteColumn<Opportunity>("bucket", o => FactKeys.BucketOf(o.Id));
        var result = new AppendResult
        {
            ReplacedSample = isSampleReplaced,
            Stages = merge.Merge(facts.Stages, reference with { Key = "name" }),
            Teams = merge.Merge(facts.Teams, reference),
            SalesReps = merge.Merge(facts.SalesReps, reference),
            Accounts = merge.Merge(facts.Accounts, reference),
            Products = merge.Merge(facts.Products, reference),
            Quotas = merge.Merge(facts.Quotas, reference with { Key = "key" }, null, new WriteColumn<Quota>("key", FactKeys.Of)),
            Leads = merge.Merge(facts.Leads, new MergeRule("id", Later: ["converted_at", "opportunity_id", "disqualified_at"])),
            Opportunities = merge.Merge(facts.Opportunities, new MergeRule("id", Current: ["name"]), null, bucket),
            Changes = merge.Merge(facts.Changes, new MergeRule("key"), (DropKnownObservations, StorageMapping.ToMicroseconds(exportedAt)),
                new("key", FactKeys.Of), new("bucket", c => FactKeys.BucketOf(c.OpportunityId))),
            Activities = merge.Merge(facts.Activities, new MergeRule("id"), null, new WriteColumn<Activity>("bucket", a => FactKeys.BucketOf(a.OpportunityId ?? a.Id))),
            LineItems = merge.Merge(facts.LineItems, new MergeRule("id"), null, new WriteColumn<LineItem>("bucket", l => FactKeys.BucketOf(l.OpportunityId))),
        };
        var counts = JsonSerializer.Serialize(result);
        session.Db.GetTable<ImportRun>().Where(r => r.Id == id).Set(r => r.Counts, counts).Update();
        if (isSampleReplaced) SampleRemoval.Note(session, run);
        cancellation.ThrowIfCancellationRequested();
        session.Commit();
        return result with { RunId = id };
    }

    /// <summary>The history, or with <paramref name="asOf"/> what of it was recorded by then: the same as <see cref="CrmHistory.KnownAt"/> on the whole, but only that is read.</summary>
    public CrmHistory Load(AsOf? asOf = null, CancellationToken cancellation = default) => Read(asOf, null, cancellation);

    /// <summary>The history as a cut lets it be known.</summary>
    public CrmHistory LoadCut(HistoryCut cut, CancellationToken cancellation = default)
    {
        using var session = database.BeginRead();
        var exportedAt = cut.Calendar.ToBusiness(cut.ExportedAt);
        var facts = new HistoryReader(session, cut.Until, null, cancellation, cut.Arrival, cut.Calendar).Read(LatestOf(session));
        return new CrmHistory(facts with { ExportedAt = exportedAt < cut.Until.Instant ? exportedAt : cut.Until.Instant });
    }

    /// <summary>
    /// One of <paramref name="partitions"/> (1 to 1024) shares of the history: its opportunities with their changes, activities
    /// and line items, and all leads and reference data. Shares are disjoint and together complete.
    /// </summary>
    public CrmHistory LoadPartition(int partition, int partitions, AsOf? asOf = null, CancellationToken cancellation = default) =>
        Read(asOf, FactKeys.BucketsOf(partition, partitions), cancellation);

    /// <summary>How many opportunities were recorded by an instant: a measure of the work, without reading them.</summary>
    public long CountOpportunities(DateTimeOffset until)
    {
        using var db = database.Connect();
        return db.GetTable<Opportunity>().LongCount(o => o.RecordedAt <= until);
    }

    /// <summary>The latest imports, last first.</summary>
    public IReadOnlyList<ImportRun> Imports(int take = 100)
    {
        using var db = database.Connect();
        return [.. db.GetTable<ImportRun>().OrderByDescending(r => r.Id).Take(take)];
    }

    /// <summary>The import of the sample, while the history is the sample's; null where there is none, or other data.</summary>
    public ImportRun? Sample()
    {
        using var db = database.Connect();
        return db.GetTable<ImportRun>().Where(r => r.IsSample).OrderByDescending(r => r.Id).FirstOrDefault();
    }

    /// <summary>Number of the first import of what the history holds: another once the sample was replaced. Null before the first.</summary>
    public long? FirstImport()
    {
        using var db = database.Connect();
        return db.GetTable<ImportRun>().Min(r => (long?)r.Id);
    }

    /// <summary>All teams.</summary>
    public IReadOnlyList<Team> Teams() => All<Team>();

    /// <summary>All sales reps.</summary>
    public IReadOnlyList<SalesRep> SalesReps() => All<SalesRep>();

    /// <summary>All quotas.</summary>
    public IReadOnlyList<Quota> Quotas() => All<Quota>();

    private List<T> All<T>() where T : class
    {
        using var db = database.Connect();
        return [.. db.GetTable<T>()];
    }

    private const string DropKnownObservations = """
        DELETE FROM staging_opportunity_changes AS s
        WHERE s.old_value IS NULL AND s.recorded_at = @exported AND s.at = s.recorded_at
          AND EXISTS (SELECT 1 FROM opportunity_changes AS t
            WHERE t.bucket = s.bucket AND t.opportunity_id = s.opportunity_id AND t.field = s.field AND t.recorded_at <= s.recorded_at)
          AND s.new_value IS NOT DISTINCT FROM (SELECT t.new_value FROM opportunity_changes AS t
            WHERE t.bucket = s.bucket AND t.opportunity_id = s.opportunity_id AND t.field = s.field AND t.recorded_at <= s.recorded_at
            ORDER BY t.recorded_at DESC, t.at DESC, t.occurrence DESC LIMIT 1)
        """;

    private CrmHistory Read(AsOf? asOf, (int First, int Last)? buckets, CancellationToken cancellation)
    {
        using var session = database.BeginRead();
        return new CrmHistory(new HistoryReader(session, asOf, buckets, cancellation).Read(LatestOf(session)));
    }

    private ImportRun LatestOf(DatabaseSession session) =>
        LatestImport(session.Db, withEvents: true) ?? throw new StorageException($"{database.Options}: found no history; expected an import. Import an export of the CRM first.");

    // An event tells of one deal: it makes the data newer, but no export that comes later older.
    private static ImportRun? LatestImport(DataConnection db, bool withEvents) => db.GetTable<ImportRun>().Where(r => withEvents || r.MapName != EventStore.MapName).OrderByDescending(r => r.ExportedAt).ThenByDescending(r => r.Id).FirstOrDefault();

    private static DateTimeOffset LatestRecorded(CrmFacts facts) =>
        facts.Opportunities.Select(o => o.RecordedAt).Concat(facts.Changes.Select(c => c.RecordedAt)).Concat(facts.Activities.Select(a => a.RecordedAt))
            .Concat(facts.Leads.Select(l => l.RecordedAt)).DefaultIfEmpty(DateTimeOffset.MinValue).Max();
}
