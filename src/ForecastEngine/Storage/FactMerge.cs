namespace ForecastEngine.Storage;

/// <summary>
/// Which columns of a table may change once a row is stored. Whatever is not named here is fixed: the first value stands and another is a conflict.
/// </summary>
/// <param name="Key">The column that names a row.</param>
/// <param name="Current">Columns that hold the present state: the newest export has the say.</param>
/// <param name="IsReference">True for reference data: every column but the key is current, and the earliest <c>recorded_at</c> is kept.</param>
internal sealed record MergeRule(string Key, string[]? Current = null, bool IsReference = false);

/// <summary>
/// Brings rows into a table of history within one transaction: they are written to a temporary table beside it, counted
/// against what is stored, and merged by the same few set statements on both databases.
/// </summary>
/// <param name="session">The transaction.</param>
/// <param name="isNewest">True when no later export was imported before; otherwise current values are left alone.</param>
/// <param name="isSample">True when the rows are the sample's. A row is the sample's until something else brings it up to date.</param>
/// <param name="arrival">Number of the import that brings the rows. A row keeps that of the first.</param>
/// <param name="progress">Told of every table.</param>
/// <param name="cancellation">Stops midway; the transaction then rolls back.</param>
internal sealed class FactMerge(DatabaseSession session, bool isNewest, bool isSample, long arrival, IProgress<StorageProgress>? progress, CancellationToken cancellation)
{
    private const string SampleMark = "is_sample";
    private const string ArrivalMark = "arrival";
    private readonly object _isSample = isSample;
    private readonly object _arrival = arrival;

    /// <param name="rows">What the import read.</param>
    /// <param name="rule">What may change.</param>
    /// <param name="more">Columns beyond the mapped ones.</param>
    public EntityCounts Merge<T>(IReadOnlyList<T> rows, MergeRule rule, params WriteColumn<T>[] more)
    {
        if (rows.Count == 0) return new EntityCounts(0, 0, 0, 0);
        var table = StorageMapping.TableOf<T>();
        var staging = $"staging_{table}";
        var columns = BulkWriter.Columns([.. more, new WriteColumn<T>(SampleMark, _ => _isSample), new WriteColumn<T>(ArrivalMark, _ => _arrival)]);
        session.Execute($"CREATE TEMP TABLE {staging} AS SELECT {BulkWriter.Names(columns)} FROM {table} WHERE 1 = 0", cancellation);
        BulkWriter.Write(session, staging, columns, LastOfEach(rows, columns, rule), done => progress?.Report(new StorageProgress(table, done, rows.Count)), cancellation);
        if (session.Connection is Npgsql.NpgsqlConnection) session.Execute($"ANALYZE {staging}", cancellation);

        var names = columns.Select(c => c.Name).Where(n => n != rule.Key).ToArray();
        var (conflict, update, set) = Conditions(names, rule);
        var match = $"FROM {staging} AS s JOIN {table} AS t ON t.\"{rule.Key}\" = s.\"{rule.Key}\"";
        var known = session.Numbers($"SELECT SUM(CASE WHEN {conflict} THEN 1 ELSE 0 END), SUM(CASE WHEN {update} THEN 1 ELSE 0 END), SUM(CASE WHEN {conflict} OR {update} THEN 1 ELSE 0 END) {match}", cancellation);
        if (known[1] > 0) session.Execute($"UPDATE {table} AS t SET {set} FROM {staging} AS s WHERE t.\"{rule.Key}\" = s.\"{rule.Key}\" AND ({update})", cancellation);
        var added = session.Execute($"INSERT INTO {table} ({BulkWriter.Names(columns)}) SELECT {BulkWriter.Names(columns)} FROM {staging} WHERE 1 = 1 ORDER BY \"{rule.Key}\" ON CONFLICT DO NOTHING", cancellation);
        session.Execute($"DROP TABLE {staging}", cancellation);
        progress?.Report(new StorageProgress(table, rows.Count, rows.Count));
        return new EntityCounts(added, known[1], rows.Count - added - known[2], known[0]);
    }

    private (string Conflict, string Update, string Set) Conditions(string[] names, MergeRule rule)
    {
        names = [.. names.Where(n => n is not (SampleMark or ArrivalMark))];
        string[] current = rule.IsReference ? [.. names.Where(n => n != "recorded_at")] : rule.Current ?? [];
        var conflicts = new List<string>();
        var updates = new List<string>();
        var sets = new List<string>();
        foreach (var name in names)
        {
            if (current.Contains(name))
            {
                if (!isNewest) continue;
                updates.Add($"t.\"{name}\" IS DISTINCT FROM s.\"{name}\"");
                sets.Add($"\"{name}\" = s.\"{name}\"");
            }
            else if (name != "recorded_at") conflicts.Add($"t.\"{name}\" IS DISTINCT FROM s.\"{name}\"");
            else if (rule.IsReference)
            {
                updates.Add("s.recorded_at < t.recorded_at");
                sets.Add("recorded_at = CASE WHEN s.recorded_at < t.recorded_at THEN s.recorded_at ELSE t.recorded_at END");
            }
        }
        sets.Add($"{SampleMark} = (t.{SampleMark} AND s.{SampleMark})");
        return (Any(conflicts), Any(updates), string.Join(", ", sets));
    }

    private static string Any(List<string> conditions) => conditions.Count == 0 ? "1 = 0" : $"({string.Join(" OR ", conditions)})";

    // A table whose rows may change takes the last row of each key, so that one row decides. Elsewhere the database keeps the first.
    private static IEnumerable<T> LastOfEach<T>(IReadOnlyList<T> rows, WriteColumn<T>[] columns, MergeRule rule)
    {
        if (!rule.IsReference && rule.Current is null) return rows;
        var key = columns.First(c => c.Name == rule.Key);
        var last = new Dictionary<string, int>(rows.Count, StringComparer.Ordinal);
        for (var i = 0; i < rows.Count; i++) last[NameOf(rows[i])] = i;
        return last.Count == rows.Count ? rows : rows.Where((row, i) => last[NameOf(row)] == i);

        string NameOf(T row) => key.Value(row) is byte[] bytes ? Convert.ToHexString(bytes) : (string)key.Value(row)!;
    }
}
