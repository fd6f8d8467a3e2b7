using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Import;

namespace ForecastEngine.Tests.Storage;

/// <summary>
/// Situations that people report of their CRMs' exports, each as one or two small exports into a real database.
/// </summary>
public sealed class CorrectedExportTests : IDisposable
{
    private const string Columns = "Key,Title,Created,Touched,Phase,Sum,Closing,Bin,Joined";
    private static readonly ImportMap Map = ImportMap.Parse("""
        {
          "name": "Situations", "currency": "EUR",
          "stages": [ { "name": "Talk", "kind": "open" }, { "name": "Quote", "kind": "open" }, { "name": "Signed", "kind": "won" }, { "name": "Dropped", "kind": "lost" } ],
          "entities": {
            "opportunities": {
              "files": "deals.csv",
              "fields": {
                "id": "Key", "name": "Title", "createdAt": "Created", "modifiedAt": "Touched", "stage": "Phase", "amount": { "column": "Sum", "known": "close" },
                "closedAt": "Closing", "deleted": "Bin", "mergedIds": "Joined"
              }
            },
            "changes": { "files": "log.csv", "fields": { "opportunityId": "Key", "field": "What", "oldValue": "Was", "newValue": "Is", "at": "When" }, "history": { "Phase": "Stage", "Sum": "Amount" } },
            "activities": { "files": "calendar.csv", "fields": { "id": "Key", "opportunityId": "Deal", "kind": "Kind", "at": "When" } }
          }
        }
        """);

    // A day after each of exports on 2, 9 and 16 April.
    private static readonly string[] AfterEach = ["2026-04-05", "2026-04-12", "2026-04-20"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("situations-");
    private readonly TestDatabase _test = TestDatabase.Sqlite();

    public void Dispose()
    {
        _test.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void A_lost_deal_that_keeps_its_planned_date_does_not_move_the_export()
    {
        var report = Import("L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Dropped,700,2026-12-24,,").Report;
        Assert.Equal(At("2026-04-02T10:00:00Z"), report.ExportedAt);
        Assert.Equal(("lost closings", "L"), (report.DatedLater[0].What, report.DatedLater[0].Id));
        Assert.True(Final("L") is { Won: false } closing && closing.RecordedAt == report.ExportedAt);
    }

    [Fact]
    public void A_meeting_to_come_is_known_at_the_export_and_moves_nothing()
    {
        File.WriteAllLines(Path.Combine(_folder.FullName, "calendar.csv"),
            ["Key,Deal,Kind,When", "M1,L,Meeting,2026-09-09T09:00:00Z"]);
        var report = Import("L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Talk,700,,,").Report;
        Assert.Equal(At("2026-04-02T10:00:00Z"), report.ExportedAt);
        Assert.Equal(At("2026-04-02T10:00:00Z"), Load().ActivitiesOf(0)[0].RecordedAt);
    }

    [Theory]
    [InlineData("90000", "90500")]
    [InlineData("90500", "90000")]
    [InlineData("9000", "10000")]
    [InlineData("100", "")]
    public void A_corrected_amount_of_a_won_deal_counts_and_the_past_keeps_the_old_one(string first, string second)
    {
        Import($"L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Signed,{first},2026-04-01,,");
        var added = Import($"L,Lathe,2026-03-01T08:00:00Z,2026-04-09T10:00:00Z,Signed,{second},2026-04-01,,");
        Assert.Equal(
            second.Length == 0
                ? null
                : decimal.Parse(second, System.Globalization.CultureInfo.InvariantCulture),
            Final("L")!.Amount);
        Assert.Equal(decimal.Parse(first, System.Globalization.CultureInfo.InvariantCulture),
            At("L", "2026-04-05")!.Amount);
        Assert.Equal((CorrectionKind.ClosingAmount, 1),
            added.Added.Corrections.Select(c => (c.Kind, c.Count)).Single());
    }

    [Theory]
    [InlineData("Signed", "Dropped", CorrectionKind.WonToLost)]
    [InlineData("Dropped", "Signed", CorrectionKind.LostToWon)]
    [InlineData("Signed", "Quote", CorrectionKind.Reopened)]
    public void Another_outcome_replaces_the_closing_from_its_export_on(
        string first, string second, CorrectionKind kind)
    {
        Import($"L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,{first},10,2026-04-01,,");
        var added = Import($"L,Lathe,2026-03-01T08:00:00Z,2026-04-09T10:00:00Z,{second},10,"
            + $"{(second == "Quote" ? "" : "2026-04-01")},,");
        Assert.Contains(added.Added.Corrections,
            c => c.Kind == kind && c.Examples[0] == new CorrectionExample("L", first, second));
        Assert.Equal(first == "Signed", At("L", "2026-04-05")!.Won);
        Assert.Equal(second == "Quote" ? null : second == "Signed", Final("L")?.Won);
        // What is learned is what stands: a label is not the mistake.
        if (second != "Quote")
            Assert.Equal(second == "Signed", Closing.FirstAfter(Load(), 0, AsOf.At(At("2026-03-02T00:00:00Z")))!.Won);
    }

    [Fact]
    public void A_corrected_close_date_moves_the_revenue_to_its_day_and_the_click_does_not_decide()
    {
        File.WriteAllLines(Path.Combine(_folder.FullName, "log.csv"),
            ["Key,What,Was,Is,When", "L,Phase,Quote,Signed,2026-04-02T09:00:00Z"]);
        Import("L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Signed,10,2026-03-31,,");
        Assert.Equal((new DateOnly(2026, 3, 31), At("2026-04-02T09:00:00Z")), (Final("L")!.On, Final("L")!.RecordedAt));
        Import("L,Lathe,2026-03-01T08:00:00Z,2026-04-09T10:00:00Z,Signed,10,2026-03-28,,");
        Assert.Equal((new DateOnly(2026, 3, 31), new DateOnly(2026, 3, 28)),
            (At("L", "2026-04-05")!.On, Final("L")!.On));
    }

    [Fact]
    public void What_is_in_the_recycle_bin_or_was_merged_is_gone_and_past_dates_still_know_it()
    {
        Import(
            "L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Quote,10,,,",
            "M,Mill,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Signed,20,2026-04-01,,",
            "N,Nut,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Talk,1,,,");
        var added = Import(
            "L,Lathe,2026-03-01T08:00:00Z,2026-04-09T10:00:00Z,Quote,10,,true,",
            "N,Nut,2026-03-01T08:00:00Z,2026-04-09T10:00:00Z,Talk,1,,,M").Added;
        Assert.Equal([CorrectionKind.Deleted, CorrectionKind.Merged], added.Corrections.Select(c => c.Kind));
        Assert.Equal(["N"], Load("2026-04-10").Opportunities.Select(o => o.Id));
        Assert.Equal(["L", "M", "N"], Load("2026-04-05").Opportunities.Select(o => o.Id));
        Assert.Equal((20.0, 0.0), (Won("2026-04-05"), Won("2026-04-10")));
        Import("L,Lathe,2026-03-01T08:00:00Z,2026-04-20T10:00:00Z,Quote,10,,,");
        Assert.Equal(["L", "N"], Load("2026-04-21").Opportunities.Select(o => o.Id));
    }

    [Fact]
    public void A_whole_export_ends_what_it_lacks_and_one_that_lacks_too_much_is_refused()
    {
        string[] deals = [.. Enumerable.Range(0, 40)
            .Select(i => $"D{i:00},Deal,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Talk,10,,,")];
        Import(deals);
        var whole = ImportOptions.Default with { IsWhole = true };
        string[] Later(int count) =>
            [.. deals.Take(count).Select(d => d.Replace("2026-04-02", "2026-04-09", StringComparison.Ordinal))];
        Assert.Throws<StorageException>(() => Import(whole with { MaxRemovedShare = 0 }, Later(39)));
        var refused = Assert.Throws<StorageException>(() => Import(whole, Later(20)));
        Assert.Contains("20 of 40 deals (50%) are not in it", refused.Message, StringComparison.Ordinal);
        Assert.Equal(40, Load("2026-04-30").Opportunities.Length);
        Assert.Equal(2,
            Assert.Single(Import(whole, Later(38)).Added.Corrections, c => c.Kind == CorrectionKind.Missing).Count);
        Assert.Equal((40, 38), (Load("2026-04-05").Opportunities.Length, Load("2026-04-30").Opportunities.Length));
        Assert.Equal(20,
            Load("2026-04-30", Import(whole with { MaxRemovedShare = 1 }, Later(20))).Opportunities.Length);
    }

    [Fact]
    public void A_renamed_stage_is_one_stage_whatever_name_it_had_when_it_was_told()
    {
        File.WriteAllLines(Path.Combine(_folder.FullName, "log.csv"),
            ["Key,What,Was,Is,When", "L,Phase,Talk,Quote,2026-03-12T09:00:00Z"]);
        Import("L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Quote,10,,,");
        var renamed = Map with
        {
            Stages = [.. Map.Stages.Select(s => s.Name == "Quote" ? s with { Name = "Offer out" } : s)],
            Aliases = new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                ["stage"] = new Dictionary<string, string> { ["Quote"] = "Offer out" }
            },
        };
        Import(renamed, ImportOptions.Default, "L,Lathe,2026-03-01T08:00:00Z,2026-04-09T10:00:00Z,Offer out,10,,,");
        var history = Load();
        Assert.Equal(["Talk", "Offer out"], StageVisit.KnownAt(history, 0, AsOf.EndOfTime).Select(v => v.Stage.Name));
        Assert.Single(history.ChangesOf(0).ToArray(), c => c.Field == OpportunityField.Stage);
        Assert.DoesNotContain(history.Stages, s => s.Name == "Quote");
    }

    [Fact]
    public void A_row_of_the_history_that_is_told_otherwise_and_back_is_known_as_told_each_time()
    {
        string Row(int day) => $"L,Lathe,2026-03-01T08:00:00Z,2026-04-{day:00}T10:00:00Z,Talk,5,,,";
        foreach (var (day, amount) in ((int, string)[])[(2, "950"), (9, "900"), (16, "950")])
        {
            File.WriteAllLines(
                Path.Combine(_folder.FullName, "log.csv"), ["Key,What,Was,Is,When", $"L,Sum,1,{amount},2026-03-12T09:00:00Z"]);
            Import(Row(day).Replace(",5,", $",{amount},", StringComparison.Ordinal));
        }
        var history = Load();
        string? Known(string day) => history
            .KnownChanges(0, AsOf.EndOf(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)))
            .ToArray().Last(c => c.Field == OpportunityField.Amount).NewValue;
        Assert.Equal(["950", "900", "950"], AfterEach.Select(Known));
    }

    [Fact]
    public void A_close_date_that_is_corrected_again_leaves_the_first_correction_to_its_time()
    {
        foreach (var (day, closing) in ((int, string)[])[(2, "2026-04-01"), (9, "2026-03-28"), (16, "2026-04-03")])
            Import($"L,Lathe,2026-03-01T08:00:00Z,2026-04-{day:00}T10:00:00Z,Signed,10,{closing},,");
        Assert.Equal(
            [new DateOnly(2026, 4, 1), new DateOnly(2026, 3, 28), new DateOnly(2026, 4, 3)],
            AfterEach.Select(day => At("L", day)!.On));
    }

    [Fact]
    public void A_deal_that_was_first_heard_of_in_the_bin_is_gone_until_it_is_there()
    {
        Import("L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Quote,10,,true,", "N,Nut,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Talk,1,,,");
        Import("L,Lathe,2026-03-01T08:00:00Z,2026-04-09T10:00:00Z,Quote,10,,,");
        Assert.Equal(["N"], Load("2026-04-05").Opportunities.Select(o => o.Id));
        Assert.Equal(["L", "N"], Load("2026-04-12").Opportunities.Select(o => o.Id));
    }

    [Fact]
    public void An_old_name_of_a_stage_is_understood_after_the_renaming_and_names_that_mean_each_other_are_refused()
    {
        string Row(int day, string stage) => $"L,Lathe,2026-03-01T08:00:00Z,2026-04-{day:00}T10:00:00Z,{stage},10,,,";
        File.WriteAllLines(Path.Combine(_folder.FullName, "log.csv"), ["Key,What,Was,Is,When", "L,Phase,Talk,Quote,2026-03-12T09:00:00Z"]);
        Import(Row(2, "Quote"));
        var renamed = Map with
        {
            Stages = [.. Map.Stages.Select(s => s.Name == "Quote" ? s with { Name = "Offer out" } : s)],
            Aliases = new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                ["stage"] = new Dictionary<string, string> { ["Quote"] = "Offer out" }
            }
        };
        Import(renamed, ImportOptions.Default, Row(9, "Offer out"));
        Import(Row(16, "Quote"));
        Assert.Equal("Offer out", StageVisit.KnownAt(Load(), 0, AsOf.EndOfTime).Last().Stage.Name);
        Assert.Contains("aliases.stage.Quote", Assert.Throws<ImportException>(() => ImportMap.Parse("""
            { "currency": "EUR", "stages": [ { "name": "A" } ], "aliases": { "stage": { "Quote": "Talk", "Talk": "Quote" } },
              "entities": { "opportunities": { "files": "d.csv", "fields": { "id": "Id" } } } }
            """)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deals_that_were_loaded_when_they_were_over_bring_revenue_and_no_times()
    {
        var report = Import([.. Enumerable.Range(1, 9)
            .Select(m => $"D{m},Old,2026-10-05T10:00:00Z,2026-10-06T10:00:00Z,Signed,50,2026-0{m}-15,,")]).Report;
        Assert.Equal(0, report.RowsRejected);
        Assert.Equal(50, WonDeal.Revenue(
            WonDeal.KnownAt(Load(), AsOf.EndOfTime), new DateOnly(2026, 3, 1), new DateOnly(2026, 3, 31)));
        Assert.All(
            Enumerable.Range(0, 9),
            i => Assert.False(DealTimes.HasBirth(Load().Opportunities[i], Final($"D{i + 1}"))));
    }

    [Fact]
    public void A_win_without_a_day_is_won_between_its_last_sign_of_life_and_the_export_and_in_no_period()
    {
        File.WriteAllLines(Path.Combine(_folder.FullName, "calendar.csv"),
            ["Key,Deal,Kind,When", "M1,L,Call,2026-03-20T09:00:00Z"]);
        Import(
            "L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Signed,700,,,",
            "N,Nut,2026-03-01T08:00:00Z,2026-05-02T10:00:00Z,Talk,1,,,");
        var closing = Final("L")!;
        Assert.True(closing.IsUndated);
        Assert.InRange(closing.At, At("2026-03-20T09:00:00Z"), At("2026-04-02T10:00:00Z"));
        Assert.Empty(WonDeal.KnownAt(Load(), AsOf.EndOfTime));
    }

    [Fact]
    public void A_wrong_time_of_export_is_taken_back_by_an_import_that_says_so()
    {
        Import(
            ImportOptions.Default with { ExportedAt = At("2027-06-30T00:00:00Z") },
            "L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Quote,10,,,");
        Assert.Equal(At("2027-06-30T00:00:00Z"), _test.History.NewestExport());
        Import(
            ImportOptions.Default with { ExportedAt = At("2026-04-03T00:00:00Z"), TakesBack = true },
            "L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Quote,11,,,");
        Assert.Equal(At("2026-04-03T00:00:00Z"), _test.History.NewestExport());
        var history = Load("2026-04-03");
        Assert.Equal("11", history.ChangesOf(0).ToArray().Last(c => c.Field == OpportunityField.Amount).NewValue);
        Assert.All(history.ChangesOf(0).ToArray(), c => Assert.True(c.RecordedAt <= At("2026-04-03T00:00:00Z")));
    }

    [Fact]
    public void Of_a_repeated_id_the_newest_row_counts_where_the_map_says_so()
    {
        string[] rows =
        [
            "L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Quote,10,,,",
            "L,Lathe,2026-03-01T08:00:00Z,2026-04-09T10:00:00Z,Signed,12,2026-04-08,,",
            "L,Lathe,2026-03-01T08:00:00Z,2026-03-02T10:00:00Z,Talk,1,,,"
        ];
        Import(Map with { RepeatedIds = RepeatedId.Newest }, ImportOptions.Default, rows);
        Assert.Equal((true, 12m), (Final("L")!.Won, Final("L")!.Amount));
    }

    [Theory]
    [InlineData("excel", "46113", "2026-04-01")]
    [InlineData("yearDay", "2026-091", "2026-04-01")]
    public void Dates_as_spreadsheets_and_year_and_day_write_them_are_read(string format, string text, string day)
    {
        Import(
            Map with { Dates = ["iso", format] },
            ImportOptions.Default,
            $"L,Lathe,2026-03-01T08:00:00Z,2026-04-02T10:00:00Z,Signed,10,{text},,");
        Assert.Equal(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture), Final("L")!.On);
    }

    private ImportCrmResult Import(params string[] rows) => Import(Map, ImportOptions.Default, rows);

    private ImportCrmResult Import(ImportOptions options, params string[] rows) => Import(Map, options, rows);

    private ImportCrmResult Import(ImportMap map, ImportOptions options, params string[] rows)
    {
        File.WriteAllLines(Path.Combine(_folder.FullName, "deals.csv"), [Columns, .. rows]);
        var read = CrmImport.Read(
            _folder.FullName, map,
            options with { NewestExport = _test.History.NewestExport(), Now = At("2028-01-01T00:00:00Z") });
        var run = new ForecastEngine.Storage.ImportRun
        {
            At = read.Report.ExportedAt, MapName = map.Name, SourceHash = string.Join('|', rows)
        };
        return new ImportCrmResult(
            0, 0, 0, 0, 0, null, _test.History.Import(read.Facts, run, [], options), read.Report);
    }

    private CrmHistory Load() => _test.History.Load();

    private CrmHistory Load(string day, ImportCrmResult? after = null) =>
        _test.History.Load(AsOf.EndOf(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    private Closing? Final(string id) => Load() is var history ? Closing.Final(history, history.IndexOf(id)) : null;

    private Closing? At(string id, string day)
    {
        var history = Load();
        return Closing.InForce(
            history, history.IndexOf(id),
            AsOf.EndOf(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));
    }

    private double Won(string day) =>
        Load(day) is var history ? WonDeal.KnownAt(history, AsOf.EndOfTime).Sum(w => w.Amount ?? 0) : 0;

    private static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
