using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;
using ForecastEngine.Tests.Import.Shapes;

namespace ForecastEngine.Tests.Import.Recognition;

public sealed class RecognitionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("recognition").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Shapes =>
        [.. ExportShape.Products.SelectMany(p => ExportShape.Languages(p).Select(l => (p, l)))];

    [Theory, MemberData(nameof(Shapes))]
    public void An_export_of_every_product_goes_in_without_a_map(string product, string language)
    {
        var deals = ShapeDeals.Make(240);
        ExportShape.Write(_folder, product, language, deals);

        var seen = Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" });
        // Labels that nobody could confirm are not in the shape: their columns are asked for, and then done without.
        Assert.All(seen.Questions, q => Assert.True(q.About == QuestionAbout.NoColumn, QuestionWording.Of(q, o => o)));
        var understood = Recogniser.Run(_folder, new RecognitionOptions
        {
            Currency = "EUR", Without = [.. seen.Questions.Select(q => q.Subject)],
        });

        Assert.Empty(understood.Questions);
        Assert.Equal(ExportShape.MapOf(product), understood.Layout);
        Assert.Empty(Retelling.Differences(_folder, understood, deals));
    }

    [Fact]
    public void Stages_of_a_team_are_known_by_flags_names_and_probabilities()
    {
        Write("Deal Id,Deal Name,Stage,Amount,Created Date,Close Date,Probability",
            n => n % 4 == 0 ? $"{n},Deal {n},Signed,100,2025-01-0{1 + n % 9},2025-02-0{1 + n % 9},100"
                : n % 4 == 1 ? $"{n},Deal {n},Verloren an Wettbewerb,100,2025-01-0{1 + n % 9},2025-02-0{1 + n % 9},0"
                : $"{n},Deal {n},{n % 3} - Talk,100,2025-01-0{1 + n % 9},2025-12-0{1 + n % 9},{20 + n % 3}");
        var understood = Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" });
        Assert.Empty(understood.Questions);
        Assert.Equal(
            [("0 - Talk", StageKind.Open), ("1 - Talk", StageKind.Open), ("2 - Talk", StageKind.Open), ("Signed", StageKind.Won), ("Verloren an Wettbewerb", StageKind.Lost)],
            understood.Stages.Select(s => (s.Name, s.Kind!.Value)));
        Assert.Equal(StageEvidence.Probability, understood.Stages.Single(s => s.Name == "Signed").By);
    }

    [Fact]
    public void A_stage_that_may_be_closed_is_asked_for()
    {
        Write("Deal Id,Deal Name,Stage,Amount,Created Date,Close Date",
            n => $"{n},Deal {n},{(n % 3 == 0 ? "Ausgeführt" : n % 3 == 1 ? "Lost" : "Angebot")},100,2025-06-0{1 + n % 9},{(n % 3 == 2 ? "2025-12-01" : "2025-03-01")}");
        var question = Assert.Single(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" }).Questions);
        Assert.Equal((QuestionAbout.Stages, "Ausgeführt"), (question.About, Assert.Single(question.Found).Key));
        Assert.Contains("--won", QuestionWording.Of(question, o => "--" + o), StringComparison.Ordinal);
        var answered = Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR", Won = ["Ausgeführt"] });
        Assert.Empty(answered.Questions);
        Assert.Equal(StageKind.Won, answered.Stages.Single(s => s.Name == "Ausgeführt").Kind);
    }

    [Theory]
    [InlineData("5/6/2026", "7/8/2026", QuestionAbout.DateOrder)]
    [InlineData("13/6/2026", "6/13/2026", QuestionAbout.MixedDates)]
    [InlineData("2026-06-13", "whenever", QuestionAbout.MixedDates)]
    public void Dates_that_can_be_read_in_two_ways_are_asked_for(string one, string other, QuestionAbout about)
    {
        Write("Deal Id,Deal Name,Stage,Amount,Created Date,Close Date",
            n => $"{n},Deal {n},{(n % 2 == 0 ? "Won" : "Lost")},100,{(n % 3 == 0 ? one : other)},2026-09-01");
        Assert.Equal(about, Assert.Single(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" }).Questions).About);
    }

    [Fact]
    public void The_order_of_dates_is_told_by_all_values_or_by_the_user()
    {
        Write("Deal Id,Deal Name,Stage,Amount,Created Date,Close Date",
            n => $"{n},Deal {n},{(n % 2 == 0 ? "Won" : "Lost")},100,5/{1 + n % 28}/2026,9/{1 + n % 30}/2026");
        Assert.Equal(["M/d/yyyy"], Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" }).Dates);
        // What the user says of it cannot make the thirtieth month of it.
        Assert.Equal(QuestionAbout.MixedDates, Assert.Single(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR", Dates = DateOrder.DayFirst }).Questions).About);
    }

    [Theory]
    [InlineData("1.234,50", "900", ',', '.')]
    [InlineData("1,234.50", "900", '.', ',')]
    [InlineData("EUR 1,000,000.00", "EUR 12.50", '.', ',')]
    [InlineData("1 234,50 €", "900", ',', ' ')]
    public void The_decimal_sign_is_told_by_all_values(string one, string other, char sign, char? group)
    {
        Write("Deal Id;Deal Name;Stage;Amount;Created Date;Close Date",
            n => $"{n};Deal {n};{(n % 2 == 0 ? "Won" : "Lost")};{(n % 2 == 0 ? one : other)};2026-06-01;2026-09-01");
        var understood = Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" });
        Assert.Empty(understood.Questions);
        Assert.Equal(sign, understood.DecimalSeparator);
        var map = ImportMap.Parse(understood.Map!);
        if (group is not null) Assert.Equal(group, map.GroupSeparator);
    }

    [Fact]
    public void Thousands_that_may_be_decimals_are_asked_for()
    {
        Write("Deal Id;Deal Name;Stage;Amount;Created Date;Close Date", n => $"{n};Deal {n};{(n % 2 == 0 ? "Won" : "Lost")};1.234;2026-06-01;2026-09-01");
        Assert.Equal(QuestionAbout.DecimalSign, Assert.Single(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" }).Questions).About);
        Assert.Empty(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR", DecimalSeparator = ',' }).Questions);
    }

    [Theory]
    [InlineData("5.009", "12000", QuestionAbout.DecimalSign)]
    [InlineData("5,009", "23.097", QuestionAbout.MixedNumbers)]
    [InlineData("5.009,50", "62,898", QuestionAbout.MixedNumbers)]
    public void Amounts_that_mean_thousands_or_decimals_are_asked_for(string one, string other, QuestionAbout about)
    {
        Write("Deal Id;Deal Name;Stage;Amount;Created Date;Close Date", n => $"{n};Deal {n};{(n % 2 == 0 ? "Won" : "Lost")};{(n % 3 == 0 ? other : one)};2026-06-01;2026-09-01");
        Assert.Equal(about, Assert.Single(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" }).Questions).About);
    }

    [Theory, InlineData("Not won"), InlineData("Lost - reopened"), InlineData("Nicht gewonnen"), InlineData("Closed")]
    public void A_name_that_may_mean_the_opposite_is_asked_for(string stage)
    {
        Write("Deal Id,Deal Name,Stage,Amount,Created Date,Close Date", n => $"{n},Deal {n},{(n % 3 == 0 ? stage : n % 3 == 1 ? "Won" : "Lost")},100,2026-06-01,2026-09-01");
        Assert.Equal(stage, Assert.Single(Assert.Single(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" }).Questions).Found).Key);
    }

    [Fact]
    public void What_the_next_export_has_more_or_less_is_not_overlooked()
    {
        Write("Deal Id,Deal Name,Stage,Amount,Currency,Created Date,Close Date", n => $"{n},Deal {n},{(n % 2 == 0 ? "Won" : "Lost")},100,{(n % 3 == 0 ? "USD" : "EUR")},2026-06-01,2026-09-01");
        var first = Recogniser.Run(_folder, new RecognitionOptions());
        Assert.Empty(first.Questions);
        Write("Deal Id,Deal Name,Stage,Amount,Created Date,Close Date", n => $"{n},Deal {n},{(n % 2 == 0 ? "Won" : "Lost")},100,2026-06-01,2026-09-01");
        var without = Recogniser.Run(_folder, new RecognitionOptions { KnownCurrency = "EUR", OwnMap = first.Map });
        Assert.Equal((QuestionAbout.NoColumn, "currency"), (Assert.Single(without.Questions).About, without.Questions[0].Subject));

        var plain = Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" });
        Write("Deal Id,Deal Name,Stage,Amount,Currency,Created Date,Close Date", n => $"{n},Deal {n},{(n % 2 == 0 ? "Won" : "Lost")},100,{(n % 3 == 0 ? "USD" : "EUR")},2026-06-01,2026-09-01");
        var more = Recogniser.Run(_folder, new RecognitionOptions { KnownCurrency = "EUR", OwnMap = plain.Map });
        Assert.Equal(["USD"], more.WithoutRate);
    }

    [Fact]
    public void An_answer_that_names_nothing_is_refused()
    {
        Write("Deal Id,Deal Name,Stage,Amount,Created Date,Close Date", n => $"{n},Deal {n},{(n % 2 == 0 ? "Won" : "Lost")},100,2026-06-01,2026-09-01");
        var error = Assert.Throws<ImportException>(() => Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR", Won = ["Sigend"] }));
        Assert.Contains("\"Sigend\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_columns_of_money_are_asked_about()
    {
        Write("Deal Id,Deal Name,Stage,Price,Total,Created Date,Close Date", n => $"{n},Deal {n},{(n % 2 == 0 ? "Won" : "Lost")},100,1000,2026-06-01,2026-09-01");
        Assert.Equal(QuestionAbout.Amounts, Assert.Single(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" }).Questions).About);
        var answered = Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR", Without = ["Price"] });
        Assert.Empty(answered.Questions);
        Assert.DoesNotContain("Price\"", answered.Map!.Split("columns")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Files_without_deals_are_said_to_have_none()
    {
        Write("City,Inhabitants", n => $"City {n},{n * 1000}");
        var understood = Recogniser.Run(_folder);
        Assert.Equal(QuestionAbout.NoDeals, Assert.Single(understood.Questions).About);
        Assert.Null(understood.Map);
    }

    [Fact]
    public void What_was_agreed_to_before_answers_the_same_questions()
    {
        Write("Deal Id,Deal Name,Stage,Amount,Created Date,Close Date", n => $"{n},Deal {n},{(n % 2 == 0 ? "Gone" : "Won")},100,2026-06-01,2026-01-01");
        Assert.NotEmpty(Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" }).Questions);
        var known = new RecognitionOptions { KnownCurrency = "EUR", KnownStages = [new Stage("Gone", 0, StageKind.Lost)] };
        Assert.Empty(Recogniser.Run(_folder, known).Questions);
        var agreed = Recogniser.Run(_folder, known).Map;
        Assert.Empty(Recogniser.Run(_folder, new RecognitionOptions { KnownCurrency = "EUR", OwnMap = agreed }).Questions);
    }

    private void Write(string header, Func<int, string> row) =>
        File.WriteAllLines(Path.Combine(_folder, "deals.csv"), [header, .. Enumerable.Range(1, 60).Select(row)]);
}
