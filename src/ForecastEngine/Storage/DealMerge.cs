using ForecastEngine.Crm;
using ForecastEngine.Statistics;
using LinqToDB;

namespace ForecastEngine.Storage;

/// <summary>
/// Brings what was told of deals into the history. Of a deal that is not known yet the facts are written as they come.
/// A deal that is known is told anew from all that was ever said of it (<see cref="DealRetelling"/>); facts that this
/// replaces move to the tables of the past, where a run that began before still finds them. Works bucket by bucket, so
/// that its memory does not grow with the history.
/// </summary>
internal sealed class DealMerge
{
    private const int BucketsAtOnce = 64;
    private const int IdsAtOnce = 400;
    private readonly DatabaseSession _session;
    private readonly ImportRun _run;
    private readonly CorrectionTally _corrections;
    private readonly IProgress<StorageProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<string, StageKind> _kinds;
    private readonly Dictionary<long, DateTimeOffset> _toldAt;
    private readonly PastRows _past;
    private readonly WriteColumn<Opportunity>[] _dealColumns;
    private readonly WriteColumn<OpportunityChange>[] _changeColumns;
    private readonly WriteColumn<TellingRow>[] _tellingColumns = BulkWriter.Columns<TellingRow>();
    private readonly bool _isOlder;
    private readonly List<ImportRun> _exports;
    private readonly Dictionary<long, (long[] Deals, bool IsWhole)?> _dealsOf = [];
    private long _deals, _unchanged, _retold, _changesAdded, _changesUnchanged, _changesReplaced, _renamed;

    /// <param name="session">The transaction; stages are in it already.</param>
    /// <param name="run">The import, with its number.</param>
    /// <param name="corrections">Told of what is replaced.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    public DealMerge(
        DatabaseSession session, ImportRun run, CorrectionTally corrections,
        IProgress<StorageProgress>? progress, CancellationToken cancellation)
    {
        (_session, _run, _corrections, _progress, _cancellation) = (session, run, corrections, progress, cancellation);
        _kinds = session.Db.GetTable<Stage>().ToDictionary(s => s.Name, s => s.Kind, StringComparer.Ordinal);
        _toldAt = session.Db.GetTable<ImportRun>()
            .Select(r => new { r.Id, r.ExportedAt })
            .ToDictionary(r => r.Id, r => r.ExportedAt);
        _past = new PastRows(session, run.Id, cancellation);
        _dealColumns = BulkWriter.Columns(
            [new WriteColumn<Opportunity>("bucket", o => FactKeys.BucketOf(o.Id)),
             .. _past.Marks<Opportunity>(run.IsSample)]);
        _changeColumns = BulkWriter.Columns(
            [new WriteColumn<OpportunityChange>("key", FactKeys.Of),
             new("bucket", c => FactKeys.BucketOf(c.OpportunityId)),
             .. _past.Marks<OpportunityChange>(run.IsSample)]);
        _exports = [.. session.Db.GetTable<ImportRun>()
            .Where(r => r.MapName != EventStore.MapName && r.Id != run.Id)
            .OrderBy(r => r.ExportedAt).ThenBy(r => r.Id)];
        _isOlder = run.MapName != EventStore.MapName && _exports.Any(r => r.ExportedAt > run.ExportedAt);
    }

    /// <summary>Deals that were new, retold with a difference, and said again.</summary>
    public EntityCounts Deals => new(_deals, 0, _unchanged, _retold);

    /// <summary>Changes that were new, known, and replaced.</summary>
    public EntityCounts Changes => new(_changesAdded, 0, _changesUnchanged, _changesReplaced);

    /// <summary>Brings in what an export tells.</summary>
    /// <returns>All deals that it told of.</returns>
    public IReadOnlyList<string> Run(CrmFacts facts)
    {
        var told = new ToldDeals(facts, _run);
        var isEmpty = _session.Numbers(AnyDeal, _cancellation)[0] == 0;
        for (var (first, done) = (0, 0); first < FactKeys.Buckets; first += BucketsAtOnce)
        {
            var deals = told.InBuckets(first, first + BucketsAtOnce - 1);
            if (deals.Count > 0) Merge(deals, first, isEmpty);
            if (deals.Count > 0)
                _progress?.Report(new StorageProgress("opportunities", done += deals.Count, told.Count));
        }
        _progress?.Report(new StorageProgress("opportunity_changes", facts.Changes.Count, facts.Changes.Count));
        return told.Ids;
    }

    /// <summary>Says of every deal that the export, which is all there is, no longer has that it is gone.</summary>
    /// <param name="told">Deals that it has.</param>
    /// <param name="most">Largest share of the deals that may go, 0–1.</param>
    /// <exception cref="StorageException">More would go.</exception>
    public void EndMissing(IReadOnlySet<string> told, double most)
    {
        var (missing, all) = (new List<string>(), 0);
        var gone = Gone();
        using (var command = _session.Command(
            "SELECT id FROM opportunities WHERE recorded_at <= @exported",
            [("exported", StorageMapping.ToMicroseconds(_run.ExportedAt))]))
        using (var reader = command.ExecuteReader())
            while (reader.Read())
            {
                var id = reader.GetString(0);
                if (!gone.Contains(id)) all++;
                if (!told.Contains(id)) missing.Add(id);
            }
        List<string> live = [.. missing.Where(id => !gone.Contains(id))];
        WholeExport.Check("deals", live.Count, all, most, live);
        // What is gone now was perhaps there when an older export was made.
        Retell([.. (_isOlder ? missing : live).Select(id => new ToldDeal(MissingRow(id, _run), null, [], 0))]);
    }

    private HashSet<string> Gone()
    {
        var gone = new HashSet<string>(StringComparer.Ordinal);
        using var command = _session.Command(
            "SELECT opportunity_id, new_value FROM opportunity_changes "
                + "WHERE field = @gone ORDER BY recorded_at, sequence",
            [("gone", OpportunityField.Gone)]);
        using var reader = command.ExecuteReader();
        while (reader.Read())
            if (reader.IsDBNull(1)) gone.Remove(reader.GetString(0));
            else gone.Add(reader.GetString(0));
        return gone;
    }

    /// <summary>Notes which deals the export told of: what an older one that comes later must know.</summary>
    /// <param name="ids">The deals, those that were set aside too.</param>
    /// <param name="isWhole">True when it is all there is.</param>
    public void Note(IEnumerable<string> ids, bool isWhole)
    {
        long[] hashes = [.. ids.Select(CounterRandom.HashOf).Distinct().Order()];
        _session.Execute(
            "INSERT INTO import_deals (import_id, deals, is_whole) VALUES (@id, @deals, @whole)",
            _cancellation,
            ("id", _run.Id),
            ("deals", System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(hashes).ToArray()),
            ("whole", isWhole));
    }

    private const string AnyDeal = """
        SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM opportunities LIMIT 1) AS a) + (SELECT COUNT(*) FROM (SELECT 1 FROM deal_tellings LIMIT 1) AS b)
        """;

    /// <summary>Tells of one deal, as an event does; returns how many facts it adds.</summary>
    public int Tell(DealTelling telling)
    {
        var before = _deals + _changesAdded - _changesReplaced + _renamed;
        Retell([ToldDeal.Of(telling, _run)]);
        return (int)Math.Max(0, _deals + _changesAdded - _changesReplaced + _renamed - before);
    }

    /// <summary>Tells deals anew from what is stored of them.</summary>
    public void Retell(IEnumerable<string> ids) =>
        Retell(
            [.. ids.Select(id => new ToldDeal(
                new TellingRow(id, FactKeys.BucketOf(id), DateTimeOffset.MinValue, 0, 0, "", false), null, [], 0))],
            isStored: true);

    private void Merge(List<ToldDeal> told, int firstBucket, bool isEmpty)
    {
        var (latest, known) = isEmpty ? ([], []) : Known(firstBucket);
        var (fresh, again) = (new List<ToldDeal>(), new List<ToldDeal>());
        foreach (var deal in told)
        {
            if (!_isOlder && !known.Contains(deal.Id) && !latest.ContainsKey(deal.Id)) fresh.Add(deal);
            else if (latest.TryGetValue(deal.Id, out var last) && last.Hash == deal.Row.Hash
                && last.ToldAt <= _run.ExportedAt)
            {
                _unchanged++;
                _changesUnchanged += deal.Changes.Count + deal.Repeated;
            }
            else again.Add(deal);
        }
        Write(fresh);
        Retell(again);
    }

    private void Write(List<ToldDeal> fresh)
    {
        _deals += fresh.Count(d => d.Born is not null);
        _changesUnchanged += fresh.Sum(d => d.Repeated);
        BulkWriter.Write(_session, "opportunities", _dealColumns,
            fresh.Select(d => d.Born).OfType<Opportunity>(), null, _cancellation);
        _changesAdded += BulkWriter.Write(_session, "opportunity_changes", _changeColumns,
            fresh.SelectMany(d => d.Changes), null, _cancellation);
        BulkWriter.Write(_session, "deal_tellings", _tellingColumns, fresh.Select(d => d.Row), null, _cancellation);
    }

    private void Retell(List<ToldDeal> told, bool isStored = false)
    {
        foreach (var some in told.GroupBy(d => d.Id, StringComparer.Ordinal).Chunk(IdsAtOnce))
        {
            _cancellation.ThrowIfCancellationRequested();
            var stored = StoredDeal.Load(_session, [.. some.Select(d => d.Key)], _toldAt);
            var (deals, changes, rows) =
                (new List<Opportunity>(), new List<OpportunityChange>(), new List<TellingRow>());
            foreach (var deal in some)
            {
                var before = stored[deal.Key];
                var known = before.Tellings.ToList();
                if (known.Count == 0 && before.Born is { } given)
                {
                    // A deal from before tellings were kept: what is stored of it was given whole.
                    var first = TellingRow.Of(
                        BirthRecord.ToTelling(given, given.RecordedAt, BirthRecord.FieldsOf(given.Attributes.Keys)),
                        [], 0, before.IsSample);
                    known.Add(first);
                    rows.Add(first);
                }
                List<TellingRow> fresh = isStored ? [] : [.. deal.Select(d => d.Row).Where(r => !IsKnown(known, r))];
                foreach (var row in fresh)
                {
                    TellingRow[] confirmed = [.. Confirmed(known, row)];
                    known.AddRange([row, .. confirmed]);
                    rows.AddRange([row, .. confirmed]);
                }
                var history = HistoryRows.Join([.. before.History, .. deal.SelectMany(d => d.History(_run))]);
                var after = DealRetelling.Of([.. known.Select(r => r.ToTelling())], history, KindOf);
                Replace(before, after, deals, changes);
            }
            BulkWriter.Write(_session, "opportunities", _dealColumns, deals, null, _cancellation);
            BulkWriter.Write(_session, "opportunity_changes", _changeColumns, changes, null, _cancellation);
            BulkWriter.Write(_session, "deal_tellings", _tellingColumns, rows, null, _cancellation);
        }
    }

    private StageKind? KindOf(string? stage) =>
        stage is not null && _kinds.TryGetValue(stage, out var kind) ? kind : null;

    // The same said again in its place among the tellings adds nothing.
    private static bool IsKnown(List<TellingRow> known, TellingRow row) =>
        known.Where(k => k.ToldAt <= row.ToldAt).OrderBy(k => k.ToldAt).ThenBy(k => k.Arrival)
            .LastOrDefault()?.Hash == row.Hash;

    // An older export comes after newer ones. One of these that said the same as the one before it left no telling; now
    // that there is something between, it gets one. One that is all there is and has not this deal says that it is
    // gone.
    private IEnumerable<TellingRow> Confirmed(List<TellingRow> known, TellingRow row)
    {
        if (_exports.Count == 0 || _exports[^1].ExportedAt < row.ToldAt) yield break;
        var hash = CounterRandom.HashOf(row.OpportunityId);
        foreach (var run in _exports)
        {
            if ((run.ExportedAt, run.Id).CompareTo((row.ToldAt, row.Arrival)) < 0
                || DealsOf(run) is not var (deals, isWhole))
                continue;
            if (known.Any(k => k.Arrival == run.Id)) yield break;
            if (Array.BinarySearch(deals, hash) >= 0)
            {
                if (known
                    .Where(k => (k.ToldAt, k.Arrival).CompareTo((run.ExportedAt, run.Id)) < 0
                        && k.ToTelling().At is null)
                    .OrderBy(k => k.ToldAt).ThenBy(k => k.Arrival).LastOrDefault() is { } said)
                    yield return said with { ToldAt = run.ExportedAt, Arrival = run.Id };
                yield break;
            }
            if (isWhole) yield return MissingRow(row.OpportunityId, run);
        }
    }

    private static TellingRow MissingRow(string id, ImportRun run) => TellingRow.Of(
        new DealTelling
        {
            OpportunityId = id, ToldAt = run.ExportedAt, Gone = OpportunityField.Missing,
            Fields = ToldFields.None, Values = []
        }, [], run.Id, false);

    private (long[] Deals, bool IsWhole)? DealsOf(ImportRun run)
    {
        if (_dealsOf.TryGetValue(run.Id, out var known)) return known;
        if (_session.Blob("SELECT deals FROM import_deals WHERE import_id = @id", ("id", run.Id)) is { } bytes)
            known = (System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(bytes).ToArray(),
                _session.Numbers(
                    "SELECT COUNT(*) FROM import_deals WHERE import_id = @id AND is_whole",
                    _cancellation, ("id", run.Id))[0] > 0);
        return _dealsOf[run.Id] = known;
    }

    private void Replace(StoredDeal before, RetoldDeal? after, List<Opportunity> deals, List<OpportunityChange> changes)
    {
        if (after is null)
        {
            if (before.Born is null) return;
            after = new RetoldDeal(before.Born, []);
        }
        if (before.Born is null || !IsSame(before.Born, after.Born))
        {
            if (before.Born is null) _deals++;
            else _past.Move(_dealColumns, "id", before.Born.Id);
            if (before.Born is not null && before.Born.Name != after.Born.Name) _renamed++;
            deals.Add(after.Born);
        }
        var left = new Dictionary<OpportunityChange, int>();
        foreach (var change in before.Changes) left[change] = left.GetValueOrDefault(change) + 1;
        var fresh = new List<OpportunityChange>();
        foreach (var change in after.Changes)
        {
            if (left.TryGetValue(change, out var count) && count > 0)
                (left[change], _changesUnchanged) = (count - 1, _changesUnchanged + 1);
            else fresh.Add(change);
        }
        foreach (var (change, count) in left)
        {
            if (count == 0) continue;
            _past.Move(_changeColumns, "key", before.Keys[change]);
            _changesReplaced += count;
        }
        changes.AddRange(fresh);
        _changesAdded += fresh.Count;
        if (before.Born is null) return;
        if (fresh.Count == 0 && left.Values.All(c => c == 0)) _unchanged++;
        else _retold++;
        DealComparison.Tell(_corrections, before, after, KindOf);
    }

    private bool IsSame(Opportunity one, Opportunity other)
    {
        foreach (var column in _dealColumns)
            if (!Equals(column.Value(one), column.Value(other))) return false;
        return true;
    }

    private (Dictionary<string, (DateTimeOffset ToldAt, long Hash)> Latest, HashSet<string> Known) Known(
        int firstBucket)
    {
        var latest = new Dictionary<string, (DateTimeOffset, long)>(StringComparer.Ordinal);
        var known = new HashSet<string>(StringComparer.Ordinal);
        (string, object?)[] range = [("first", firstBucket), ("last", firstBucket + BucketsAtOnce - 1)];
        using (var command = _session.Command(
            "SELECT opportunity_id, told_at, hash FROM deal_tellings WHERE bucket BETWEEN @first AND @last "
                + "ORDER BY told_at, arrival",
            range))
        using (var reader = command.ExecuteReader())
            while (reader.Read())
                latest[reader.GetString(0)] = (StorageMapping.FromMicroseconds(reader.GetInt64(1)), reader.GetInt64(2));
        using (var command = _session.Command(
            "SELECT id FROM opportunities WHERE bucket BETWEEN @first AND @last", range))
        using (var reader = command.ExecuteReader())
            while (reader.Read()) known.Add(reader.GetString(0));
        return (latest, known);
    }
}
