using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>What is stored of webhooks and of requests that are done once, on both databases.</summary>
public abstract class WebhookContract
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task A_message_is_stored_once_by_its_id_and_a_run_is_told_once()
    {
        await using var test = await Fresh();
        var store = new WebhookStore(test.Database);
        store.Put(Endpoint("a"));
        Assert.Equal(1, store.Add([Message("a", "m1"), Message("a", "m1")]));
        Assert.True(store.Announce(7, [Message("a", "m2")], At));
        Assert.False(store.Announce(7, [Message("a", "m3")], At));
        Assert.Equal(7, store.LastAnnounced());
        Assert.Equal(["m2", "m1"], store.Deliveries("a").Select(d => d.MessageId));
    }

    [Fact]
    public async Task A_due_message_is_given_to_one_sender_until_its_time_is_over()
    {
        await using var test = await Fresh();
        var store = new WebhookStore(test.Database);
        store.Put(Endpoint("a"));
        store.Put(Endpoint("off") with { IsEnabled = false });
        store.Add([Message("a", "m1"), Message("off", "m2"), Message("a", "later") with { DueAt = At.AddHours(1) }]);
        var claimed = Assert.Single(store.Claim(At, At.AddMinutes(1)));
        Assert.Equal("m1", claimed.MessageId);
        Assert.Empty(store.Claim(At.AddSeconds(59), At.AddMinutes(2)));
        var again = Assert.Single(store.Claim(At.AddSeconds(61), At.AddMinutes(2)));
        // The first sender took too long: what it says counts no more.
        store.Settle(claimed with { Status = DeliveryStatus.Delivered });
        // Who has it sent again meanwhile does not take it from its sender.
        Assert.Equal(DeliveryStatus.Pending, store.Revive(claimed.Id, At)!.Status);
        Assert.Empty(store.Claim(At.AddSeconds(62), At.AddMinutes(3)));
        Assert.Null(store.Revive(77, At));
        store.Settle(again with { Attempts = 1, Status = DeliveryStatus.Dead, LastStatus = 500, LastFault = "no" });
        Assert.Empty(store.Claim(At.AddMinutes(5), At.AddMinutes(6)));
        var dead = Assert.Single(store.Deliveries(null, DeliveryStatus.Dead));
        Assert.Equal((1, 500, "no", null), (dead.Attempts, dead.LastStatus, dead.LastFault, dead.ClaimedUntil));
    }

    [Fact]
    public async Task An_endpoint_is_replaced_and_goes_with_its_messages()
    {
        await using var test = await Fresh();
        var store = new WebhookStore(test.Database);
        store.Put(Endpoint("a"));
        store.Put(Endpoint("a") with { LeastMove = 0.25, PreviousSecret = "old", PreviousSecretUntil = At.AddDays(1), TeamId = "t" });
        Assert.Equal(Endpoint("a") with { LeastMove = 0.25, PreviousSecret = "old", PreviousSecretUntil = At.AddDays(1), TeamId = "t" }, store.Find("a"));
        store.SwitchOff("a", "It is gone.");
        Assert.Equal((false, "It is gone.", "old", 0.25), store.Find("a") is { } off ? (off.IsEnabled, off.Fault, off.PreviousSecret, off.LeastMove) : default);
        store.Add([Message("a", "m1")]);
        Assert.True(store.Remove("a"));
        store.SwitchOff("a", "It is gone.");
        Assert.Null(store.Find("a"));
        Assert.False(store.Remove("a"));
        Assert.Empty(store.Deliveries());
    }

    [Fact]
    public async Task A_request_is_done_once_and_taken_over_when_the_first_one_died()
    {
        await using var test = await Fresh();
        var store = new RequestStore(test.Database);
        var request = new KeptAnswer { Key = "k", RequestHash = "h", At = At };
        Assert.Null(store.Begin(request, At.AddMinutes(-5)));
        Assert.Equal(0, store.Begin(request with { At = At.AddMinutes(1) }, At.AddMinutes(-4))!.Status);
        Assert.Null(store.Begin(request with { At = At.AddMinutes(6) }, At.AddMinutes(1)));
        store.Finish(request with { Status = 200, Body = "{}", ContentType = "application/json", At = At.AddMinutes(6) });
        Assert.Equal((200, "{}"), (store.Begin(request with { At = At.AddHours(1) }, At.AddHours(1)) is { } kept ? (kept.Status, kept.Body) : default));
        Assert.Equal(1, store.RemoveBefore(At.AddDays(1)));
        Assert.Null(store.Begin(request, At));
    }

    [Fact]
    public async Task An_upload_is_found_until_it_is_done()
    {
        await using var test = await Fresh();
        var store = new RequestStore(test.Database);
        var upload = new Upload { Id = "u", ReceivedAt = At, Map = "own", Files = "a.csv\nb.csv", Machine = "one" };
        store.Put(upload);
        Assert.Equal(upload, Assert.Single(store.Unfinished()));
        store.Put(upload with { Status = UploadStatus.Succeeded, FinishedAt = At.AddMinutes(1), Result = "{}" });
        Assert.Empty(store.Unfinished());
        Assert.Equal((UploadStatus.Succeeded, At.AddMinutes(1)), (store.FindUpload("u")!.Status, store.Uploads()[0].FinishedAt));
    }

    [Fact]
    public async Task A_fresh_score_counts_beside_a_run_that_began_before_its_event_came_in()
    {
        await using var test = await Fresh();
        var store = new FreshScoreStore(test.Database);
        var row = new ScoreRow { OpportunityId = "d", Rung = "Model", WinProbability = 0.4, ExpectedAmount = 10, AmountLow = 5, AmountHigh = 20, ExpectedRevenue = 4, CloseOn = new DateOnly(2026, 5, 1), Grade = "B" };
        var fresh = new FreshScore { OpportunityId = "d", KnownAt = At, ScoredAt = At.AddSeconds(3), AsOf = new DateOnly(2026, 3, 2), ModelVersion = "v1", TeamId = "t", Row = row };
        store.Put([fresh]);
        store.Put([fresh with { KnownAt = At.AddMinutes(-1), Row = null, Outcome = "Lost" }]);
        Assert.Equal(fresh, Assert.Single(await store.OfAsync(["d", "e"], Run(At), TestContext.Current.CancellationToken)).Value);
        Assert.Empty(await store.OfAsync(["d"], Run(At.AddSeconds(1)), TestContext.Current.CancellationToken));
        store.Put([fresh with { KnownAt = At.AddHours(1), ScoredAt = At.AddHours(1), Row = null, Outcome = "Won" }]);
        Assert.Equal(("Won", null), (await store.SinceAsync(At.AddMinutes(30), null, TestContext.Current.CancellationToken)).Select(f => (f.Outcome, f.Row)).Single());
        Assert.Equal(1, store.RemoveBefore(At.AddDays(1)));
    }

    private static RescoringRun Run(DateTimeOffset startedAt) => new()
    {
        Id = 1, AsOf = new DateOnly(2026, 3, 2), AsOfAt = startedAt, ModelVersion = "v1", Seed = 1, DataExportedAt = startedAt, StartedAt = startedAt,
    };

    private static WebhookEndpoint Endpoint(string id) => new() { Id = id, Url = "https://example.com/hook", Types = "score.moved", Secret = "whsec_x", CreatedAt = At };

    private static WebhookDelivery Message(string endpoint, string id) => new() { EndpointId = endpoint, MessageId = id, Type = "score.moved", Body = "{}", CreatedAt = At, DueAt = At };
}

public sealed class SqliteWebhookTests : WebhookContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresWebhookTests(PostgresServer server) : WebhookContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
