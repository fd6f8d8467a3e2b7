using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Events;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Events;

/// <summary>What events add to a history.</summary>
public sealed class EventFactsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_deal_that_is_told_when_it_is_won_already_is_won_and_no_open_deal()
    {
        Stage[] stages = [new("Lead", 1, StageKind.Open), new("Won", 2, StageKind.Won)];
        using var json = JsonDocument.Parse("""
            {"specversion":"1.0","id":"e1","source":"/crm","type":"opportunity.created","time":"2026-03-01T10:00:00Z","subject":"D1","data":{"stage":"Won","amount":100}}
            """);
        var told = new EventFacts("EUR", stages, new Dictionary<(string, string), string>()).Read(CrmEventReader.Read(CloudEvent.FromJson(json.RootElement), Now), isKnown: false, out var fault);
        Assert.Null(fault);
        var deal = DealRetelling.Of([told!], [], name => stages.FirstOrDefault(s => s.Name == name)?.Kind)!;
        var history = new CrmHistory(new CrmFacts { Currency = "EUR", Stages = stages, Opportunities = [deal.Born], Changes = deal.Changes });
        Assert.True(Closing.Final(history, 0) is { Won: true, Amount: 100m, FromStage: null });
        Assert.False(SnapshotTaker.IsOpen(history, 0, AsOf.EndOf(new DateOnly(2026, 3, 1))));
    }

    [Theory]
    [InlineData("closed", """{"outcome":"won"}""", "unknown-stage", "expected one of Won, Won (More)")]
    [InlineData("changed", """{"stage":"Boarded"}""", "no-revenue", "Onboarding, a pipeline that is no revenue")]
    public void An_event_must_say_which_pipelines_stage_it_means(string type, string data, string code, string words)
    {
        Stage[] stages =
        [
            new("Lead", 0, StageKind.Open, null, "Main"), new("Won", 1, StageKind.Won, null, "Main"), new("Won (More)", 0, StageKind.Won, null, "More"),
            new("Boarded", 0, StageKind.Won, null, "Onboarding"),
        ];
        SalesPipeline[] pipelines = [new("Main", PipelineKind.NewBusiness), new("More", PipelineKind.Expansion), new("Onboarding", PipelineKind.NotRevenue)];
        using var json = JsonDocument.Parse($$"""
            {"specversion":"1.0","id":"e1","source":"/crm","type":"opportunity.{{type}}","time":"2026-03-01T10:00:00Z","subject":"D1","data":{{data}}}
            """);
        var told = new EventFacts("EUR", stages, new Dictionary<(string, string), string>(), pipelines).Read(CrmEventReader.Read(CloudEvent.FromJson(json.RootElement), Now), isKnown: true, out var fault);
        Assert.Null(told);
        Assert.Equal(code, fault!.Code);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }
}
