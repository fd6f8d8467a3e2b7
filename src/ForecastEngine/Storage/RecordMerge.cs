using System.Data.Common;

namespace ForecastEngine.Storage;

/// <summary>How records of one kind, each with an id of the CRM's, are brought in.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">As what a correction of one is told.</param>
/// <param name="Bucket">Its bucket; null where the table has none.</param>
/// <param name="Later">Columns that are empty until something happens, and say themselves when: filling them corrects
/// nothing.</param>
internal sealed record RecordRule<T>(
    Func<T, string> Id, CorrectionKind Kind, Func<T, int>? Bucket = null, params string[] Later);

/// <summary>
/// Brings records into their table: new ones are added, one that is told otherwise is replaced from the import's time
/// on, one that is gone ends then. What was replaced moves to the table of the past with until when it stood. The order
/// of imports does not matter: an older telling takes its place among the past ones.
/// </summary>
internal sealed class RecordMerge(
    DatabaseSession session, ImportRun run, CorrectionTally corrections,
    IProgress<StorageProgress>? progress, CancellationToken cancellation)
{
    private const int IdsAtOnce = 400;
    private readonly PastRows _past = new(session, run.Id, cancellation);
    private readonly Dictionary<long, long> _toldAt = ToldAtOf(session);
    private readonly long _exportedAt = StorageMapping.ToMicroseconds(run.ExportedAt);

    /// <param name="rows">What the import tells.</param>
    /// <param name="gone">Ids of those that it says are deleted.</param>
    /// <param name="rule">How.</param>
    public EntityCounts Merge<T>(IReadOnlyList<T> rows, IReadOnlyList<string> gone, RecordRule<T> rule) where T : class
    {
        if (rows.Count == 0 && gone.Count == 0) return new EntityCounts(0, 0, 0, 0);
        var table = StorageMapping.TableOf<T>();
        var columns = BulkWriter.Columns(
            [.. rule.Bucket is { } bucket ? (WriteColumn<T>[])[new("bucket", r => bucket(r))] : [],
             .. _past.Marks<T>(run.IsSample)]);
        var isEmpty = session.Numbers(
            $"SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS a",
            cancellation)[0] == 0;
        var seen = new HashSet<string>(rows.Count, StringComparer.Ordinal);
        List<T> once = [.. rows.Where(r => seen.Add(rule.Id(r)))];
        var (added, updated, unchanged, replaced) = (0L, 0L, (long)rows.Count - once.Count, 0L);
        if (isEmpty)
        {
            added = BulkWriter.Write(
                session, table, columns, once,
                done => progress?.Report(new StorageProgress(table, done, once.Count)), cancellation);
        }
        else
        {
            var fresh = new List<T>();
            var compared = columns
                .Where(c => c.Name is not ("id" or "bucket" or "recorded_at" or "is_sample" or "arrival"))
                .ToArray();
            foreach (var some in once.Chunk(IdsAtOnce))
            {
                var stored = Stored(table, compared, [.. some.Select(rule.Id)]);
                foreach (var row in some)
                {
                    if (!stored.TryGetValue(rule.Id(row), out var known)) fresh.Add(row);
                    else
                    {
                        switch (Compare(row, known, compared, rule))
                        {
                            case Outcome.Same: unchanged++; break;
                            case Outcome.Filled: updated++; break;
                            default: replaced++; break;
                        }
                    }
                }
                progress?.Report(new StorageProgress(table, added + updated + unchanged + replaced, once.Count));
            }
            added += BulkWriter.Write(session, table, columns, fresh, null, cancellation);
        }
        foreach (var id in gone)
            if (End<T>(columns, id)) corrections.Add(rule.Kind, id, "there", null);
        progress?.Report(new StorageProgress(table, rows.Count, rows.Count));
        return new EntityCounts(added, updated, unchanged, replaced);

        Outcome Compare(T row, Known known, WriteColumn<T>[] compared, RecordRule<T> rule)
        {
            var (differs, fills) = (false, new List<WriteColumn<T>>());
            for (var c = 0; c < compared.Length; c++)
            {
                var (told, stands) = (compared[c].Value(row), known.Values[c]);
                if (IsSame(told, stands)) continue;
                if (rule.Later.Contains(compared[c].Name) && told is null) continue;
                if (rule.Later.Contains(compared[c].Name) && stands is null) fills.Add(compared[c]);
                else differs = true;
            }
            if (!differs && fills.Count == 0) return Outcome.Same;
            if (!differs)
            {
                foreach (var column in fills)
                    session.Execute(
                        $"UPDATE {table} SET \"{column.Name}\" = @value WHERE id = @id", cancellation,
                        ("value", column.Value(row)), ("id", rule.Id(row)));
                return Outcome.Filled;
            }
            Replace(row, known, columns, rule);
            return Outcome.Replaced;
        }
    }

    /// <summary>Ends all records that the import, which is all there is, no longer has.</summary>
    /// <param name="told">Ids of those that it has.</param>
    /// <param name="most">Largest share that may go.</param>
    /// <param name="kind">As what it is told.</param>
    /// <exception cref="StorageException">More would go.</exception>
    public int EndMissing<T>(IReadOnlySet<string> told, double most, CorrectionKind kind) where T : class
    {
        var table = StorageMapping.TableOf<T>();
        var (missing, all) = (new List<string>(), 0);
        using (var command = session.Command(
            $"SELECT id FROM {table} WHERE recorded_at <= @exported",
            [("exported", _exportedAt)]))
        using (var reader = command.ExecuteReader())
            while (reader.Read())
            {
                all++;
                if (!told.Contains(reader.GetString(0))) missing.Add(reader.GetString(0));
            }
        WholeExport.Check(table.Replace('_', ' '), missing.Count, all, most, missing);
        var columns = BulkWriter.Columns(
            [.. table == "leads" ? (WriteColumn<T>[])[] : [new("bucket", _ => 0)],
             .. _past.Marks<T>(run.IsSample)]);
        foreach (var id in missing)
            if (End<T>(columns, id)) corrections.Add(kind, id, "there", null);
        return missing.Count;
    }

    private enum Outcome { Same, Filled, Replaced }

    private sealed record Known(object?[] Values, long RecordedAt, long ToldAt);

    // Told after what stands: it stands from now on. Told before: it stood until the other was told.
    private void Replace<T>(T row, Known known, WriteColumn<T>[] columns, RecordRule<T> rule) where T : class
    {
        var (table, id) = (StorageMapping.TableOf<T>(), rule.Id(row));
        corrections.Add(rule.Kind, id, "told before", "told otherwise");
        if (_exportedAt >= known.ToldAt)
        {
            _past.Move(columns, "id", id, Instant(Math.Max(_exportedAt, known.RecordedAt)));
            BulkWriter.Write(
                session, table,
                [.. columns.Select(c => c.Name == "recorded_at"
                    ? c with { Value = _ => Math.Max(_exportedAt, known.RecordedAt) }
                    : c)],
                [row], null, cancellation);
            return;
        }
        var names = BulkWriter.Names(columns);
        BulkWriter.Write(
            session, $"past_{table}",
            [.. columns, new WriteColumn<T>("until_at", _ => known.ToldAt),
             new WriteColumn<T>("until_arrival", _ => 0L)],
            [row], null, cancellation);
        session.Execute(
            $"UPDATE {table} SET recorded_at = @told WHERE id = @id AND recorded_at < @told", cancellation,
            ("told", known.ToldAt), ("id", id));
    }

    private bool End<T>(WriteColumn<T>[] columns, string id)
    {
        var table = StorageMapping.TableOf<T>();
        var found = session.Numbers(
            $"SELECT COUNT(*), MAX(recorded_at) FROM {table} WHERE id = @id", cancellation,
            ("id", id));
        if (found[0] == 0) return false;
        _past.Move(columns, "id", id, Instant(Math.Max(_exportedAt, found[1])));
        return true;
    }

    private Dictionary<string, Known> Stored<T>(string table, WriteColumn<T>[] compared, string[] ids)
    {
        var stored = new Dictionary<string, Known>(StringComparer.Ordinal);
        var values = ids.Select((id, i) => (Name: $"p{i}", Value: (object?)id)).ToArray();
        using var command = session.Command(
            $"SELECT id, recorded_at, arrival{string.Concat(compared.Select(c => $", \"{c.Name}\""))} FROM {table} "
                + $"WHERE id IN ({string.Join(", ", values.Select(v => "@" + v.Name))})",
            values);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = new object?[compared.Length];
            for (var c = 0; c < row.Length; c++) row[c] = reader.IsDBNull(c + 3) ? null : reader.GetValue(c + 3);
            stored[reader.GetString(0)] = new Known(
                row, reader.GetInt64(1), _toldAt.GetValueOrDefault(reader.GetInt64(2), long.MinValue));
        }
        return stored;
    }

    // Amounts are text in SQLite: 10.0 and 10 are one.
    private static bool IsSame(object? told, object? stands) => (told, stands) switch
    {
        (null, null) => true,
        (decimal one, string other) =>
            decimal.TryParse(other, System.Globalization.NumberStyles.Float,
                System.Globalization.CultureInfo.InvariantCulture, out var amount)
                && amount == one,
        (decimal one, IConvertible other) =>
            one == Convert.ToDecimal(other, System.Globalization.CultureInfo.InvariantCulture),
        (int one, IConvertible other) =>
            one == Convert.ToInt64(other, System.Globalization.CultureInfo.InvariantCulture),
        _ => Equals(told, stands),
    };

    private static DateTimeOffset Instant(long microseconds) => StorageMapping.FromMicroseconds(microseconds);

    private static Dictionary<long, long> ToldAtOf(DatabaseSession session)
    {
        var times = new Dictionary<long, long>();
        using var command = session.Command("SELECT id, exported_at FROM import_runs", []);
        using var reader = command.ExecuteReader();
        while (reader.Read()) times[reader.GetInt64(0)] = reader.GetInt64(1);
        return times;
    }
}
