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
        var known = new CrmFacts { Currency = "EUR", Stages = [new Stage("Lead", 1, StageKind.Open), new Stage("Won", 2, StageKind.Won)], Opportunities = [], Changes = [] };
        using var json = JsonDocument.Parse("""
            {"specversion":"1.0","id":"e1","source":"/crm","type":"opportunity.created","time":"2026-03-01T10:00:00Z","subject":"D1","data":{"stage":"Won","amount":100}}
            """);
        var (facts, outcomes) = EventFacts.From(new CrmHistory(known), [CrmEventReader.Read(CloudEvent.FromJson(json.RootElement), Now)]);
        Assert.Equal((null, 2), (outcomes.Single().Fault, outcomes.Single().Facts));
        var history = new CrmHistory(known with { Opportunities = facts.Opportunities, Changes = facts.Changes });
        Assert.True(Closing.Final(history, 0) is { Won: true, Amount: 100m, FromStage: null });
        Assert.False(SnapshotTaker.IsOpen(history, 0, AsOf.EndOf(new DateOnly(2026, 3, 1))));
    }
}
