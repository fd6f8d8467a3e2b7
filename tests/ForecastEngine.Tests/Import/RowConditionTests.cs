using System.Text.Json.Nodes;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

/// <summary>Rows that a map leaves out by what a column says.</summary>
public sealed class RowConditionTests
{
    [Fact]
    public void Rows_for_which_a_condition_does_not_hold_are_left_out_counted_and_still_there()
    {
        using var export = Where("""
            [ { "column": "Pipeline", "in": ["Sales", ""] }, { "column": "Type", "notIn": ["Test"] } ]
            """);
        export.With("opportunities.csv", "id,created_at,stage,Pipeline,Type",
                "D1,2025-01-01,Proposal,Sales,New", "D2,2025-01-01,Proposal,Hiring,New",
                "D3,not a date,no stage, Sales ,Test", "D4,2025-01-01,Proposal,,new",
                "D5,2025-01-01,Proposal,sales,", "D6,2025-01-01,Proposal,Sales,test")
            .History("D2,Stage,,Proposal,2025-01-02,2025-01-02,R1", "D1,Stage,,Proposal,2025-01-01,2025-01-01,R1")
            .With("activities.csv", "id,opportunity_id,kind,at", "A1,D1,Call,2025-01-03", "A3,D3,Call,2025-01-03");
        var read = export.Read();
        Assert.Equal(["D1", "D4", "D6"], read.Facts.Opportunities.Select(o => o.Id));
        Assert.Equal(["D2", "D3", "D5"], read.Facts.SetAside.Order());
        Assert.Empty(read.Rejected);
        var deals = read.Report.Entities.First(e => e.Entity == "opportunities");
        Assert.Equal((6, 3, 0), (deals.RowsRead, deals.RowsAccepted, deals.RowsRejected));
        Assert.Equal(
            [("Pipeline is none of Sales, empty", 2), ("Type is Test", 1)], deals.Skipped.Select(s => (s.Key, s.Value)));
        Assert.Contains("Pipeline", deals.ColumnsUsed);
        Assert.Contains(
            "The stages are of no pipelines, so the column \"Pipeline\" of opportunities.csv tells nothing; it was not used.",
            read.Report.Warnings);
        Assert.Equal("of a deal left out: Type is Test", ReasonOf("activities"));
        Assert.Equal("of a deal left out: Pipeline is none of Sales, empty", ReasonOf("changes"));

        string ReasonOf(string entity) =>
            Assert.Single(read.Report.Entities.First(e => e.Entity == entity).Skipped).Key;
    }

    [Fact]
    public void Every_kind_of_record_may_have_conditions()
    {
        using var export = Where("""[ { "column": "active", "in": "yes" } ]""", "salesReps");
        export.Deals("D1,2025-01-01,Proposal,1,,R1,,,,")
            .With("sales_reps.csv", "id,name,active", "R1,Ann,yes", "R2,Bob,no");
        var read = export.Read();
        Assert.Equal("R1", Assert.Single(read.Facts.SalesReps).Id);
        Assert.Equal(
            [("active is none of yes", 1L)],
            read.Report.Entities.First(e => e.Entity == "salesReps").Skipped.Select(s => (s.Key, s.Value)));
    }

    [Fact]
    public void A_file_without_the_column_is_refused()
    {
        using var export = Where("""[ { "column": "Type", "notIn": ["Test"] } ]""");
        var error = Assert.Throws<ImportException>(() => export.Deals("D1,2025-01-01,Proposal,1,,,,,,").Read());
        Assert.Contains(
            "the column \"Type\" by which where leaves out rows", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[ { "in": ["a"] } ]""", "where[0].column: found nothing")]
    [InlineData("""[ { "column": "T" } ]""", "expected either in, the values of rows that are read, or notIn")]
    [InlineData("""[ { "column": "T", "in": ["a"], "notIn": ["b"] } ]""", "expected either in")]
    [InlineData("""[ { "column": "T", "in": [] } ]""", "where[0].in: found no value")]
    [InlineData("""[ { "column": "T", "in": [1] } ]""", "where[0].in: found [1]; expected a text or a list of texts")]
    [InlineData("""{ "column": "T", "in": ["a"] }""", "where: found {")]
    [InlineData("""[ { "column": "T", "like": "a" } ]""", "where[0].like: found an unknown property")]
    public void Faults_of_a_condition_are_told(string where, string fault) =>
        Assert.Contains(fault, Assert.Throws<ImportException>(() => Where(where)).Message, StringComparison.Ordinal);

    private static TestExport Where(string where, string entity = "opportunities") =>
        new TestExport().Mapped(map =>
        {
            var json = JsonNode.Parse(map)!;
            json["entities"]![entity]!["where"] = JsonNode.Parse(where);
            return json.ToJsonString();
        });
}
