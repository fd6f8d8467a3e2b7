using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

public sealed class ImportMapTests
{
    [Fact]
    public void Every_ready_made_map_is_readable()
    {
        var maps = Directory.GetFiles(Path.Combine(Repository.Root, "data", "maps"), "*.json");
        Assert.Equal(11, maps.Length);
        Assert.All(maps, path => Assert.Contains("opportunities", ImportMap.Load(path).Entities.Keys));
    }

    [Fact]
    public void All_faults_are_told_together()
    {
        var error = Assert.Throws<ImportException>(() => ImportMap.Parse("""
            { "currency": "euro", "delimitr": ",", "timeZone": "Mars/Base", "rates": { "USD": -1 }, "dates": ["dunno"],
              "stages": [ { "name": "A", "kind": "closed" }, { "name": "A", "kind": "won", "probability": 50 } ],
              "entities": { "opportunities": { "files": "o.csv", "fields": { "id": "Id", "colour": "x" }, "columns": { "c": "maybe" } }, "deals": {} } }
            """, "my.json"));
        foreach (var part in (string[])["currency", "delimitr", "timeZone", "rates.USD", "dates", "stages[0].kind", "stages[1].name", "stages[1].probability", "fields.colour", "columns.c", "entities.deals"])
            Assert.Contains(error.Faults, f => f.StartsWith("my.json, ", StringComparison.Ordinal) && f.Contains(part, StringComparison.Ordinal) && f.Contains("; expected ", StringComparison.Ordinal));
    }

    [Fact]
    public void Text_that_is_no_JSON_names_its_line() =>
        Assert.Contains("at line 2", Assert.Throws<ImportException>(() => ImportMap.Parse("{\n \"a\": ,}")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_map_names_its_path() =>
        Assert.Contains("nowhere.json: no such file", Assert.Throws<ImportException>(() => ImportMap.Load("nowhere.json")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("iso", "2025-03-04T05:06:07.89Z", "2025-03-04T05:06:07.8900000+00:00")]
    [InlineData("iso", "2025-03-04 05:06", "2025-03-04T05:06:00.0000000+00:00")]
    [InlineData("iso", "2025-03-04T05:06:07+02:00", "2025-03-04T03:06:07.0000000+00:00")]
    [InlineData("iso", "2025-03-04T05:06:07-0330", "2025-03-04T08:36:07.0000000+00:00")]
    [InlineData("unixMilliseconds", "1741064767000", "2025-03-04T05:06:07.0000000+00:00")]
    [InlineData("dd-MM-yyyy HH:mm", "26-02-2018 19:58", "2018-02-26T19:58:00.0000000+00:00")]
    [InlineData("iso", "04.03.2025", null)]
    [InlineData("iso", "2025-02-30", null)]
    [InlineData("iso", "2025-03-04T25:00", null)]
    public void Times_are_read_as_declared_and_never_guessed(string format, string text, string? expected)
    {
        var parser = new ValueParser(TestExport.Load("forecastengine") with { Dates = [format] });
        Assert.Equal(expected, parser.TryTime(text, DayEdge.Start, out var moment) ? moment.At.ToString("O") : null);
    }

    [Theory]
    [InlineData('.', ',', "1,234,567.50", "1234567.50")]
    [InlineData('.', ',', "12,34.5", null)]
    [InlineData('.', ',', "1,23", null)]
    [InlineData(',', '.', "1.234,5", "1234.5")]
    [InlineData(',', ' ', "1 234,5", "1234.5")]
    [InlineData('.', null, "1,234", null)]
    [InlineData('.', null, "-12.5", "-12.5")]
    [InlineData('.', null, "12.5.1", null)]
    [InlineData('.', null, "", null)]
    public void Numbers_are_read_as_declared(char point, char? group, string text, string? expected)
    {
        var parser = new ValueParser(TestExport.Load("forecastengine") with { DecimalSeparator = point, GroupSeparator = group });
        Assert.Equal(expected, parser.TryNumber(text, out var number) ? number.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    [Fact]
    public void A_closing_in_a_status_column_outranks_the_open_stage()
    {
        using var export = new TestExport();
        export.Mapped(m => m.Replace("\"entities\": {", "\"outcome\": { \"column\": \"state\", \"values\": { \"W\": \"Won\", \"L\": \"Lost\", \"O\": null } }, \"entities\": {", StringComparison.Ordinal));
        var facts = export.With("opportunities.csv", "id,created_at,stage,closed_at,state", "D1,2025-01-01,Proposal,2025-02-01,W", "D2,2025-01-01,Proposal,,O", "D3,2025-01-01,Proposal,2025-02-01,?").Read().Facts;
        Assert.Equal(["Won", "Proposal"], facts.Changes.Where(c => c.Field == OpportunityField.Stage).Select(c => c.NewValue));
    }
}
