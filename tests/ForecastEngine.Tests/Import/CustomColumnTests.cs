using System.Globalization;
using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Import;

/// <summary>Columns that a map declares keep their meaning, from the file to the feature.</summary>
public sealed class CustomColumnTests
{
    private const int Deals = 120;
    private const string Comma = "\"decimalSeparator\": \",\",";
    private const string CommaAndPoint = "\"decimalSeparator\": \",\", \"groupSeparator\": \".\",";

    // A small company: a deal a day, closed two weeks later but for the last ones. What x holds is the test's.
    private static TestExport Company(
        Func<int, string> x, string column = "\"created\"", string more = "", string name = "x")
    {
        var rows = Enumerable.Range(0, Deals).Select(i =>
        {
            var born = new DateOnly(2024, 1, 1).AddDays(i);
            var won = CounterRandom.For(1, i).Uniform() < 0.5 ? "Won" : "Lost";
            return $"D{i};{born:yyyy-MM-dd};{(i < 100 ? $"{born.AddDays(14):yyyy-MM-dd};{won}" : ";")};{x(i)}";
        });
        var map = ImportMap.Parse($$"""
            {
              "name": "small", "currency": "EUR", "exportedAt": "2024-06-01T00:00:00Z", "delimiter": ";", {{more}}
              "stages": [
                { "name": "Open", "kind": "open" }, { "name": "Won", "kind": "won" }, { "name": "Lost", "kind": "lost" }
              ],
              "outcome": { "column": "Result", "values": { "Won": "Won", "Lost": "Lost" } },
              "entities": {
                "opportunities": {
                  "files": "deals.csv",
                  "fields": { "id": "id", "createdAt": "Created", "closedAt": "Closed" },
                  "columns": { "{{name}}": {{column}} }
                },
                "changes": {
                  "files": "history.csv",
                  "fields": {
                    "opportunityId": "deal", "field": "field", "oldValue": "old", "newValue": "new", "at": "at"
                  }
                }
              }
            }
            """);
        return new TestExport { Map = map }.With("deals.csv", ["id;Created;Closed;Result;x", .. rows]);
    }

    private static FeatureSchema SchemaOf(CrmFacts facts) => FeatureSchema.From(new CrmHistory(facts), [1, 5, 20]);

    private static string?[] Values(ImportResult read)
    {
        var values = read.Facts.Opportunities.ToDictionary(o => o.Id, o => o.Attributes.GetValueOrDefault("x"));
        return [.. Enumerable.Range(0, Deals).Select(i => values[$"D{i}"])];
    }

    private static string Decimal(int i, char point) => $"{i % 7}{point}{i % 100:00}";

    // The columns of a snapshot of every deal on its first day, to the bit.
    private static string FeaturesOf(CrmFacts facts) =>
        string.Join('\n', FirstDays(facts, out _).Select(Bits.Of));

    private static IEnumerable<OpportunitySnapshot> FirstDays(CrmFacts facts, out FeatureSet features)
    {
        var history = new CrmHistory(facts);
        features = new FeatureSet(SchemaOf(facts));
        var taker = new SnapshotTaker(
            history, features, GroupRates.From(history, features.Schema.CategoricalAttributes));
        return history.Opportunities.Select((o, i) => taker.Take(i, AsOf.At(o.CreatedAt.AddHours(1)))!);
    }

    [Theory]
    [InlineData(Comma, ',')]
    [InlineData(CommaAndPoint, ',')]
    [InlineData(CommaAndPoint, '.')]
    public void A_decimal_comma_tells_what_a_point_tells(string map, char point)
    {
        using var plain = Company(i => Decimal(i, '.'));
        using var export = Company(i => Decimal(i, point), more: map);
        var (expected, read) = (plain.Read(), export.Read());
        Assert.Equal(Values(expected), Values(read));
        Assert.Equal(["x"], SchemaOf(read.Facts).NumericAttributes);
        Assert.Equal(FeaturesOf(expected.Facts), FeaturesOf(read.Facts));
        Assert.Empty(read.Rejected);
    }

    [Fact]
    public void Thousands_are_put_together_and_no_decimals_are_taken_for_them()
    {
        using var thousands = Company(i => i % 2 == 0 ? $"1.{i:000},5" : "-2,25", more: CommaAndPoint);
        Assert.Equal(["1000.5", "-2.25", "1002.5"], Values(thousands.Read())[..3]);
        using var decimals = Company(i => $"0.{i:000}", more: CommaAndPoint);
        Assert.Equal(["0.000", "0.001", "0.002"], Values(decimals.Read())[..3]);
    }

    [Fact]
    public void A_stray_cell_in_a_column_of_numbers_is_left_empty_and_told()
    {
        using var export = Company(i => i == 17 ? "n/a" : Decimal(i, '.'));
        var read = export.Read();
        var row = Assert.Single(read.Rejected);
        Assert.Equal(("deals.csv", 19L, "x", "n/a"), (row.File, row.Line, row.Column, row.Found));
        Assert.Equal("The value was left empty", row.Action);
        Assert.Equal((0, Deals), (read.Report.RowsRejected, read.Facts.Opportunities.Count));
        var warning = Assert.Single(read.Report.Warnings, w => w.Contains("\"x\"", StringComparison.Ordinal));
        Assert.StartsWith("1 of 120 values of the column \"x\" of opportunities cannot be read as a number, such as "
            + "\"n/a\" in deals.csv line 19", warning, StringComparison.Ordinal);
        var reasons = read.Report.Entities.Single(e => e.Entity == "opportunities").Rejected;
        Assert.Equal(1, reasons["unreadable number (left empty)"]);
        var reading = Assert.Single(read.Report.CustomColumns);
        Assert.Equal((ValueKind.Number, false), (reading.Kind, reading.IsDeclared));
        Assert.Equal((120, 1), (reading.Filled, reading.LeftEmpty));
        Assert.Null(Values(read)[17]);
        Assert.Equal(["x"], SchemaOf(read.Facts).NumericAttributes);
    }

    [Fact]
    public void A_column_with_more_than_a_few_stray_cells_stays_names()
    {
        using var export = Company(i => i % 10 == 0 ? "n/a" : $"{i % 5}");
        var read = export.Read();
        Assert.Empty(read.Rejected);
        Assert.Equal("n/a", Values(read)[10]);
        Assert.Equal(["attribute:x"], SchemaOf(read.Facts).RateColumns);
    }

    [Fact]
    public void A_few_cells_decide_nothing_against_the_many_before()
    {
        using var export = Company(i => i == 3 ? "n/a" : i < 6 ? $"{i},5" : "", more: Comma);
        var alone = Values(export.Read());
        Assert.Equal(("0,5", "n/a"), (alone[0], alone[3]));
        export.Options = export.Options with { KnownColumns = [new CustomColumn("x", ValueKind.Number, false)] };
        var later = Values(export.Read());
        Assert.Equal(("0.5", null), (later[0], later[3]));
    }

    [Fact]
    public void A_tracked_column_is_told_in_one_spelling()
    {
        using var export = Company(i => i == 5 ? "2,5" : Decimal(i, ','), "\"tracked\"", Comma)
            .With("history.csv", "deal;field;old;new;at", "D5;x;1,5;2,5;2024-01-08", "D6;x;-;6,06;2024-01-09");
        var read = export.Read();
        var changes = read.Facts.Changes.Where(c => c.Field == "x").ToList();
        Assert.Contains(changes, c => c is { OpportunityId: "D5", OldValue: "1.5", NewValue: "2.5" });
        Assert.Contains(changes, c => c is { OpportunityId: "D6", OldValue: null, NewValue: "6.06" });
        Assert.DoesNotContain(read.Report.Warnings, w => w.Contains("another x", StringComparison.Ordinal));
        var row = Assert.Single(read.Rejected);
        Assert.Equal(("history.csv", 3L, "-"), (row.File, row.Line, row.Found));
    }

    [Fact]
    public void A_blank_is_a_level_like_a_word_for_it()
    {
        using var blank = Company(i => i % 3 == 0 ? "A" : "");
        using var word = Company(i => i % 3 == 0 ? "A" : "none");
        var (ticked, told) = (blank.Read().Facts, word.Read().Facts);
        Assert.Equal(["attribute:x"], SchemaOf(ticked).BlankLevels);
        Assert.Equal(FeaturesOf(told), FeaturesOf(ticked));
        var (saved, plain) = (JsonSerializer.Serialize(SchemaOf(ticked)), JsonSerializer.Serialize(SchemaOf(told)));
        Assert.Equal(["attribute:x"], JsonSerializer.Deserialize<FeatureSchema>(saved)!.BlankLevels);
        Assert.DoesNotContain("BlankLevels", plain, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(9, true)]
    [InlineData(50, false)]
    public void Blanks_let_no_column_in_that_is_filled_in_later(int percent, bool onlyWhereClosed)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 3000; i++)
        {
            var isClosed = i % 2 == 0;
            var isFilled = i / 2 % 100 < percent && (isClosed || !onlyWhereClosed);
            made.Deal($"D{i}", i / 30.0, attributes: isFilled ? [("x", "A")] : []);
            if (isClosed) made.Stage($"D{i}", i % 4 == 0 ? "Won" : "Lost", i / 30.0 + 5);
        }
        var column = DealColumns.Of(made.Until(200)).Single(c => c.IsCustom);
        var expected = onlyWhereClosed ? (ColumnUse.FilledInLater, false) : (ColumnUse.Used, true);
        Assert.Equal(expected, (column.Use, column.BlankIsLevel));
    }

    [Fact]
    public async Task Number_codes_that_are_declared_a_category_stay_one_through_the_database()
    {
        await using var test = TestDatabase.Sqlite();
        using var declared = Company(i => $"{i % 6}", """{ "known": "created", "kind": "category" }""");
        using var names = Company(i => $"C{i % 6}");
        using var plain = Company(i => $"{i % 6}");
        var (codes, numbers) = (declared.Read().Facts, plain.Read().Facts);
        Assert.Equal(FeaturesOf(names.Read().Facts), FeaturesOf(codes));
        Assert.Equal(["x"], SchemaOf(numbers).NumericAttributes);
        Assert.NotEqual(HashOf(numbers), HashOf(codes));
        Assert.Equal(HashOf(numbers), HashOf(numbers with { CustomColumns = [] }));

        test.History.Append(codes, SampleFacts.Run);
        var loaded = test.History.Load();
        Assert.Equal(["attribute:x"], FeatureSchema.From(loaded, [1]).RateColumns);
        var earlier = loaded.KnownAt(AsOf.At(loaded.ExportedAt.AddDays(-40)));
        Assert.Equal(["attribute:x"], FeatureSchema.From(earlier, [1]).RateColumns);
        Assert.Equal(HashOf(codes), HistoryHash.Of(loaded));
        test.History.Append(numbers, SampleFacts.Run);
        Assert.Equal(["x"], FeatureSchema.From(test.History.Load(), [1]).NumericAttributes);

        static string HashOf(CrmFacts facts) => HistoryHash.Of(new CrmHistory(facts));
    }

    [Theory]
    [InlineData("\"created\"", "yyyy-MM-dd")]
    [InlineData("\"created\"", "dd.MM.yyyy")]
    [InlineData("""{ "known": "created", "kind": "date" }""", "dd.MM.yyyy")]
    public void A_day_counts_from_the_creation(string column, string format)
    {
        string DayOf(int i) => new DateOnly(2024, 1, 1).AddDays(2 * i).ToString(format, CultureInfo.InvariantCulture);
        using var export = Company(i => i == 1 ? "soon" : DayOf(i), column, "\"dates\": [\"iso\", \"dd.MM.yyyy\"],");
        var read = export.Read();
        Assert.Equal("soon", Assert.Single(read.Rejected).Found);
        Assert.Equal("2024-03-01", Values(read)[30]);
        Assert.Equal(["x"], SchemaOf(read.Facts).DateAttributes);
        var days = FirstDays(read.Facts, out var features).ToDictionary(s => s.OpportunityId, s => s.Features);
        var position = features.Features.ToList().FindIndex(f => f.Name == "x_days");
        Assert.Equal([30f, 0f], days["D30"][position..(position + 2)]);
        Assert.Equal([0f, 1f], days["D1"][position..(position + 2)]);
    }

    [Fact]
    public void A_column_that_the_map_names_and_the_file_lacks_is_told()
    {
        using var export = Company(i => $"{i}", name: "X score");
        var report = export.Read().Report;
        Assert.Equal(new AbsentColumn("opportunities", "deals.csv", "X score"), Assert.Single(report.AbsentColumns));
        Assert.Single(report.Warnings, w => w.StartsWith("deals.csv has no column \"X score\"", StringComparison.Ordinal));
        Assert.Single(report.Warnings, w => w.EndsWith("not mention were not used: x.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("one", ColumnUse.OneLevel, "it has one value, the same in all deals")]
    [InlineData("unique", ColumnUse.NearlyUnique, "it has 24 values, and hardly two deals share one")]
    [InlineData("empty", ColumnUse.Empty, "no deal has a value when it is created")]
    public void A_training_says_why_a_declared_column_is_not_used(string what, ColumnUse use, string why)
    {
        using var export = Company(i => what switch { "one" => "A", "unique" => $"text {i}", _ => "" });
        var facts = export.Read().Facts;
        var few = facts.Opportunities.Take(24).ToList();
        var ids = few.Select(o => o.Id).ToHashSet();
        var history = new CrmHistory(facts with
        {
            Opportunities = few, Changes = [.. facts.Changes.Where(c => ids.Contains(c.OpportunityId))],
        });
        Assert.Equal(use, DealColumns.Of(history).Single(c => c.IsCustom).Use);
        var trained = BundleTrainer.Train(history, AsOf.At(history.ExportedAt), new TrainingOptions { Threads = 1 },
            null, TestContext.Current.CancellationToken);
        Assert.Contains($"Column x is not used: {why}.", trained.Warnings);
        Assert.Empty(trained.Refused);
    }

    [Fact]
    public void A_map_tells_its_faults_about_columns()
    {
        Assert.Contains("columns.x.kind: found money; expected one of number, category, date",
            Faults("""{ "known": "created", "kind": "money" }"""), StringComparison.Ordinal);
        Assert.Contains("columns.x.known: found nothing; expected one of created, tracked, ignored",
            Faults("""{ "kind": "date" }"""), StringComparison.Ordinal);
        Assert.Contains("columns.x.type: found an unknown property",
            Faults("""{ "known": "created", "type": "date" }"""), StringComparison.Ordinal);

        static string Faults(string column) => Assert.Throws<ImportException>(() => Company(i => "", column)).Message;
    }
}
