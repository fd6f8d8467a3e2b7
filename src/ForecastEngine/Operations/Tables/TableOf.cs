using ForecastEngine.Forecasting;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations.Tables;

/// <summary>Makes a <see cref="DataFrame"/> of rows that come one by one: each column takes its value and the row may go.</summary>
/// <typeparam name="T">What a row is made of.</typeparam>
public sealed class TableOf<T>
{
    private readonly List<DataFrameColumn> _columns = [];
    private readonly List<Action<T>> _add = [];

    /// <summary>A column of texts; null is an empty cell.</summary>
    public TableOf<T> Text(string name, Func<T, string?> value)
    {
        var column = new StringDataFrameColumn(name, 0);
        return With(column, row => column.Append(value(row)));
    }

    /// <summary>A column of numbers; null, and NaN, which stands for the unknown too, are empty cells.</summary>
    public TableOf<T> Number(string name, Func<T, double?> value) => Values<double>(name, row => value(row) is { } number && !double.IsNaN(number) ? number : null);

    /// <summary>A column of features.</summary>
    public TableOf<T> Feature(string name, Func<T, float> value) => Values<float>(name, row => value(row));

    /// <summary>A column of whole numbers.</summary>
    public TableOf<T> Count(string name, Func<T, int> value) => Values<int>(name, row => value(row));

    /// <summary>A column of days; null is an empty cell.</summary>
    public TableOf<T> Day(string name, Func<T, DateOnly?> value) => Values<DateOnly>(name, value);

    /// <summary>A column of instants, UTC; null is an empty cell.</summary>
    public TableOf<T> Instant(string name, Func<T, DateTimeOffset?> value) => Values<DateTime>(name, row => value(row)?.UtcDateTime);

    /// <summary>Two columns of amounts per level of the bands, such as <c>low_80</c> and <c>high_80</c>; empty cells where there is no band.</summary>
    public TableOf<T> Bands(Func<T, IReadOnlyList<Band>> bands)
    {
        foreach (var level in RevenueForecaster.Levels)
        {
            var percent = FormattableString.Invariant($"{100 * level:0}");
            Number($"low_{percent}", row => Band.At(bands(row), level)?.Lower).Number($"high_{percent}", row => Band.At(bands(row), level)?.Upper);
        }
        return this;
    }

    /// <summary>Adds a row.</summary>
    public void Add(T row)
    {
        foreach (var add in _add) add(row);
    }

    /// <summary>The table of all rows added.</summary>
    /// <param name="rows">Rows to add first.</param>
    public DataFrame Build(IEnumerable<T>? rows = null)
    {
        foreach (var row in rows ?? []) Add(row);
        return new DataFrame(_columns);
    }

    private TableOf<T> Values<TValue>(string name, Func<T, TValue?> value) where TValue : unmanaged
    {
        var column = new PrimitiveDataFrameColumn<TValue>(name);
        return With(column, row => column.Append(value(row)));
    }

    private TableOf<T> With(DataFrameColumn column, Action<T> add)
    {
        _columns.Add(column);
        _add.Add(add);
        return this;
    }
}
