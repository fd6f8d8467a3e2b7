using System.Text.Json.Nodes;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Import;

/// <summary>Deals of several pipelines, whichever way a CRM writes them.</summary>
public sealed class SalesPipelineTests
{
    internal const string Map = """
        {
          "name": "two pipelines", "currency": "EUR", "exportedAt": "2026-03-01T00:00:00Z",
          "pipelines": [
            { "name": "Sales", "kind": "newBusiness", "stages": [
              { "name": "Qualified", "kind": "open" }, { "name": "Contract", "kind": "open" },
              { "name": "Closed Won", "kind": "won" }, { "name": "Closed Lost", "kind": "lost" } ] },
            { "name": "Renewals", "kind": "renewal", "stages": [
              { "name": "Due", "kind": "open" }, { "name": "Qualified (Renewals)", "kind": "open" },
              { "name": "Closed Won", "kind": "won" }, { "name": "Closed Lost", "kind": "lost" } ] },
            { "name": "Onboarding", "kind": "notRevenue", "stages": [
              { "name": "Kick-off", "kind": "open" }, { "name": "Closed Won", "kind": "won" } ] } ],
          "entities": {
            "opportunities": { "files": "deals.csv", "fields": {
              "id": "Record ID", "createdAt": "Create Date", "stage": "Deal Stage", "pipeline": "Pipeline",
              "amount": { "column": "Amount", "known": "close" }, "closedAt": "Close Date" } },
            "changes": { "files": "history.csv",
              "fields": { "opportunityId": "Record ID", "field": "Property", "newValue": "Value", "at": "Timestamp" },
              "history": { "dealstage": "Stage", "pipeline": "Pipeline" } },
            "activities": { "files": "calls.csv",
              "fields": { "opportunityId": "Deal", "kind": { "constant": "Call" }, "at": "At" } },
            "lineItems": { "files": "lines.csv", "fields": { "opportunityId": "Deal", "productId": "Product" } }
          }
        }
        """;

    private const string Deals = "Record ID,Create Date,Deal Stage,Pipeline,Amount,Close Date";
    private const string History = "Record ID,Property,Value,Timestamp";

    [Fact]
    public void A_stage_is_that_of_its_pipeline_with_brackets_without_and_without_a_pipeline()
    {
        using var export = Export(
            "1,2026-01-01,Closed Won (Sales),Sales,10,2026-02-01",
            "2,2026-01-01,Closed Won (Renewals),Renewals,20,2026-02-01",
            "3,2026-01-01,Closed Won,Renewals,30,2026-02-01",
            "4,2026-01-01,Closed Lost (Renewals),,40,2026-02-01",
            "5,2026-01-01,Qualified,Renewals,50,",
            "6,2026-01-01,Due,,60,");
        var facts = export.Read().Facts;
        Assert.Equal(
            [
                "Closed Won", "Closed Won (Renewals)", "Closed Won (Renewals)", "Closed Lost (Renewals)",
                "Qualified (Renewals)", "Due",
            ],
            facts.Tellings.Select(t => t.Values[t.Fields.Names.ToList().IndexOf(OpportunityField.Stage)]));
        Assert.Equal(
            [("Closed Won", 2, "Sales"), ("Qualified (Renewals)", 1, "Renewals"), ("Closed Won (Renewals)", 2, "Renewals")],
            facts.Stages.Where(s => s.Name is "Closed Won" or "Closed Won (Renewals)" or "Qualified (Renewals)")
                .Select(s => (s.Name, s.Order, s.Pipeline!)));
        var history = new CrmHistory(facts);
        Assert.Equal(
            ["Sales", "Renewals", "Renewals", "Renewals"],
            Enumerable.Range(0, 4).Select(i => Closing.Final(history, i)!.Pipeline));
        Assert.Equal(
            [("Renewals", PipelineKind.Renewal), ("Sales", PipelineKind.NewBusiness)],
            history.Pipelines.Select(p => (p.Name, p.Kind)));
        Assert.Null(history.FindStage("Kick-off"));
    }

    [Fact]
    public void What_cannot_be_told_apart_is_set_aside_and_said()
    {
        using var export = Export(
            "1,2026-01-01,Qualified,,1,",
            "2,2026-01-01,Due,Sales,1,",
            "3,2026-01-01,Due,Upsell,1,",
            "4,2026-01-01,Closed Won (Renewals),Sales,1,2026-02-01",
            "5,2026-01-01,Due,Renewals,1,");
        var read = export.Read();
        Assert.Equal("5", Assert.Single(read.Facts.Opportunities).Id);
        Assert.Equal(
            [
                ("Deal Stage", "Qualified"), ("Deal Stage", "Due"), ("Pipeline", "Upsell"),
                ("Deal Stage", "Closed Won (Renewals)"),
            ],
            read.Rejected.Select(r => (r.Column, r.Found)));
        Assert.Equal("one of Qualified, Contract, Closed Won, Closed Lost, the stages of Sales", read.Rejected[1].Expected);
        Assert.StartsWith("one of Sales, Renewals, Onboarding; list it under pipelines", read.Rejected[2].Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Deals_of_a_pipeline_that_is_no_revenue_are_left_out_with_all_that_belongs_to_them()
    {
        using var export = Export(
            "1,2026-01-01,Closed Won,Sales,10,2026-02-01",
            "2,2026-02-01,Closed Won,Onboarding,10,2026-02-20",
            "3,2026-02-01,Kick-off (Onboarding),,10,");
        export
            .With("history.csv", History,
                "2,dealstage,Kick-off,2026-02-01 10:00", "1,dealstage,Qualified,2026-01-01 00:00")
            .With("calls.csv", "Deal,At", "2,2026-02-02", "1,2026-01-05")
            .With("lines.csv", "Deal,Product", "3,P", "1,P");
        var read = export.Read();
        Assert.Equal(["1"], read.Facts.Opportunities.Select(o => o.Id));
        Assert.Equal(["2", "3"], read.Facts.SetAside.Order());
        Assert.Equal((1, 1), (read.Facts.Activities.Count, read.Facts.LineItems.Count));
        Assert.Empty(read.Rejected);
        const string reason = "the pipeline Onboarding is no revenue";
        const string with = "of a deal left out: " + reason;
        Assert.Equal(
            [("opportunities", reason, 2), ("changes", with, 1), ("activities", with, 1), ("lineItems", with, 1)],
            read.Report.Entities.SelectMany(e => e.Skipped.Select(s => (e.Entity, s.Key, s.Value))));
        Assert.Equal(1, read.Report.Entities[0].RowsAccepted);
    }

    [Fact]
    public void A_move_to_another_pipeline_tells_which_stages_the_history_means()
    {
        using var export = Export("1,2026-01-01,Qualified,Renewals,10,", "2,2026-01-01,Qualified,Sales,10,");
        export.With("history.csv", History,
            "1,pipeline,Sales,2026-01-01 00:00", "1,dealstage,Qualified,2026-01-01 00:00",
            "1,dealstage,Closed Won,2026-01-10 00:00",
            "1,pipeline,Renewals,2026-02-01 00:00", "1,dealstage,Qualified,2026-02-01 00:00",
            "2,dealstage,Contract,2026-01-01 00:00", "2,dealstage,Due,2026-01-02 00:00",
            "2,dealstage,Qualified (Renewals),2026-01-03 00:00",
            "2,dealstage,Kick-off,2026-01-04 00:00", "2,dealstage,Qualified,2026-01-05 00:00");
        var read = export.Read();
        Assert.Equal(["Qualified", "Closed Won", "Qualified (Renewals)"], StagesOf("1"));
        Assert.Equal(["Contract", "Due", "Qualified (Renewals)", "Qualified"], StagesOf("2"));
        Assert.Contains("1 history rows tell of stages in pipelines that are no revenue and were left out.", read.Report.Warnings);
        Assert.DoesNotContain(read.Facts.Changes, c => c.Field == EntityFields.Pipeline);

        IEnumerable<string> StagesOf(string id)
        {
            var history = new CrmHistory(read.Facts);
            return StageVisit.KnownAt(history, history.IndexOf(id), AsOf.EndOfTime).Select(v => v.Stage.Name);
        }
    }

    [Fact]
    public void A_status_column_and_ids_of_record_types_are_of_the_rows_pipeline()
    {
        using var export = Export();
        export.With("deals.csv", Deals + ",Status",
            "1,2026-01-01,Due,012R,10,2026-02-01,won",
            "2,2026-01-01,Contract,012S,20,2026-02-01,lost",
            "3,2026-01-01,Due,012R,30,,open");
        export.Map = With("""
            "aliases": { "pipeline": { "012S": "Sales", "012R": "Renewals" } },
            "outcome": { "column": "Status", "values": { "won": "Closed Won", "lost": "Closed Lost", "open": null } }
            """);
        var history = new CrmHistory(export.Read().Facts);
        Assert.Equal(
            [(true, "Renewals"), (false, "Sales")],
            Enumerable.Range(0, 2).Select(i => Closing.Final(history, i)!).Select(c => (c.Won, c.Pipeline!)));
        Assert.Null(Closing.Final(history, 2));
    }

    [Fact]
    public void A_stages_file_may_have_pipelines_too()
    {
        using var export = Export("1,2026-01-01,Won,New,10,2026-02-01", "2,2026-01-01,Won,More,20,2026-02-01");
        export.With("stages.csv", "process,what,stage,position,means",
            "New,newBusiness,Talks,1,open", "More,expansion,Talks,5,open",
            "New,newBusiness,Won,2,won", "More,expansion,Won,6,won");
        var json = JsonNode.Parse(Map)!;
        json.AsObject().Remove("pipelines");
        json["entities"]!["stages"] = JsonNode.Parse("""
            { "files": "stages.csv", "fields": {
              "name": "stage", "order": "position", "kind": "means", "pipeline": "process", "pipelineKind": "what" } }
            """);
        export.Map = ImportMap.Parse(json.ToJsonString());
        var facts = export.Read().Facts;
        Assert.Equal(
            [("Talks", 0, "New"), ("Won", 1, "New"), ("Talks (More)", 0, "More"), ("Won (More)", 1, "More")],
            facts.Stages.Select(s => (s.Name, s.Order, s.Pipeline!)));
        Assert.Equal([PipelineKind.NewBusiness, PipelineKind.Expansion], facts.Pipelines.Select(p => p.Kind));
        Assert.Equal(
            ["Won", "Won (More)"],
            facts.Changes.Where(c => c.Field == OpportunityField.Stage).Select(c => c.NewValue));
    }

    [Fact]
    public void A_renamed_stage_is_so_in_every_pipeline()
    {
        using var export = Export("1,2026-01-01,Offer,Sales,10,");
        export.Map = With("""
            "aliases": { "stage": { "Offer": "Qualified" } }
            """);
        Assert.Equal(
            new Dictionary<string, string> { ["Offer"] = "Qualified", ["Offer (Renewals)"] = "Qualified (Renewals)" },
            export.Read().Facts.Aliases[OpportunityField.Stage]);
    }

    [Theory]
    [InlineData("\"kind\": \"renewal\"", "\"kind\": \"again\"",
        "pipelines[1].kind: found again; expected one of newbusiness, renewal, expansion, notrevenue")]
    [InlineData("\"kind\": \"renewal\",", "", "pipelines[1].kind: found nothing")]
    [InlineData("\"name\": \"Renewals\"", "\"name\": \"Sales\"",
        "pipelines[1].name: found Sales; expected a name that no other pipeline has")]
    [InlineData("\"name\": \"Due\"", "\"name\": \"Closed Won\"",
        "pipelines[1].stages[2].name: found Closed Won; expected a name that no other stage has")]
    [InlineData("\"pipelines\": [", "\"stages\": [ { \"name\": \"A\", \"kind\": \"won\" } ], \"pipelines\": [",
        "pipelines: found stages beside them")]
    [InlineData("\"entities\"", "\"outcome\": { \"column\": \"S\", \"values\": { \"x\": \"Contract\" } }, \"entities\"",
        "outcome.values: found Contract; expected the name of a stage of every pipeline; Renewals has none")]
    public void Faults_of_a_map_are_told(string part, string instead, string fault)
    {
        var map = Map.Replace(part, instead, StringComparison.Ordinal);
        var error = Assert.Throws<ImportException>(() => ImportMap.Parse(map));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_of_deals_without_pipelines_is_one_process_and_told()
    {
        using var export = new TestExport
        {
            Map = ImportMap.Parse("""
                {
                  "currency": "EUR", "stages": [ { "name": "A", "kind": "won" } ],
                  "entities": { "opportunities": { "files": "d.csv", "fields": { "id": "Id", "stage": "S", "pipeline": "P" } } }
                }
                """),
        };
        var result = export.With("d.csv", ["Id,S,P", "1,A,Sales", "2,A,Onboarding"]).Read();
        Assert.Equal(2, result.Facts.Opportunities.Count);
        Assert.Contains(result.Report.Warnings, w => w.StartsWith("The stages are of no pipelines", StringComparison.Ordinal));
    }

    private static TestExport Export(params string[] deals) =>
        new TestExport { Map = ImportMap.Parse(Map) }.With("deals.csv", [Deals, .. deals]);

    private static ImportMap With(string properties) =>
        ImportMap.Parse(Map.Replace("\"entities\"", properties + ", \"entities\"", StringComparison.Ordinal));
}
