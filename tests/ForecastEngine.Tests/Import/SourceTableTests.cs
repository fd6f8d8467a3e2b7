using System.Text;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

/// <summary>Files as people have them: workbooks, reports with lines around the table, texts of several shapes.</summary>
public sealed class SourceTableTests : IDisposable
{
    private const string Good = "D1,2025-01-01,Qualification,100,EUR,R1,,,EU,web";
    private static readonly string[] Head = Workbook.Texts("id", "created_at", "stage", "amount", "owner_id", "planned_close_on", "region");
    private readonly TestExport _export = new();

    public void Dispose() => _export.Dispose();

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private ImportResult Sheet(params string[][] rows) => _export.With("opportunities.xlsx", Workbook.Of(("Deals", [Head, .. rows]))).Read();

    [Fact]
    public void A_workbook_is_read_with_dates_of_any_format_numbers_formulas_and_errors()
    {
        _export.Mapped(m => m.Replace("\"delimiter\": \",\",", "\"decimalSeparator\": \",\", \"dates\": [\"dd.MM.yyyy\"], \"timeZone\": \"Europe/Ljubljana\",", StringComparison.Ordinal));
        var result = Sheet(
            [Workbook.Text("D1"), Workbook.Number("46053", 1), Workbook.Formula("Qualification"), Workbook.Number("1234.5599999999999", 3), Workbook.Error("#N/A"), Workbook.Number("46054", 4), Workbook.Flag(true)],
            [],
            [Workbook.Text("D2"), Workbook.Number("46053.604166666664", 2), Workbook.Text("Qualification"), Workbook.Text("")]);
        Assert.Equal([At("2026-01-30T23:00:00Z"), At("2026-01-31T13:30:00Z")], result.Facts.Opportunities.Select(o => o.CreatedAt));
        var deal = result.Facts.Opportunities[0];
        Assert.Equal((null, new DateOnly(2026, 2, 1), "true"), (deal.OwnerId, deal.PlannedCloseOn, deal.Region));
        Assert.Contains(result.Facts.Changes, c => c is { Field: OpportunityField.Amount, NewValue: "1234.56" });
        var error = Assert.Single(result.Rejected);
        Assert.Equal((2L, "owner_id", "#N/A", "The value was left empty"), (error.Line, error.Column, error.Found, error.Action));
    }

    [Fact]
    public void The_sheet_is_the_first_or_the_map_s_or_the_option_s()
    {
        string[] Row(string id) => [Workbook.Text(id), Workbook.Number("46053", 1), Workbook.Text("Qualification")];
        _export.With("opportunities.xlsx", Workbook.Of(("One", [Head, Row("A")]), ("Two", [Head, Row("B")])));
        Assert.Equal("A", _export.Read().Facts.Opportunities[0].Id);
        _export.Mapped(m => m.Replace("\"files\": \"opportunities*.csv\",", "\"files\": \"opportunities*.csv\", \"sheet\": \"Two\",", StringComparison.Ordinal));
        Assert.Equal("B", _export.Read().Facts.Opportunities[0].Id);
        _export.Options = new ImportOptions { Sheet = "One" };
        Assert.Equal("A", _export.Read().Facts.Opportunities[0].Id);
        _export.Options = new ImportOptions { Sheet = "Three" };
        Assert.Contains("the sheets \"One\", \"Two\"", Assert.Throws<ImportException>(_export.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Days_that_are_counted_from_1904_are_right() =>
        Assert.Equal(At("2026-01-31T00:00:00Z"), _export.With("opportunities.xlsx", Workbook.Of(true, ("Deals", [Head, [Workbook.Text("D1"), Workbook.Number("44591", 1), Workbook.Text("Qualification")]])))
            .Read().Facts.Opportunities[0].CreatedAt);

    [Fact]
    public void A_workbook_named_csv_is_read_by_its_content() =>
        Assert.Single(_export.With("opportunities.csv", Workbook.Of(("Deals", [Head, [Workbook.Text("D1"), Workbook.Number("46053", 1), Workbook.Text("Qualification")]]))).Read().Facts.Opportunities);

    [Theory]
    [InlineData("opportunities.xls", "<html><table><tr><td>id</td></tr></table></html>", "a web page or XML")]
    [InlineData("opportunities.csv", "%PDF-1.7 and so on", "a PDF document")]
    [InlineData("opportunities.csv", "PK\u0003\u0004 and no more", "a damaged or cut off workbook")]
    [InlineData("opportunities.xls", "\u00D0\u00CF\u0011\u00E0\u00A1\u00B1\u001A\u00E1", "a workbook of Excel before 2007")]
    public void What_is_no_table_is_told_by_its_content(string file, string content, string found) =>
        Assert.Contains(found, Assert.Throws<ImportException>(() => _export.With(file, Encoding.Latin1.GetBytes(content)).Read()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_tab_separated_file_named_xls_is_read()
    {
        _export.Mapped(m => m.Replace("\"delimiter\": \",\",", "", StringComparison.Ordinal));
        Assert.Single(_export.With("opportunities.xls", TestExport.Header.Replace(',', '\t'), Good.Replace(',', '\t')).Read().Facts.Opportunities);
    }

    [Fact]
    public void A_sep_line_names_the_delimiter()
    {
        _export.Mapped(m => m.Replace("\"delimiter\": \",\",", "", StringComparison.Ordinal));
        Assert.Empty(_export.With("opportunities.csv", "sep=;", TestExport.Header.Replace(',', ';'), Good.Replace(',', ';')).Read().Rejected);
    }

    [Fact]
    public void Lines_around_the_table_of_a_report_are_counted_and_no_rows()
    {
        var result = _export.With("opportunities.csv", "\"Opportunities, all\"", "As of 2026-01-31", "", TestExport.Header, Good, "D2" + Good[2..], "",
            "\"Grand Totals (2 records)\"", "\"Opportunity Report\"", "\"Generated By:  R1  1/31/2026 2:30 PM\"").Read();
        Assert.Empty(result.Rejected);
        Assert.Equal(2, result.Report.Entities.Single(e => e.Entity == "opportunities").RowsRead);
        Assert.Contains("opportunities.csv is a report: 2 lines before its header and 3 after its data are no rows of it and were left out.", result.Report.Warnings);
    }

    [Fact]
    public void A_single_cell_among_the_data_or_cut_off_is_set_aside() =>
        Assert.Equal([3L, 5L], _export.With("opportunities.csv", TestExport.Header, Good, "D2", "D3" + Good[2..], "D4").Read().Rejected.Select(r => r.Line));

    [Fact]
    public void Rows_whose_empty_ends_were_dropped_are_read()
    {
        string[] rows = [.. Enumerable.Range(0, 5).Select(i => $"S{i},2025-01-01,Qualification,100")];
        var result = _export.Deals([Good, .. rows]).Read();
        Assert.Equal(6, result.Facts.Opportunities.Count);
        Assert.Contains(result.Report.Warnings, w => w.Contains("5 shorter rows were read", StringComparison.Ordinal));
        Assert.Equal(5, _export.Deals([Good, "D2,2025-01-01,Qualification,100,EUR,R1,,,,", .. rows]).Read().Rejected.Count);
    }

    [Theory]
    [InlineData("windows-1250", "Škofja Loka")]
    [InlineData("windows-1250", "Łódź, okręg wołomiński")]
    [InlineData("windows-1252", "Malmö, Île-de-France")]
    public void A_code_page_is_told_from_its_bytes_and_said(string encoding, string region)
    {
        var bytes = TextSource.FindEncoding(encoding)!.GetBytes(TestExport.Header + "\n" + Good.Replace("EU,", $"\"{region}\",", StringComparison.Ordinal) + "\n");
        var result = _export.With("opportunities.csv", bytes).Read();
        Assert.Equal(region, result.Facts.Opportunities[0].Region);
        Assert.Contains(result.Report.Warnings, w => w.Contains("is not UTF-8: it was read as " + encoding, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("EUR 1,000,000.00", "1000000.00", null)]
    [InlineData("USD 12,000", "12000", "USD")]
    [InlineData("1.000.000,00 €", "1000000.00", null)]
    [InlineData("1 234,50 CHF", "1234.50", "CHF")]
    [InlineData("£1,234.5", "1234.5", "GBP")]
    [InlineData("$1,234.50", "1234.50", "SEK")]
    [InlineData("(1,200.00)", "-1200.00", "SEK")]
    [InlineData("-€5", "-5", null)]
    public void Money_as_text_is_read_and_its_own_currency_counts(string cell, string amount, string? currency)
    {
        _export.Mapped(m => m.Replace("{ \"column\": \"amount\", \"known\": \"close\" }", "{ \"column\": \"amount\", \"known\": \"created\" }", StringComparison.Ordinal));
        var result = _export.Deals($"D1,2025-01-01,Qualification,\"{cell}\",SEK,R1,,,,").Read();
        Assert.Empty(result.Rejected);
        var deal = Assert.Single(result.Facts.Opportunities);
        Assert.Equal((decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), currency), (deal.Amount!.Value, deal.Currency));
        Assert.Equal(cell.StartsWith('$'), result.Report.Warnings.Any(w => w.Contains("1 amounts with the sign $", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("1,2,3 €")]
    [InlineData("EUR 1.00.000")]
    [InlineData("12 TSD")]
    [InlineData("EUR")]
    public void What_only_looks_like_money_is_set_aside(string cell) => Assert.Single(_export.Deals($"D1,2025-01-01,Qualification,\"{cell}\",SEK,R1,,,,").Read().Rejected);
}
