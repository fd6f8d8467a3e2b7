using System.Globalization;
using System.Text;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations.Tables;

/// <summary>Writes a table as CSV: UTF-8, a header, commas, CRLF; see <see cref="CsvCell"/> for what a cell looks like. What is unknown, NaN too, is an empty cell.</summary>
internal static class CsvTable
{
    /// <summary>Writes all rows.</summary>
    public static void Write(DataFrame table, Stream stream, CancellationToken cancellation)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\r\n" };
        writer.WriteLine(string.Join(',', table.Columns.Select(c => CsvCell.OfText(c.Name))));
        var cells = table.Columns.Select(Cells).ToArray();
        var rows = table.Rows.Count;
        for (long row = 0; row < rows; row++)
        {
            if (row % 1024 == 0) cancellation.ThrowIfCancellationRequested();
            for (var c = 0; c < cells.Length; c++)
            {
                if (c > 0) writer.Write(',');
                cells[c](writer, row);
            }
            writer.WriteLine();
        }
    }

    private static Action<TextWriter, long> Cells(DataFrameColumn column) => column switch
    {
        PrimitiveDataFrameColumn<float> numbers => Values(numbers, v => !float.IsNaN(v)),
        PrimitiveDataFrameColumn<double> numbers => Values(numbers, v => !double.IsNaN(v)),
        PrimitiveDataFrameColumn<int> numbers => Values(numbers),
        PrimitiveDataFrameColumn<long> numbers => Values(numbers),
        PrimitiveDataFrameColumn<DateOnly> days => Values(days, format: "yyyy-MM-dd"),
        PrimitiveDataFrameColumn<DateTime> instants => Values(instants, format: CsvCell.InstantFormat),
        PrimitiveDataFrameColumn<bool> flags => (writer, row) => writer.Write(flags[row] switch { true => "true", false => "false", null => "" }),
        StringDataFrameColumn texts => (writer, row) => writer.Write(texts[row] is { } text ? CsvCell.OfText(text) : ""),
        _ => throw UnknownColumn(column),
    };

    private static Action<TextWriter, long> Values<T>(PrimitiveDataFrameColumn<T> column, Func<T, bool>? isKnown = null, string? format = null) where T : unmanaged, ISpanFormattable
    {
        var buffer = new char[64];
        return (writer, row) =>
        {
            if (column[row] is not { } value || isKnown is not null && !isKnown(value)) return;
            if (value.TryFormat(buffer, out var length, format, CultureInfo.InvariantCulture)) writer.Write(buffer, 0, length);
            else writer.Write(value.ToString(format, CultureInfo.InvariantCulture));
        };
    }

    /// <summary>A type of column that no file can hold.</summary>
    public static ArgumentException UnknownColumn(DataFrameColumn column) =>
        new($"Table column {column.Name}: found values of type {column.DataType.Name}; expected text, single, double, whole numbers, true or false, days or instants. Convert the column first.");
}
