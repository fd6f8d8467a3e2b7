using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;

namespace ForecastEngine.Tests.Import.Recognition;

/// <summary>How exports write dates, currencies, outcomes and blanks, and what becomes of them without a map.</summary>
public sealed class ValuesInExportsTests : IDisposable
{
    private static readonly RecognitionOptions Euro = new() { Currency = "EUR" };
    private readonly string _folder = Directory.CreateTempSubdirectory("values").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("3. 2. 2026", "13. 2. 2026")]
    [InlineData("3. Feb 2026", "13. Feb 2026")]
    [InlineData("3. February 2026", "13. February 2026")]
    [InlineData("February 3, 2026", "February 13, 2026")]
    [InlineData("46056", "46066")]
    public void Dates_of_many_forms_are_read(string third, string thirteenth)
    {
        Write("Deal Id;Deal Name;Stage;Amount;Created Date;Close Date",
            n => $"{n};Deal {n};{WonOrLost(n)};100;{third};{thirteenth}");
        var facts = Import(Euro).Facts;
        Assert.All(facts.Opportunities, d => Assert.Equal(new DateOnly(2026, 2, 3), DateOnly.FromDateTime(d.CreatedAt.UtcDateTime)));
        var closings = facts.Changes.Where(c => c.Field == OpportunityField.Stage).ToList();
        Assert.Equal(60, closings.Count);
        Assert.All(closings, c => Assert.Equal(new DateOnly(2026, 2, 13), DateOnly.FromDateTime(c.At.UtcDateTime)));
    }

    [Fact]
    public void Whose_currency_the_companys_amounts_are_in_is_told_by_the_deals_in_it()
    {
        // More deals in dollars than in francs, and the company keeps its books in francs.
        WriteHubSpot(n => n % 3 == 0 ? ("1000", "CHF", "1000.00") : ("1000", "USD", "800.00"));
        var understood = Recogniser.Run(_folder);
        Assert.Empty(understood.Questions);
        Assert.Equal(("CHF", "CHF"), (understood.Currency, understood.CompanyCurrency));
    }

    [Fact]
    public void A_report_in_another_currency_than_the_companys_keeps_the_companys_amounts_in_theirs()
    {
        WriteHubSpot(n => n % 3 == 0 ? ("1000", "CHF", "1000.00") : ("1000", "USD", "800.00"));
        var read = Import(new RecognitionOptions { Currency = "USD" });
        Assert.All(read.Facts.Opportunities, d => Assert.Equal("CHF", d.Currency));
    }

    [Fact]
    public void The_companys_currency_is_asked_for_where_no_deal_tells_it()
    {
        WriteHubSpot(n => n % 3 == 0 ? ("1000", "EUR", "930.00") : ("1000", "USD", "800.00"));
        var question = Assert.Single(Recogniser.Run(_folder).Questions);
        Assert.Equal(QuestionAbout.CompanyCurrency, question.About);
        Assert.Equal("CHF", Recogniser.Run(_folder, new RecognitionOptions { Currency = "CHF" }).CompanyCurrency);
    }

    [Theory, InlineData("Gelöscht"), InlineData("Supprimé"), InlineData("Izbrisano")]
    public void A_status_that_says_deleted_takes_the_deal_away(string deleted)
    {
        Write("Deal - ID;Deal - Title;Deal - Value;Deal - Currency;Deal - Status;Deal - Stage;Deal - Deal created;Deal - Won time;Deal - Lost time",
            n => $"{n};Deal {n};100;EUR;{(n % 6 == 0 ? deleted : n % 2 == 0 ? "Won" : "Lost")};Talk;2026-02-03;{(n % 2 == 0 ? "2026-03-03" : "")};{(n % 2 == 1 ? "2026-03-03" : "")}");
        var read = Import(RecognitionOptions.None);
        Assert.Equal((50, 0), (read.Facts.Opportunities.Count, (int)read.Report.Entities.Sum(e => e.RowsRejected)));
        Assert.Equal(10, read.Report.Entities.Single(e => e.Entity == EntityFields.Opportunities).Skipped.Values.Sum());
    }

    [Fact]
    public void A_line_of_totals_is_no_deal()
    {
        Write("Deal Id;Deal Name;Stage;Amount;Created Date;Close Date",
            n => n == 60 ? ";;;5900;;" : $"{n};Deal {n};{WonOrLost(n)};100;2026-02-03;2026-03-03");
        Assert.Empty(Recogniser.Run(_folder, Euro).Questions);
    }

    [Theory, InlineData("won"), InlineData("lost"), InlineData("open")]
    public void What_deals_without_a_stage_are_is_asked_once(string meant)
    {
        Write("Deal Id;Deal Name;Stage;Amount;Created Date;Close Date",
            n => $"{n};Deal {n};{(n % 3 == 0 ? "" : WonOrLost(n))};100;2026-02-03;2026-03-03");
        Assert.Equal(StageReading.Blank, Assert.Single(Assert.Single(Recogniser.Run(_folder, Euro).Questions).Found).Key);
        string[] blank = [StageReading.Blank];
        var answered = Euro with { Won = meant == "won" ? blank : [], Lost = meant == "lost" ? blank : [], Open = meant == "open" ? blank : [] };
        var agreed = Recogniser.Run(_folder, answered);
        var kind = Enum.Parse<StageKind>(meant, true);
        Assert.Equal(20, KindsOf(agreed).Count(k => k == kind) - (meant == "open" ? 0 : 20));

        AssertNextNightIsLike(agreed);
    }

    [Fact]
    public void What_deals_without_a_status_are_is_asked_once()
    {
        Write("Deal Id;Deal Name;Stage;Status;Amount;Created Date;Close Date",
            n => $"{n};Deal {n};Talk;{(n % 3 == 0 ? "" : n % 2 == 0 ? "Won" : "Open")};100;2026-02-03;2026-03-03");
        var asked = Recogniser.Run(_folder, Euro).Questions;
        Assert.Contains(asked, q => q.Found.ContainsKey(StageReading.Blank));
        var agreed = Recogniser.Run(_folder, Euro with { Lost = [StageReading.Blank] });
        Assert.Empty(agreed.Questions);
        Assert.Equal(20, KindsOf(agreed).Count(k => k == StageKind.Lost));
        AssertNextNightIsLike(agreed);
    }

    [Fact]
    public void A_file_of_deals_without_the_column_of_outcomes_is_asked_about()
    {
        Write("Deal Id;Deal Name;Stage;Status;Amount;Created Date;Close Date",
            n => $"{n};Deal {n};Talk;{WonOrLost(n)};100;2026-02-03;2026-03-03");
        File.WriteAllLines(Path.Combine(_folder, "deals-old.csv"), ["Deal Id;Deal Name;Stage;Amount;Created Date;Close Date",
            .. Enumerable.Range(100, 60).Select(n => $"{n};Deal {n};Talk;100;2026-02-03;2026-03-03")]);
        Assert.Contains(Recogniser.Run(_folder, Euro).Questions, q => q is { About: QuestionAbout.NoColumn, Subject: "outcome" });
    }

    [Fact]
    public void A_column_that_the_map_has_twice_is_a_fault_of_the_map()
    {
        var fault = Assert.Throws<ImportException>(() => ImportMap.Parse("""
            { "name": "x", "currency": "EUR", "stages": [{ "name": "Won", "kind": "won" }],
              "entities": { "opportunities": { "files": "d.csv", "fields": { "id": "Id", "stage": "S" }, "columns": { "Region": "created", "region": "ignored" } } } }
            """));
        Assert.Contains("Region and region", fault.Message, StringComparison.Ordinal);
    }

    private void AssertNextNightIsLike(Understanding agreed)
    {
        var nextNight = Recogniser.Run(_folder, new RecognitionOptions
        {
            KnownCurrency = "EUR", OwnMap = agreed.Map, KnownStages = ImportMap.Parse(agreed.Map!).Stages,
        });
        Assert.Empty(nextNight.Questions);
        Assert.Equal(KindsOf(agreed), KindsOf(nextNight));
    }

    private static string WonOrLost(int n) => n % 2 == 0 ? "Won" : "Lost";

    private List<StageKind> KindsOf(Understanding understood)
    {
        var facts = CrmImport.Read(_folder, ImportMap.Parse(understood.Map!), new ImportOptions { MaxRejectedShare = 0 }).Facts;
        var kinds = facts.Stages.ToDictionary(s => s.Name, s => s.Kind);
        var last = facts.Changes.Where(c => c.Field == OpportunityField.Stage).ToLookup(c => c.OpportunityId, c => c.NewValue);
        return [.. facts.Opportunities.Select(o => kinds[last[o.Id].LastOrDefault() ?? o.Stage!])];
    }

    private ImportResult Import(RecognitionOptions options)
    {
        var understood = Recogniser.Run(_folder, options);
        Assert.Empty(understood.Questions.Select(q => QuestionWording.Of(q, o => o)));
        return CrmImport.Read(_folder, ImportMap.Parse(understood.Map!), new ImportOptions { MaxRejectedShare = 0 });
    }

    private void WriteHubSpot(Func<int, (string Amount, string Currency, string InCompanys)> money) => Write(
        "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Currency,Amount in company currency,Create Date,Close Date,Last Modified Date",
        n => money(n) is var m ? $"{n},Deal {n},{(n % 2 == 0 ? "Closed Won" : "Closed Lost")},Sales,{m.Amount},{m.Currency},{m.InCompanys},2026-02-03 10:00,2026-03-03 10:00,2026-03-03 10:00" : "");

    private void Write(string header, Func<int, string> row) =>
        File.WriteAllLines(Path.Combine(_folder, "deals.csv"), [header, .. Enumerable.Range(1, 60).Select(row)]);
}
