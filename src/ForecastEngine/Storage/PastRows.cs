namespace ForecastEngine.Storage;

/// <summary>Moves replaced facts to the tables of the past, with until when they stood.</summary>
/// <param name="session">The transaction.</param>
/// <param name="arrival">Number of the import that replaces them.</param>
/// <param name="cancellation">Stops it.</param>
internal sealed class PastRows(DatabaseSession session, long arrival, CancellationToken cancellation)
{
    private const string Sample = "is_sample";
    private const string Arrival = "arrival";

    /// <summary>The columns that say whose a row is and which import brought it.</summary>
    public WriteColumn<T>[] Marks<T>(bool isSample)
    {
        var (sample, number) = ((object)isSample, (object)arrival);
        return [new WriteColumn<T>(Sample, _ => sample), new WriteColumn<T>(Arrival, _ => number)];
    }

    /// <summary>Moves a row.</summary>
    /// <param name="columns">All columns of its table.</param>
    /// <param name="key">The column that names it.</param>
    /// <param name="value">Its name.</param>
    /// <param name="untilAt">From when on another stands in its place; null where it never stood, as far as is known
    /// now.</param>
    public void Move<T>(WriteColumn<T>[] columns, string key, object value, DateTimeOffset? untilAt = null)
    {
        var (table, names) = (StorageMapping.TableOf<T>(), BulkWriter.Names(columns));
        session.Execute(
            $"INSERT INTO past_{table} ({names}, until_at, until_arrival) "
                + $"SELECT {names}, @until, @arrival FROM {table} WHERE \"{key}\" = @key",
            cancellation,
            ("until", untilAt is { } at ? StorageMapping.ToMicroseconds(at) : null),
            ("arrival", arrival), ("key", value));
        session.Execute($"DELETE FROM {table} WHERE \"{key}\" = @key", cancellation, ("key", value));
    }
}
