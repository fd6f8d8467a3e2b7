using System.Buffers;
using System.IO.Compression;
using Microsoft.Data.Analysis;
using Parquet;
using Parquet.Schema;

namespace ForecastEngine.Operations.Tables;

/// <summary>
/// Writes a table as Parquet, compressed with Zstandard, a group of rows at a time. Every column may have gaps, so that two exports
/// have one schema; what is unknown is a gap, NaN too. Instants are in nanoseconds UTC.
/// </summary>
internal static class ParquetTable
{
    private const int GroupRows = 100_000;
    private const int PoolBytes = 16 << 20;

    /// <summary>Writes all rows.</summary>
    public static async Task WriteAsync(DataFrame table, Stream stream, CancellationToken cancellation)
    {
        var columns = table.Columns.Select(Column).ToArray();
        // The library's default level, the smallest size, takes fifty times as long for half a per cent; its pool of buffers knows no end by itself.
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Optimal, MaximumSmallPoolFreeBytes = PoolBytes, MaximumLargePoolFreeBytes = PoolBytes };
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(c => c.Field)), stream, options, cancellationToken: cancellation);
        var rows = table.Rows.Count;
        for (long start = 0; start < rows; start += GroupRows)
        {
            using var group = writer.CreateRowGroup();
            foreach (var (_, write) in columns)
            {
                cancellation.ThrowIfCancellationRequested();
                await write(group, start, (int)Math.Min(GroupRows, rows - start), cancellation);
            }
            group.CompleteValidate();
        }
    }

    private delegate ValueTask WriteRows(ParquetRowGroupWriter group, long start, int count, CancellationToken cancellation);

    private static (DataField Field, WriteRows Write) Column(DataFrameColumn column) => column switch
    {
        PrimitiveDataFrameColumn<float> numbers => Values(numbers, v => float.IsNaN(v) ? null : v),
        PrimitiveDataFrameColumn<double> numbers => Values(numbers, v => double.IsNaN(v) ? null : v),
        PrimitiveDataFrameColumn<int> numbers => Values(numbers),
        PrimitiveDataFrameColumn<long> numbers => Values(numbers),
        PrimitiveDataFrameColumn<bool> flags => Values(flags),
        PrimitiveDataFrameColumn<DateOnly> days => Values(days),
        PrimitiveDataFrameColumn<DateTime> instants => Values(instants, v => DateTime.SpecifyKind(v, DateTimeKind.Utc),
            new DateTimeDataField(column.Name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Nanos, isNullable: true)),
        StringDataFrameColumn texts => Texts(texts),
        _ => throw CsvTable.UnknownColumn(column),
    };

    private static (DataField, WriteRows) Values<T>(PrimitiveDataFrameColumn<T> column, Func<T, T?>? known = null, DataField? field = null) where T : unmanaged
    {
        var own = field ?? new DataField<T>(column.Name, nullable: true);
        return (own, async (group, start, count, cancellation) =>
        {
            var values = ArrayPool<T?>.Shared.Rent(count);
            for (var i = 0; i < count; i++) values[i] = column[start + i] is { } value ? known is null ? value : known(value) : null;
            await group.WriteAsync<T>(own, values.AsMemory(0, count), cancellationToken: cancellation);
            ArrayPool<T?>.Shared.Return(values);
        });
    }

    private static (DataField, WriteRows) Texts(StringDataFrameColumn column)
    {
        var own = new DataField<string>(column.Name, nullable: true);
        return (own, async (group, start, count, _) =>
        {
            var values = ArrayPool<string>.Shared.Rent(count);
            for (var i = 0; i < count; i++) values[i] = column[start + i];
            await group.WriteAsync(own, new ArraySegment<string>(values, 0, count));
            ArrayPool<string>.Shared.Return(values, clearArray: true);
        });
    }
}
