using Microsoft.Data.Analysis;

namespace ForecastEngine.Exploration;

/// <summary>Builds a table from rows, a whole column at a time, so that no value is boxed.</summary>
/// <typeparam name="T">What a row is drawn from.</typeparam>
/// <param name="rows">The rows.</param>
internal sealed class TableOf<T>(IReadOnlyList<T> rows)
{
    private readonly List<DataFrameColumn> _columns = [];

    /// <summary>A text column; null is an empty cell.</summary>
    public TableOf<T> Text(string name, Func<T, string?> value) => With(new StringDataFrameColumn(name, rows.Select(value)!));

    /// <summary>A column of numbers; null and what is not finite is an empty cell.</summary>
    public TableOf<T> Number(string name, Func<T, double?> value) =>
        With(new PrimitiveDataFrameColumn<double>(name, rows.Select(r => value(r) is { } v && double.IsFinite(v) ? v : (double?)null)));

    /// <summary>A column of whole numbers.</summary>
    public TableOf<T> Count(string name, Func<T, int> value) => With(new PrimitiveDataFrameColumn<int>(name, rows.Select(value)));

    /// <summary>A column of yes and no.</summary>
    public TableOf<T> Flag(string name, Func<T, bool> value) => With(new PrimitiveDataFrameColumn<bool>(name, rows.Select(value)));

    /// <summary>A column of days, as date-times at midnight; null is an empty cell.</summary>
    public TableOf<T> Day(string name, Func<T, DateOnly?> value) =>
        With(new PrimitiveDataFrameColumn<DateTime>(name, rows.Select(r => value(r)?.ToDateTime(TimeOnly.MinValue))));

    /// <summary>A column of instants, UTC; null is an empty cell.</summary>
    public TableOf<T> Instant(string name, Func<T, DateTimeOffset?> value) =>
        With(new PrimitiveDataFrameColumn<DateTime>(name, rows.Select(r => value(r)?.UtcDateTime)));

    /// <summary>The table.</summary>
    public DataFrame Build() => new(_columns);

    private TableOf<T> With(DataFrameColumn column)
    {
        _columns.Add(column);
        return this;
    }
}
