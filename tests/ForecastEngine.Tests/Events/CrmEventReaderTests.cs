using System.Text.Json;
using ForecastEngine.Crm.Events;

namespace ForecastEngine.Tests.Events;

/// <summary>What is read from an event, and what is refused.</summary>
public sealed class CrmEventReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_event_in_JSON_is_read_to_canonical_values()
    {
        var read = Read("""
            {"specversion":"1.0","id":"e1","source":"/crm","type":"opportunity.changed","time":"2026-03-02T10:30:00.5+03:00","subject":"006A","datacontenttype":"application/json",
             "data":{"amount":1e3,"crmProbability":0.25,"plannedCloseOn":"2026-04-30","ownerId":null,"lossReason":"","at":"2026-03-01T00:00:00Z","changedBy":"r1"}}
            """);
        Assert.Equal(("/crm", "e1", CrmEventKind.Changed, "006A", "r1"), (read.Source, read.Id, read.Kind, read.OpportunityId, read.ChangedBy));
        Assert.Equal((new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 3, 2, 7, 30, 0, 500, TimeSpan.Zero)), (read.At, read.RecordedAt));
        Assert.Equal([("Amount", "1000"), ("CrmProbability", "0.25"), ("LossReason", null), ("OwnerId", null), ("PlannedCloseOn", "2026-04-30")],
            read.Fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => (f.Key, f.Value)));
    }

    [Theory]
    [InlineData("invalid-event", "specversion", """{"id":"e","source":"s","type":"opportunity.changed","time":"2026-03-01T00:00:00Z","subject":"d","data":{"amount":1}}""")]
    [InlineData("invalid-event", "id", """{"specversion":"1.0","source":"s","type":"opportunity.changed","time":"2026-03-01T00:00:00Z","subject":"d","data":{"amount":1}}""")]
    [InlineData("invalid-event", "time", """{"specversion":"1.0","id":"e","source":"s","type":"opportunity.changed","subject":"d","data":{"amount":1}}""")]
    [InlineData("invalid-event", "subject", """{"specversion":"1.0","id":"e","source":"s","type":"opportunity.changed","time":"2026-03-01T00:00:00Z","data":{"amount":1}}""")]
    [InlineData("invalid-event", "data", """{"specversion":"1.0","id":"e","source":"s","type":"opportunity.changed","time":"2026-03-01T00:00:00Z","subject":"d","data":[]}""")]
    [InlineData("invalid-event", "data_base64", """{"specversion":"1.0","id":"e","source":"s","type":"opportunity.changed","time":"2026-03-01T00:00:00Z","subject":"d","data_base64":"AA=="}""")]
    [InlineData("invalid-event", "found Array", "[]")]
    [InlineData("invalid-time", "RFC 3339", """{"specversion":"1.0","id":"e","source":"s","type":"opportunity.changed","time":"2026-03-01","subject":"d","data":{"amount":1}}""")]
    [InlineData("invalid-time", "RFC 3339", """{"specversion":"1.0","id":"e","source":"s","type":"opportunity.changed","time":"2026-03-01T00:00:00","subject":"d","data":{"amount":1}}""")]
    [InlineData("time-in-future", "Set the clock", """{"specversion":"1.0","id":"e","source":"s","type":"opportunity.changed","time":"2026-03-02T08:06:00Z","subject":"d","data":{"amount":1}}""")]
    [InlineData("unknown-type", "opportunity.created", """{"specversion":"1.0","id":"e","source":"s","type":"lead.created","time":"2026-03-01T00:00:00Z","subject":"d","data":{}}""")]
    public void An_envelope_that_is_not_one_is_refused(string code, string told, string json)
    {
        var fault = Assert.Throws<EventException>(() => Read(json));
        Assert.Equal(code, fault.Code);
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("invalid-value", """{"amount":"12"}""")]
    [InlineData("invalid-value", """{"amount":-1.1e15}""")]
    [InlineData("invalid-value", """{"currency":"euro"}""")]
    [InlineData("invalid-value", """{"amount":1e400}""")]
    [InlineData("invalid-value", """{"crmProbability":1.01}""")]
    [InlineData("invalid-value", """{"plannedCloseOn":"31.12.2026"}""")]
    [InlineData("invalid-value", """{"ownerId":7}""")]
    [InlineData("invalid-value", """{"ownerId":"\ud800"}""")]
    [InlineData("invalid-value", """{"ownerId":"a\u0000b"}""")]
    [InlineData("invalid-value", """{"stage":null}""")]
    [InlineData("invalid-value", """{"attributes":{"Amount":"1"}}""")]
    [InlineData("invalid-value", """{"attributes":{"x":1}}""")]
    [InlineData("invalid-value", """{"opportunityId":"other","amount":1}""")]
    [InlineData("invalid-value", """{"\ud800":1}""")]
    [InlineData("unknown-field", """{"region":"EU"}""")]
    [InlineData("invalid-event", "{}")]
    public void A_value_that_cannot_be_taken_is_refused(string code, string data) => Assert.Equal(code, Assert.Throws<EventException>(() =>
        Read($$"""{"specversion":"1.0","id":"e","source":"s","type":"opportunity.changed","time":"2026-03-01T00:00:00Z","subject":"d","data":{{data}}}""")).Code);

    private static CrmEvent Read(string json) => CrmEventReader.Read(CloudEvent.FromJson(JsonDocument.Parse(json).RootElement), Now);
}
