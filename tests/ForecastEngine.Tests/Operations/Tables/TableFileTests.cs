using System.Globalization;
using CsvHelper;
using ForecastEngine.Operations;
using ForecastEngine.Operations.Tables;
using Microsoft.Data.Analysis;
using Parquet;
using Parquet.Schema;

namespace ForecastEngine.Tests.Operations.Tables;

/// <summary>A table written and read back by other people's readers, CsvHelper and Parquet.Net, is the table.</summary>
public sealed class TableFileTests : IDisposable
{
    private static readonly DateTimeOffset EndOfDay = Crm.AsOf.EndOf(new DateOnly(2026, 11, 6)).Instant;
    private readonly string _folder = Directory.CreateTempSubdirectory("forecast-tables-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed record Row(string? Text, double? Number, float Feature, int Count, DateOnly? Day, DateTimeOffset? At);

    private static readonly Row[] Rows =
    [
        new("plain", 0.1, 1f / 3, 1, new(2026, 11, 6), EndOfDay), new(null, null, -0f, -2, null, null), new("Ünïcode, \"quoted\"\nand folded", 1e-300, float.MaxValue, int.MaxValue, new(1999, 12, 31), EndOfDay.AddHours(1)),
        new("", double.NaN, 16777217f, 0, new(2026, 2, 28), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), new(" spaces ", 123456789.12345678, 1e-7f, 7, null, EndOfDay),
    ];

    private static DataFrame Table(IEnumerable<Row> rows) => new TableOf<Row>().Text("text", r => r.Text).Number("number", r => r.Number).Feature("feature", r => r.Feature)
        .Count("count", r => r.Count).Day("day", r => r.Day).Instant("at", r => r.At).Build(rows);

    [Fact]
    public async Task Csv_read_back_holds_every_value_to_the_last_bit()
    {
        var table = Table(Rows);
        var lines = await Csv(table);
        Assert.Equal(["text", "number", "feature", "count", "day", "at"], lines[0]);
        Assert.Equal(Rows.Length, lines.Count - 1);
        for (var r = 0; r < Rows.Length; r++)
        {
            var cells = lines[r + 1];
            Assert.Equal(Rows[r].Text ?? "", cells[0]);
            Assert.Equal(table.Columns["number"][r], cells[1].Length == 0 ? null : double.Parse(cells[1], CultureInfo.InvariantCulture));
            Assert.Equal(BitConverter.SingleToInt32Bits(Rows[r].Feature), BitConverter.SingleToInt32Bits(float.Parse(cells[2], CultureInfo.InvariantCulture)));
            Assert.Equal(Rows[r].Count, int.Parse(cells[3], CultureInfo.InvariantCulture));
            Assert.Equal(Rows[r].Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "", cells[4]);
            Assert.Equal(Rows[r].At, cells[5].Length == 0 ? null : DateTimeOffset.Parse(cells[5], CultureInfo.InvariantCulture));
        }
        Assert.Equal(("0.33333334", "2026-11-06T23:59:59.9999999Z", "2026-01-01T00:00:00Z"), (lines[1][2], lines[1][5], lines[4][5]));
    }

    [Fact]
    public async Task Parquet_read_back_holds_every_value_type_and_gap_across_groups_of_rows()
    {
        // More rows than one group holds.
        var many = Enumerable.Range(0, 100_003).Select(i => Rows[i % Rows.Length] with { Count = i }).ToArray();
        var table = Table(many);
        var path = Path.Combine(_folder, "table.parquet");
        await TableFile.At(path).WriteAsync(table, TestContext.Current.CancellationToken);

        await using var reader = await ParquetReader.CreateAsync(path, new ParquetOptions { UseDateOnlyTypeForDates = true }, TestContext.Current.CancellationToken);
        Assert.Equal(2, reader.RowGroupCount);
        var fields = reader.Schema.DataFields;
        Assert.Equal(["text", "number", "feature", "count", "day", "at"], fields.Select(f => f.Name));
        Assert.Equal([typeof(double), typeof(float), typeof(int), typeof(DateOnly), typeof(DateTime)], fields.Skip(1).Select(f => f.ClrType));
        Assert.All(fields, f => Assert.True(f.IsNullable, f.Name));
        Assert.True(Assert.IsType<DateTimeDataField>(fields[5]).IsAdjustedToUTC);
        Assert.Equal(many.Select(r => r.Text), await Texts(reader, fields[0]));
        Assert.Equal(table.Columns["number"].Cast<double?>(), await Values<double>(reader, fields[1]));
        Assert.Equal(many.Select(r => BitConverter.SingleToInt32Bits(r.Feature)), (await Values<float>(reader, fields[2])).Select(v => BitConverter.SingleToInt32Bits(v!.Value)));
        Assert.Equal(many.Select(r => (int?)r.Count), await Values<int>(reader, fields[3]));
        Assert.Equal(many.Select(r => r.Day), await Values<DateOnly>(reader, fields[4]));
        Assert.Equal(many.Select(r => r.At?.UtcDateTime), await Values<DateTime>(reader, fields[5]));
    }

    [Fact]
    public async Task What_the_table_has_as_NaN_is_a_gap_in_both()
    {
        var table = new DataFrame(new PrimitiveDataFrameColumn<double>("amount", [1, double.NaN]), new PrimitiveDataFrameColumn<float>("feature", [float.NaN, 2]));
        Assert.Equal(["amount,feature", "1,", ",2"], (await Csv(table)).Select(l => string.Join(',', l)));
        var path = Path.Combine(_folder, "gaps.parquet");
        await TableFile.At(path).WriteAsync(table, TestContext.Current.CancellationToken);
        await using var reader = await ParquetReader.CreateAsync(path, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([1, null], await Values<double>(reader, reader.Schema.DataFields[0]));
        Assert.Equal([null, 2], await Values<float>(reader, reader.Schema.DataFields[1]));
    }

    [Fact]
    public async Task A_table_without_rows_has_its_columns_in_both()
    {
        Assert.Equal(6, Assert.Single(await Csv(Table([]))).Length);
        var path = Path.Combine(_folder, "empty.parquet");
        await TableFile.At(path).WriteAsync(Table([]), TestContext.Current.CancellationToken);
        await using var reader = await ParquetReader.CreateAsync(path, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(6, reader.Schema.DataFields.Length);
    }

    [Fact]
    public async Task A_text_that_begins_as_a_formula_is_made_harmless_and_a_negative_number_stays_one()
    {
        var lines = await Csv(Table([new("=1+1", -2.5, -1, -3, null, null), new("-5", 1, 1, 1, null, null)]));
        Assert.Equal(("'=1+1", "-2.5", "-1", "-3", "'-5"), (lines[1][0], lines[1][1], lines[1][2], lines[1][3], lines[2][0]));
    }

    [Fact]
    public async Task A_file_that_is_there_stays_as_it_is_unless_it_may_be_written_over()
    {
        var path = Path.Combine(_folder, "there.csv");
        await File.WriteAllTextAsync(path, "mine", TestContext.Current.CancellationToken);
        Assert.Contains("--force", Assert.Throws<OperationException>(() => TableFile.At(path)).Message, StringComparison.Ordinal);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TableFile.At(path, overwrite: true).WriteAsync(Table(Rows), stop.Token));
        Assert.Equal("mine", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        await TableFile.At(path, overwrite: true).WriteAsync(Table(Rows), TestContext.Current.CancellationToken);
        Assert.StartsWith("text,number", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("table.xlsx", "found the ending .xlsx; expected .csv or .parquet")]
    [InlineData("table", "found no ending; expected .csv or .parquet")]
    [InlineData("nowhere/table.csv", "found no folder")]
    public void A_file_that_cannot_be_written_is_refused_before_anything_is_computed(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<OperationException>(() => TableFile.At(Path.Combine(_folder, name))).Message, StringComparison.Ordinal);

    private async Task<List<string[]>> Csv(DataFrame table)
    {
        var path = Path.Combine(_folder, "table.csv");
        await TableFile.At(path).WriteAsync(table, TestContext.Current.CancellationToken);
        using var parser = new CsvParser(new StreamReader(path), CultureInfo.InvariantCulture);
        var lines = new List<string[]>();
        while (parser.Read()) lines.Add(parser.Record!);
        return lines;
    }

    private static async Task<List<T?>> Values<T>(ParquetReader reader, DataField field) where T : struct
    {
        var all = new List<T?>();
        for (var g = 0; g < reader.RowGroupCount; g++)
        {
            using var group = reader.OpenRowGroupReader(g);
            var values = new T?[group.RowCount];
            await group.ReadAsync<T>(field, values.AsMemory());
            all.AddRange(values);
        }
        return all;
    }

    private static async Task<List<string?>> Texts(ParquetReader reader, DataField field)
    {
        var all = new List<string?>();
        for (var g = 0; g < reader.RowGroupCount; g++)
        {
            using var group = reader.OpenRowGroupReader(g);
            var values = new string?[group.RowCount];
            await group.ReadAsync(field, values.AsMemory());
            all.AddRange(values);
        }
        return all;
    }
}
