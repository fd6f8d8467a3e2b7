using System.IO.Compression;
using System.Text;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

/// <summary>Bad rows are set aside with a reason; nothing is dropped silently and nothing crashes.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Good = "D1,2025-01-01,Qualification,100,EUR,R1,,,EU,web";
    private readonly TestExport _export = new();

    public void Dispose() => _export.Dispose();

    [Theory]
    [InlineData("D2,01/02/2025,Qualification,100,EUR,R1,,,,", "unreadable date", "created_at")]
    [InlineData("D2,2025-13-01,Qualification,100,EUR,R1,,,,", "unreadable date", "created_at")]
    [InlineData("D2,0001-01-01,Qualification,100,EUR,R1,,,,", "unreadable date", "created_at")]
    [InlineData("D2,,Qualification,100,EUR,R1,,,,", "no createdAt", "created_at")]
    [InlineData(",2025-01-01,Qualification,100,EUR,R1,,,,", "no id", "id")]
    [InlineData("D2,2025-01-01,Nirvana,100,EUR,R1,,,,", "unknown stage", "stage")]
    [InlineData("D2,2025-01-01,Qualification,1000000000,EUR,R1,,,,", "absurd amount", "amount")]
    [InlineData("D2,2025-01-01,Qualification,\"12,5k\",EUR,R1,,,,", "unreadable amount", "amount")]
    [InlineData("D2,2025-01-01,Qualification,\"1,234\",EUR,R1,,,,", "unreadable amount", "amount")]
    [InlineData("D2,2025-01-01,Qualification,1e5,EUR,R1,,,,", "unreadable amount", "amount")]
    [InlineData("D2,2025-01-01,Qualification,-1000000000,EUR,R1,,,,", "absurd amount", "amount")]
    [InlineData("D2,2025-01-01,Qualification,5,EUR,R1,soon,,,", "unreadable date", "planned_close_on")]
    [InlineData("D1,2025-01-01,Qualification,999,EUR,R1,,,,", "duplicate id", "id")]
    [InlineData("D2,2025-01-01,Qualification", "too few cells", "")]
    [InlineData("D2,2025-01-01,Qualification,5,EUR,R1,,,,,,,", "too many cells", "")]
    [InlineData("D2,2025-01-01,Quali\0fication,5,EUR,R1,,,,", "NUL byte", "stage")]
    public void A_bad_row_is_set_aside_with_line_and_reason(string row, string reason, string column)
    {
        var result = _export.Deals(Good, row).Read();
        var rejected = Assert.Single(result.Rejected);
        Assert.Equal(("opportunities.csv", 3L, "opportunities", column), (rejected.File, rejected.Line, rejected.Entity, rejected.Column));
        var entity = result.Report.Entities.Single(e => e.Entity == "opportunities");
        Assert.Equal(1, entity.Rejected[reason]);
        Assert.Equal((2, 1, 1), (entity.RowsRead, entity.RowsAccepted, entity.RowsRejected));
        Assert.Single(result.Facts.Opportunities);
        Assert.Matches("^.+ line 3, .+: found \".*\"; expected .+\\. .+\\.$", rejected.ToString().Replace('\n', ' '));
    }

    [Fact]
    public void An_identical_row_is_left_out_and_reported()
    {
        var result = _export.Deals(Good, Good).Read();
        Assert.Equal(1, result.Report.Entities[0].Rejected["repeated row"]);
        Assert.Single(result.Facts.Opportunities);
    }

    [Fact]
    public void A_larger_amount_is_read_when_the_map_allows_it()
    {
        _export.Mapped(m => m.Replace("\"currency\": \"EUR\",", "\"currency\": \"EUR\", \"maxAmount\": 1e12,", StringComparison.Ordinal));
        Assert.Empty(_export.Deals("D2,2025-01-01,Qualification,2000000000,EUR,R1,,,,").Read().Rejected);
    }

    [Fact]
    public void An_unreadable_value_may_be_left_empty_where_the_map_says_so()
    {
        _export.Mapped(m => m.Replace("\"planned_close_on\",", "\"planned_close_on\", \"ifUnreadable\": \"empty\",", StringComparison.Ordinal));
        var result = _export.Deals("D2,2025-01-01,Qualification,5,EUR,R1,soon,,,").Read();
        Assert.Single(result.Facts.Opportunities);
        Assert.Equal("The value was left empty", Assert.Single(result.Rejected).Action);
    }

    [Fact]
    public void History_and_activities_of_unknown_deals_are_orphans_and_those_of_rejected_deals_are_explained()
    {
        var result = _export.Deals(Good, "D2,nonsense,Qualification,,,,,,,").History("D9,Stage,,Qualification,2025-01-01T00:00:00Z,,", "D2,Stage,,Qualification,2025-01-01T00:00:00Z,,")
            .With("activities.csv", "id,opportunity_id,kind,at", "V1,D9,Call,2025-01-01T00:00:00Z", "V2,D2,Call,2025-01-01T00:00:00Z").Read();
        Assert.Equal(2, result.Report.Entities.Single(e => e.Entity == "changes").Rejected["orphan"]);
        Assert.Equal(2, result.Report.Entities.Single(e => e.Entity == "activities").Rejected["orphan"]);
        Assert.Contains("1 history rows were set aside because their opportunity had been set aside.", result.Report.Warnings);
        Assert.Contains("1 activities were set aside because their opportunity had been set aside.", result.Report.Warnings);
    }

    [Fact]
    public void A_quote_that_is_never_closed_counts_for_every_line_it_swallows()
    {
        var lines = Enumerable.Range(1, 100).Select(i => $"D{i},2025-01-01,Qualification,100,EUR,R1,,,{(i == 50 ? "\"EU" : "EU")},web").ToArray();
        var error = Assert.Throws<ImportException>(() => _export.Deals(lines).Read());
        Assert.Contains("51 of 100 rows set aside", error.Message, StringComparison.Ordinal);
        Assert.Contains("quote out of place", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 51", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_in_a_column_that_nobody_reads_is_noticed_too()
    {
        var lines = Enumerable.Range(1, 10).Select(i => $"D{i},2025-01-01,Qualification,{(i == 5 ? "\"note" : "note")}").ToArray();
        var result = _export.With("opportunities.csv", ["id,created_at,stage,note", .. lines]).Read();
        Assert.Equal(4, result.Facts.Opportunities.Count);
        Assert.Equal(1, result.Report.Entities[0].Rejected["quote out of place"]);
    }

    [Fact]
    public void A_file_cut_off_in_its_last_row_loses_that_row_only()
    {
        var result = _export.With("opportunities.csv", Encoding.UTF8.GetBytes(TestExport.Header + "\n" + Good + "\nD2,2025-01-")).Read();
        Assert.Single(result.Facts.Opportunities);
        Assert.Equal(1, result.Report.Entities[0].Rejected["too few cells"]);
    }

    [Fact]
    public void A_cell_of_a_million_characters_is_set_aside_and_shortened()
    {
        var result = _export.Deals(Good, $"D2,2025-01-01,Qualification,100,EUR,{new string('x', 1_000_000)},,,,", "D3" + Good[2..]).Read();
        Assert.Equal(2, result.Facts.Opportunities.Count);
        var rejected = Assert.Single(result.Rejected);
        Assert.Equal(200, rejected.Found.Length);
        Assert.Equal("owner_id", rejected.Column);
    }

    [Fact]
    public void Past_the_stated_share_the_import_fails_as_a_whole()
    {
        var lines = Enumerable.Range(1, 40).Select(i => $"D{i},{(i <= 3 ? "never" : "2025-01-01")},Qualification,100,EUR,R1,,,,").ToArray();
        var error = Assert.Throws<ImportException>(() => _export.Deals(lines).Read());
        Assert.Contains("opportunities.csv: 3 of 40 rows set aside (unreadable date: 3); expected at most 5%.", error.Message, StringComparison.Ordinal);
        _export.Options = new ImportOptions { MaxRejectedShare = 0.1 };
        Assert.Equal(37, _export.Read().Facts.Opportunities.Count);
    }

    [Fact]
    public void Rejected_rows_are_all_written_while_few_are_kept()
    {
        using var csv = new StringWriter();
        _export.Options = new ImportOptions { RejectedCsv = csv, RejectedRowsKept = 2, MaxRejectedShare = 1 };
        var result = _export.Deals([.. Enumerable.Range(1, 50).Select(i => $"D{i},=now(),Qualification,,,,,,,")]).Read();
        Assert.Equal(2, result.Rejected.Count);
        var lines = csv.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("file,line,entity,column,found,expected,action", lines[0]);
        Assert.Equal(51, lines.Length);
        Assert.DoesNotContain(lines, l => l.Contains(",=now()", StringComparison.Ordinal));
    }

    [Fact]
    public void An_empty_file_fails_with_advice() =>
        Assert.Contains("opportunities.csv: an empty file; expected a header line", Assert.Throws<ImportException>(() => _export.With("opportunities.csv", Array.Empty<byte>()).Read()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_header_alone_gives_empty_facts_and_a_warning()
    {
        var result = _export.Deals().Read();
        Assert.Empty(result.Facts.Opportunities);
        Assert.Contains(result.Report.Warnings, w => w.Contains("has a header but no rows", StringComparison.Ordinal));
    }

    [Fact]
    public void An_export_without_a_closed_deal_warns() =>
        Assert.Contains("No opportunity is closed, so nothing can be learned about winning yet.", _export.Deals(Good).Read().Report.Warnings);

    [Fact]
    public void A_missing_file_names_the_pattern() =>
        Assert.Contains("expected a file opportunities*.csv", Assert.Throws<ImportException>(() => _export.Read()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_column_names_what_was_found()
    {
        var message = Assert.Throws<ImportException>(() => _export.With("opportunities.csv", "Key,created_at", "D1,2025-01-01").Read()).Message;
        Assert.Contains("opportunities.csv line 1", message, StringComparison.Ordinal);
        Assert.Contains("\"Key\", \"created_at\"", message, StringComparison.Ordinal);
        Assert.Contains("expected a column \"id\" for the field id", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_delimiter_is_named()
    {
        var message = Assert.Throws<ImportException>(() => _export.With("opportunities.csv", "id;created_at;stage", "D1;2025-01-01;Won").Read()).Message;
        Assert.Contains("declares the delimiter ','", message, StringComparison.Ordinal);
        Assert.Contains("seems to be separated by ';'", message, StringComparison.Ordinal);
    }

    [Theory, InlineData(';'), InlineData('\t'), InlineData('|'), InlineData(',')]
    public void A_delimiter_that_is_not_declared_is_told_from_the_header(char delimiter)
    {
        _export.Mapped(m => m.Replace("\"delimiter\": \",\",", "", StringComparison.Ordinal));
        Assert.Empty(_export.With("opportunities.csv", TestExport.Header.Replace(',', delimiter), Good.Replace(',', delimiter)).Read().Rejected);
    }

    public static TheoryData<string> Encodings => ["utf-8", "utf-8-bom", "utf-16le", "utf-16be", "utf-16le-bare", "utf-16be-bare", "gz"];

    [Theory, MemberData(nameof(Encodings))]
    public void Every_encoding_gives_the_same_deal(string encoding)
    {
        var text = TestExport.Header + "\n" + Good.Replace("EU,", "Škofja Loka,", StringComparison.Ordinal) + "\n";
        var bytes = encoding switch
        {
            "utf-8-bom" => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)],
            "utf-16le" => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)],
            "utf-16be" => [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(text)],
            "utf-16le-bare" => Encoding.Unicode.GetBytes(text),
            "utf-16be-bare" => Encoding.BigEndianUnicode.GetBytes(text),
            "gz" => Zipped(text),
            _ => Encoding.UTF8.GetBytes(text),
        };
        var result = _export.With(encoding == "gz" ? "opportunities.csv.gz" : "opportunities.csv", bytes).Read();
        Assert.Equal("Škofja Loka", Assert.Single(result.Facts.Opportunities).Region);
    }

    [Fact]
    public void A_declared_encoding_counts()
    {
        var bytes = TextSource.FindEncoding("windows-1250")!.GetBytes(TestExport.Header + "\n" + Good.Replace("EU,", "Čaka,", StringComparison.Ordinal) + "\n");
        _export.Mapped(m => m.Replace("\"currency\": \"EUR\",", "\"currency\": \"EUR\", \"encoding\": \"windows-1250\",", StringComparison.Ordinal));
        Assert.Equal("Čaka", _export.With("opportunities.csv", bytes).Read().Facts.Opportunities[0].Region);
    }

    [Fact]
    public void A_gzip_file_cut_off_fails_with_advice()
    {
        var zipped = Zipped(string.Concat(Enumerable.Range(0, 20_000).Select(i => i == 0 ? TestExport.Header + "\n" : $"D{i * 7919 % 100003},2025-01-01,Qualification,{i},EUR,R1,,,,\n")));
        var error = Record.Exception(() => _export.With("opportunities.csv.gz", zipped[..(zipped.Length / 2)]).Read());
        if (error is not null) Assert.IsType<ImportException>(error);
        else Assert.NotEmpty(_export.Read().Rejected);
    }

    [Fact]
    public void Several_files_of_one_entity_are_read_together() =>
        Assert.Equal(2, _export.Deals(Good).With("opportunities_2.csv", TestExport.Header, "D2" + Good[2..]).Read().Facts.Opportunities.Count);

    [Fact]
    public void An_import_can_be_cancelled()
    {
        _export.Deals([.. Enumerable.Range(1, 30_000).Select(i => $"D{i}" + Good[2..])]);
        Assert.Throws<OperationCanceledException>(() => CrmImport.Read(_export.Folder, _export.Map, cancellationToken: new CancellationToken(true)));
    }

    private static byte[] Zipped(string text)
    {
        using var stream = new MemoryStream();
        using (var zip = new GZipStream(stream, CompressionLevel.Fastest)) zip.Write(Encoding.UTF8.GetBytes(text));
        return stream.ToArray();
    }
}
