using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>
/// The history of the CRM in the database. A fact that is corrected or gone stays known for the time before, so a
/// snapshot of a past
/// date is the same today and next year.
/// </summary>
public sealed class CrmHistoryStore(ForecastDatabase database)
{
    /// <summary>
    /// Adds what <paramref name="facts"/> tell that is not yet known, all or nothing. The same facts a second time add
    /// nothing; a newer export adds what is new.
    /// </summary>
    /// <remarks>
    /// An export is a telling of every deal in it: what differs from what stood before is a change learned at that
    /// export
    /// (<see cref="DealRetelling"/>), in whatever order exports are imported. Reference data and names are the newest
    /// export's.
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
        return Append(session, facts, run, null, isSampleReplaced: false, progress, cancellation);
    }

    /// <summary>
    /// The same for an export of the user's, or for the sample (<see cref="ImportRun.IsSample"/>). While the history is the sample's, another export takes its
    /// place in the same transaction: the sample's facts go, and all that was derived from them. The sample's own files again are the sample still.
    /// </summary>
    /// <param name="facts">What the export tells.</param>
    /// <param name="run">The record of it.</param>
    /// <param name="sampleModels">Model versions trained on the sample; those kept in the database go with it.</param>
    /// <param name="options">Whether the export is whole, and whether its time takes earlier ones back; null for
    /// neither.</param>
    /// <param name="progress">Told of every table.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    /// <exception cref="StorageException">The sample, where other data are; or an export that is said to be whole and
    /// lacks too much.</exception>
    public AppendResult Import(CrmFacts facts, ImportRun run, IReadOnlyCollection<string> sampleModels, ImportOptions? options = null, IProgress<StorageProgress>? progress = null, CancellationToken cancellation = default)
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
        if (options is { TakesBack: true, ExportedAt: { } time }) TakenBack.Run(session, time, cancellation);
        return Append(session, facts, run with { IsSample = isSample }, options is { IsWhole: true } ? options.MaxRemovedShare : null, isReplaced, progress, cancellation);
    }

    private AppendResult Append(DatabaseSession session, CrmFacts facts, ImportRun run, double? whole, bool isSampleReplaced, IProgress<StorageProgress>? progress, CancellationToken cancellation)
    {
        var exportedAt = facts.ExportedAt ?? LatestRecorded(facts);
        var latest = LatestImport(session.Db, withEvents: false);
        if (latest is not null && latest.Currency != facts.Currency)
            throw new StorageException($"{database.Options}: found facts in {facts.Currency}; expected {latest.Currency}, the currency of what is stored. Give the rate in the import map.");

        run = run with { ExportedAt = exportedAt, Currency = facts.Currency, IsDegraded = facts.IsDegraded };
        var id = session.Db.InsertWithInt64Identity(run);
        var merge = new FactMerge(session, latest is null || exportedAt >= latest.ExportedAt, run.IsSample, id, progress, cancellation);
        var reference = new MergeRule("id", IsReference: true);
        var corrections = new CorrectionTally();
        var stages = merge.Merge(Respelling.Current(session, facts), reference with { Key = "name" });
        merge.Merge(facts.Pipelines, reference with { Key = "name" });
        Respelling.Run(session, facts.Aliases, corrections, cancellation);
        facts = Respelling.Apply(session, facts);
        run = run with { Id = id };
        CustomColumnStore.Append(session, facts.CustomColumns, id);
        var deals = new DealMerge(session, run, corrections, progress, cancellation);
        var records = new RecordMerge(session, run, corrections, progress, cancellation);
        var told = deals.Run(facts);
        new MembershipMerge(session, run, latest, cancellation).Merge(facts);
        var result = new AppendResult
        {
            ReplacedSample = isSampleReplaced,
            Stages = stages,
            Teams = merge.Merge(facts.Teams, reference),
            SalesReps = merge.Merge(facts.SalesReps, reference),
            Accounts = merge.Merge(facts.Accounts, reference),
            Products = merge.Merge(facts.Products, reference),
            Rates = RateStore.Append(session, facts.Rates, exportedAt, id),
            Quotas = merge.Merge(facts.Quotas, reference with { Key = "key" }, new WriteColumn<Quota>("key", FactKeys.Of)),
            Leads = records.Merge(facts.Leads, facts.GoneLeads, new RecordRule<Lead>(l => l.Id, CorrectionKind.Lead, null, "converted_at", "opportunity_id", "disqualified_at")),
            Activities = records.Merge(facts.Activities, facts.GoneActivities, new RecordRule<Activity>(a => a.Id, CorrectionKind.Activity, a => FactKeys.BucketOf(a.OpportunityId ?? a.Id))),
            LineItems = records.Merge(facts.LineItems, facts.GoneLineItems, new RecordRule<LineItem>(l => l.Id, CorrectionKind.LineItem, l => FactKeys.BucketOf(l.OpportunityId))),
            Splits = records.Merge(facts.Splits, facts.GoneSplits, new RecordRule<OpportunitySplit>(s => s.Id, CorrectionKind.Split, s => FactKeys.BucketOf(s.OpportunityId))),
            Opportunities = new EntityCounts(0, 0, 0, 0), Changes = new EntityCounts(0, 0, 0, 0),
        };
        if (facts.Tellings.Count > 0) deals.Note(told.Concat(facts.SetAside), whole is not null);
        if (whole is { } most) EndMissing(facts, told, most, deals, records);
        result = result with { Opportunities = deals.Deals, Changes = deals.Changes, Corrections = corrections.ToList() };
        var counts = JsonSerializer.Serialize(result);
        session.Db.GetTable<ImportRun>().Where(r => r.Id == id).Set(r => r.Counts, counts).Update();
        if (isSampleReplaced) SampleRemoval.Note(session, run);
        cancellation.ThrowIfCancellationRequested();
        session.Commit();
        return result with { RunId = id };
    }

    // What an export that is all there is lacks is gone. Of kinds that it has no file of it says nothing.
    private static void EndMissing(CrmFacts facts, IReadOnlyList<string> told, double most, DealMerge deals, RecordMerge records)
    {
        deals.EndMissing(told.Concat(facts.SetAside).ToHashSet(StringComparer.Ordinal), most);
        if (facts.Activities.Count > 0) records.EndMissing<Activity>(facts.Activities.Select(a => a.Id).ToHashSet(StringComparer.Ordinal), most, CorrectionKind.Activity);
        if (facts.Leads.Count > 0) records.EndMissing<Lead>(facts.Leads.Select(l => l.Id).ToHashSet(StringComparer.Ordinal), most, CorrectionKind.Lead);
        if (facts.LineItems.Count > 0) records.EndMissing<LineItem>(facts.LineItems.Select(l => l.Id).ToHashSet(StringComparer.Ordinal), most, CorrectionKind.LineItem);
        if (facts.Splits.Count > 0) records.EndMissing<OpportunitySplit>(facts.Splits.Select(s => s.Id).ToHashSet(StringComparer.Ordinal), most, CorrectionKind.Split);
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
    /// One of <paramref name="partitions"/> (1 to 1024) shares of the history: its opportunities with their changes, activities,
    /// line items and splits, and all leads and reference data. Shares are disjoint and together complete.
    /// </summary>
    public CrmHistory LoadPartition(int partition, int partitions, AsOf? asOf = null, CancellationToken cancellation = default) =>
        Read(asOf, FactKeys.BucketsOf(partition, partitions), cancellation);

    /// <summary>How many opportunities were recorded by an instant: a measure of the work, without reading
    /// them.</summary>
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

    /// <summary>Time of the newest export so far; null before the first.</summary>
    public DateTimeOffset? NewestExport()
    {
        using var db = database.Connect();
        return LatestImport(db, withEvents: false)?.ExportedAt;
    }

    /// <summary>How custom columns of the deals are read.</summary>
    public IReadOnlyList<CustomColumn> CustomColumns()
    {
        using var db = database.Connect();
        return CustomColumnStore.Read(db, long.MaxValue);
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

    /// <summary>All stages in order.</summary>
    public IReadOnlyList<Stage> Stages() => [.. All<Stage>().OrderBy(s => s.Order)];

    /// <summary>All sales pipelines, those that are no revenue too.</summary>
    public IReadOnlyList<SalesPipeline> Pipelines() => All<SalesPipeline>();

    /// <summary>All quotas.</summary>
    public IReadOnlyList<Quota> Quotas() => All<Quota>();

    private List<T> All<T>() where T : class
    {
        using var db = database.Connect();
        return [.. db.GetTable<T>()];
    }

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
