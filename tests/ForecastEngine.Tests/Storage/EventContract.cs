using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Events;
using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>What events of the CRM do to the history, on both databases.</summary>
public abstract class EventContract
{
    private static readonly DateTimeOffset Noon = SampleFacts.ExportedAt.AddHours(12);

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task A_deal_is_created_changed_and_closed_as_an_import_would_have_told_it()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(5), SampleFacts.Run);
        var stages = test.History.Load().Stages;
        var (first, second, won) = (stages[0].Name, stages[1].Name, stages.First(s => s.Kind == StageKind.Won).Name);
        var taken = Take(test,
            Event("1", "opportunity.created", "NEW", 0, $$$"""{"name":"Machine","stage":"{{{first}}}","amount":1200.50,"ownerId":"r1","plannedCloseOn":"2026-09-30","attributes":{"Colour":"red"}}"""),
            Event("2", "opportunity.changed", "NEW", 10, $$"""{"stage":"{{second}}","amount":900,"attributes":{"Colour":"blue"},"changedBy":"r1"}"""),
            Event("3", "opportunity.activity", "NEW", 20, """{"kind":"Call"}"""),
            Event("4", "opportunity.closed", "NEW", 30, """{"outcome":"won","amount":950}"""));
        Assert.All(taken.Outcomes, o => Assert.Null(o.Fault));
        Assert.Equal([1, 3, 1, 2], taken.Outcomes.Select(o => o.Facts));

        var history = test.History.Load();
        var index = history.IndexOf("NEW");
        var born = history.Opportunities[index];
        Assert.Equal(("Machine", 1200.50m, "r1", new DateOnly(2026, 9, 30), first, "red"), (born.Name, born.Amount, born.OwnerId, born.PlannedCloseOn, born.Stage, born.Attributes["Colour"]));
        Assert.Equal((Noon, Noon), (born.CreatedAt, born.RecordedAt));
        Assert.Equal(
            [("Amount", "1200.5", "900", 10), ("Colour", "red", "blue", 10), ("Stage", first, second, 10), ("Amount", "900", "950", 30), ("Stage", second, won, 30)],
            history.ChangesOf(index).ToArray().Select(c => (c.Field, c.OldValue, c.NewValue, (int)(c.RecordedAt - Noon).TotalMinutes)));
        Assert.Equal("Call", Assert.Single(history.ActivitiesOf(index).ToArray()).Kind);
        Assert.Equal(Noon.AddMinutes(30), history.ExportedAt);
    }

    [Fact]
    public async Task The_same_event_counts_once_and_a_value_that_stands_is_no_change()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(5), SampleFacts.Run);
        var deal = test.History.Load().Opportunities[0].Id;
        var change = Event("1", "opportunity.changed", deal, 0, """{"amount":77}""");
        Assert.Equal(1, Assert.Single(Take(test, change, change).Outcomes).Facts);
        var before = SampleFacts.Lines(test.History.Load());
        var again = Take(test, change, Event("2", "opportunity.changed", deal, 5, """{"amount":77.0}"""));
        Assert.Equal("1", Assert.Single(again.Repeated).Id);
        Assert.Equal(0, Assert.Single(again.Outcomes).Facts);
        Assert.Equal(before[1..], SampleFacts.Lines(test.History.Load())[1..]);
        Assert.Equal(2, test.Count("event_inbox"));
        Assert.Single(test.History.Imports(), i => i.MapName == EventStore.MapName);
    }

    [Fact]
    public async Task What_is_not_in_order_is_refused_alone_with_its_reason()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(5), SampleFacts.Run);
        var deal = test.History.Load().Opportunities[0].Id;
        var lost = test.History.Load().Stages.First(s => s.Kind == StageKind.Lost).Name;
        var taken = Take(test,
            Event("1", "opportunity.changed", "NOBODY", 0, """{"amount":1}"""),
            Event("2", "opportunity.changed", deal, 0, """{"stage":"Nowhere"}"""),
            Event("3", "opportunity.closed", deal, 0, $$"""{"outcome":"won","stage":"{{lost}}"}"""),
            Event("4", "opportunity.changed", deal, 0, """{"amount":5}"""));
        Assert.Equal(["unknown-opportunity", "unknown-stage", "contradiction", null], taken.Outcomes.Select(o => o.Fault?.Code));
        Assert.Equal(1, test.Count("event_inbox"));
        Assert.Equal(1, Assert.Single(Take(test, Event("2", "opportunity.changed", deal, 1, """{"amount":6}""")).Outcomes).Facts);
    }

    [Fact]
    public async Task An_event_that_comes_late_starts_from_what_was_known_at_its_own_time()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(5), SampleFacts.Run);
        Take(test, Event("1", "opportunity.created", "NEW", 0, """{"amount":10}"""));
        Take(test, Event("3", "opportunity.changed", "NEW", 30, """{"amount":30}"""));
        Take(test, Event("2", "opportunity.changed", "NEW", 20, """{"amount":20}"""));
        var history = test.History.Load();
        Assert.Equal([("10", "20"), ("20", "30")], history.ChangesOf(history.IndexOf("NEW")).ToArray().Select(c => (c.OldValue, c.NewValue)));
    }

    [Fact]
    public async Task An_export_from_before_the_last_event_still_has_the_say_on_names()
    {
        await using var test = await Fresh();
        var facts = SampleFacts.Create(5);
        test.History.Append(facts, SampleFacts.Run);
        Take(test, Event("1", "opportunity.changed", facts.Opportunities[0].Id, 60, """{"amount":1}"""));
        test.History.Append(facts with { ExportedAt = SampleFacts.ExportedAt.AddMinutes(5), Opportunities = [facts.Opportunities[1] with { Name = "Renamed" }] }, SampleFacts.Run);
        Assert.Equal("Renamed", test.History.Load().Opportunities.Single(o => o.Id == facts.Opportunities[1].Id).Name);
    }

    [Fact]
    public async Task Before_the_first_import_events_are_refused()
    {
        await using var test = await Fresh();
        Assert.Contains("expected an import before the first event", Assert.Throws<StorageException>(() => Take(test, Event("1", "opportunity.created", "NEW", 0, "{}"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Some_deals_are_read_as_they_stand_in_the_whole_history()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(40), SampleFacts.Run);
        var whole = test.History.Load();
        string[] ids = [whole.Opportunities[3].Id, whole.Opportunities[17].Id, "NOBODY"];
        var some = new EventStore(test.Database).Deals(ids);
        Assert.Equal(ids[..2].Order(StringComparer.Ordinal), some.Opportunities.Select(o => o.Id).Order(StringComparer.Ordinal));
        foreach (var id in ids[..2])
        {
            Assert.Equal(whole.ChangesOf(whole.IndexOf(id)).ToArray(), some.ChangesOf(some.IndexOf(id)).ToArray());
            Assert.Equal(whole.ActivitiesOf(whole.IndexOf(id)).ToArray(), some.ActivitiesOf(some.IndexOf(id)).ToArray());
        }
        Assert.Equal(whole.Teams.Count, some.Teams.Count);
    }

    [Fact]
    public async Task An_event_waits_for_its_score_until_a_score_knows_it()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(5), SampleFacts.Run);
        var (store, deal) = (new EventStore(test.Database), test.History.Load().Opportunities[0].Id);
        Take(test, Event("1", "opportunity.changed", deal, 0, """{"amount":1}"""), Event("2", "opportunity.changed", deal, 1, """{"amount":2}"""));
        Assert.Empty(store.Unscored(Noon.AddDays(1).AddSeconds(-1)));
        var waiting = store.Unscored(Noon.AddDays(1));
        Assert.Equal([("1", deal), ("2", deal)], waiting.Select(w => (w.Id, w.OpportunityId)));
        var (scores, webhooks) = (new FreshScoreStore(test.Database), new WebhookStore(test.Database));
        Assert.True(scores.Put([Score(1)], [Message("m1")], [waiting[0]], Noon.AddDays(1), TestContext.Current.CancellationToken));
        // Another that scored for both at the same time comes too late with all that it has.
        Assert.False(scores.Put([Score(2)], [Message("m2")], waiting, Noon.AddDays(1), TestContext.Current.CancellationToken));
        Assert.Equal("2", Assert.Single(store.Unscored(Noon.AddDays(1))).Id);
        Assert.Equal("m1", Assert.Single(webhooks.Deliveries()).MessageId);
        Assert.Equal(Noon.AddMinutes(1), Assert.Single(await scores.SinceAsync(Noon, null, TestContext.Current.CancellationToken)).KnownAt);

        FreshScore Score(int minutes) => new() { OpportunityId = deal, ScoredAt = Noon.AddMinutes(minutes), KnownAt = Noon.AddMinutes(minutes), AsOf = new DateOnly(2026, 1, 1), ModelVersion = "v", Outcome = "Won" };
        static WebhookDelivery Message(string id) => new() { EndpointId = "e", MessageId = id, Type = "score.moved", Body = "{}", CreatedAt = Noon, DueAt = Noon };
    }

    [Fact]
    public async Task Who_will_not_wait_for_an_import_for_ever_is_told_that_it_is_busy_and_comes_again()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(5), SampleFacts.Run);
        var store = new EventStore(test.Database);
        var patience = TimeSpan.FromMilliseconds(200);
        using (test.Database.BeginWrite(WritePurpose.History))
        {
            var fault = Assert.Throws<StorageBusyException>(() => store.Take([Event("1", "opportunity.created", "NEW", 0, "{}")], new TurnedClock(Noon.AddDays(1)), patience, TestContext.Current.CancellationToken));
            Assert.Contains("try again later", fault.Message, StringComparison.Ordinal);
        }
        Assert.Single(store.Take([Event("1", "opportunity.created", "NEW", 0, "{}")], new TurnedClock(Noon.AddDays(1)), patience, TestContext.Current.CancellationToken).Outcomes);
    }

    private static EventsTaken Take(TestDatabase test, params CrmEvent[] events) => new EventStore(test.Database).Take(events, new TurnedClock(Noon.AddDays(1)), null, TestContext.Current.CancellationToken);

    private static CrmEvent Event(string id, string type, string deal, int minutes, string data) => CrmEventReader.Read(
        CloudEvent.From("1.0", id, "crm", type, Noon.AddMinutes(minutes).ToString("O"), deal, JsonDocument.Parse(data).RootElement), Noon.AddDays(1));
}

public sealed class SqliteEventTests : EventContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresEventTests(PostgresServer server) : EventContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
