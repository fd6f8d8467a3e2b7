using ForecastEngine.Crm;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>A custom column as an import told of it.</summary>
internal sealed record StoredColumn(string Name, ValueKind Kind, bool IsDeclared, long Arrival);

/// <summary>
/// How custom columns of the deals are read. Only ever added to; what the last import says of a column counts.
/// </summary>
internal static class CustomColumnStore
{
    /// <summary>The columns as they stood after an import, by name.</summary>
    public static IReadOnlyList<CustomColumn> Read(DataConnection db, long arrival) =>
    [
        .. db.GetTable<StoredColumn>().Where(c => c.Arrival <= arrival).ToList()
            .GroupBy(c => c.Name, StringComparer.Ordinal)
            .Select(g => g.MaxBy(c => c.Arrival)!)
            .OrderBy(c => c.Name, StringComparer.Ordinal)
            .Select(c => new CustomColumn(c.Name, c.Kind, c.IsDeclared)),
    ];

    /// <summary>Adds what is said otherwise than before.</summary>
    public static void Append(DatabaseSession session, IReadOnlyList<CustomColumn> columns, long arrival)
    {
        if (columns.Count == 0) return;
        var known = Read(session.Db, long.MaxValue).ToHashSet();
        foreach (var column in columns.Where(c => !known.Contains(c)))
            session.Db.Insert(new StoredColumn(column.Name, column.Kind, column.IsDeclared, arrival));
    }
}
