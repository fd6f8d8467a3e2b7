using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>Endpoints of webhooks and the messages to them. A message is stored before it is sent, and by its id stored once.</summary>
public sealed class WebhookStore(ForecastDatabase database)
{
    /// <summary>Adds or replaces an endpoint.</summary>
    public void Put(WebhookEndpoint endpoint)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        session.Db.GetTable<WebhookEndpoint>().Where(e => e.Id == endpoint.Id).Delete();
        session.Db.Insert(endpoint);
        session.Commit();
    }

    /// <summary>Endpoints by creation.</summary>
    public IReadOnlyList<WebhookEndpoint> Endpoints()
    {
        using var db = database.Connect();
        return [.. db.GetTable<WebhookEndpoint>().OrderBy(e => e.CreatedAt).ThenBy(e => e.Id)];
    }

    /// <summary>The endpoint, or null.</summary>
    public WebhookEndpoint? Find(string id)
    {
        using var db = database.Connect();
        return db.GetTable<WebhookEndpoint>().FirstOrDefault(e => e.Id == id);
    }

    /// <summary>Removes an endpoint with its messages.</summary>
    public bool Remove(string id)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        session.Db.GetTable<WebhookDelivery>().Where(d => d.EndpointId == id).Delete();
        var isRemoved = session.Db.GetTable<WebhookEndpoint>().Where(e => e.Id == id).Delete() > 0;
        session.Commit();
        return isRemoved;
    }

    /// <summary>Stores messages to be sent. One that an endpoint has already, by its id, is left as it is.</summary>
    /// <returns>How many were new.</returns>
    public long Add(IEnumerable<WebhookDelivery> deliveries, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        var added = Add(session, deliveries, cancellation);
        session.Commit();
        return added;
    }

    /// <summary>Stores the messages about a published run together with the note that it has been told; false, and nothing stored, when it had been told before.</summary>
    public bool Announce(long runId, IEnumerable<WebhookDelivery> deliveries, DateTimeOffset at, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        if (session.Execute("INSERT INTO webhook_announcements (run_id, at) VALUES (@run, @at) ON CONFLICT DO NOTHING", cancellation, ("run", runId), ("at", StorageMapping.ToMicroseconds(at))) == 0) return false;
        Add(session, deliveries, cancellation);
        session.Commit();
        return true;
    }

    /// <summary>The last run that has been told; null before the first.</summary>
    public long? LastAnnounced()
    {
        using var db = database.Connect();
        return db.GetTable<WebhookAnnouncement>().Select(a => (long?)a.RunId).Max();
    }

    /// <summary>Takes the messages that are due for sending, oldest first; nobody else is given them until <paramref name="until"/>.</summary>
    public IReadOnlyList<WebhookDelivery> Claim(DateTimeOffset now, DateTimeOffset until, int take = 16)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        var due = (from delivery in session.Db.GetTable<WebhookDelivery>()
                   join endpoint in session.Db.GetTable<WebhookEndpoint>() on delivery.EndpointId equals endpoint.Id
                   where endpoint.IsEnabled && delivery.Status == DeliveryStatus.Pending && delivery.DueAt <= now && (delivery.ClaimedUntil == null || delivery.ClaimedUntil < now)
                   orderby delivery.DueAt, delivery.Id
                   select delivery).Take(take).ToList();
        var ids = due.Select(d => d.Id).ToList();
        if (ids.Count > 0) session.Db.GetTable<WebhookDelivery>().Where(d => ids.Contains(d.Id)).Set(d => d.ClaimedUntil, until).Update();
        session.Commit();
        return [.. due.Select(d => d with { ClaimedUntil = until })];
    }

    /// <summary>Keeps what an attempt came to, and lets go of the message. Nothing happens when the claim lapsed and another took the message.</summary>
    /// <param name="delivery">The message as it was claimed, with what became of it.</param>
    public void Settle(WebhookDelivery delivery)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        session.Db.GetTable<WebhookDelivery>().Where(d => d.Id == delivery.Id && d.ClaimedUntil == delivery.ClaimedUntil)
            .Set(d => d.Status, delivery.Status).Set(d => d.Attempts, delivery.Attempts).Set(d => d.DueAt, delivery.DueAt).Set(d => d.SentAt, delivery.SentAt)
            .Set(d => d.LastStatus, delivery.LastStatus).Set(d => d.LastFault, delivery.LastFault).Set(d => d.ClaimedUntil, (DateTimeOffset?)null).Update();
        session.Commit();
    }

    /// <summary>Has a message sent again from its first attempt. One that is being sent at the moment stays with its sender. Null when there is none.</summary>
    public WebhookDelivery? Revive(long id, DateTimeOffset dueAt)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        session.Db.GetTable<WebhookDelivery>().Where(d => d.Id == id).Set(d => d.Status, DeliveryStatus.Pending).Set(d => d.Attempts, 0).Set(d => d.DueAt, dueAt).Update();
        var revived = session.Db.GetTable<WebhookDelivery>().FirstOrDefault(d => d.Id == id);
        session.Commit();
        return revived;
    }

    /// <summary>Switches an endpoint off and says why; all else of it stays as it is by now.</summary>
    public void SwitchOff(string id, string fault)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        session.Db.GetTable<WebhookEndpoint>().Where(e => e.Id == id).Set(e => e.IsEnabled, false).Set(e => e.Fault, fault).Update();
        session.Commit();
    }

    /// <summary>Messages, newest first.</summary>
    public IReadOnlyList<WebhookDelivery> Deliveries(string? endpointId = null, DeliveryStatus? status = null, int take = 100)
    {
        using var db = database.Connect();
        var found = db.GetTable<WebhookDelivery>().AsQueryable();
        if (endpointId is not null) found = found.Where(d => d.EndpointId == endpointId);
        if (status is { } one) found = found.Where(d => d.Status == one);
        return [.. found.OrderByDescending(d => d.Id).Take(take)];
    }

    /// <summary>Removes messages that were delivered before <paramref name="before"/>; dead ones stay.</summary>
    public long RemoveBefore(DateTimeOffset before)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        var count = session.Db.GetTable<WebhookDelivery>().Where(d => d.Status == DeliveryStatus.Delivered && d.CreatedAt < before).Delete();
        session.Commit();
        return count;
    }

    internal static long Add(DatabaseSession session, IEnumerable<WebhookDelivery> deliveries, CancellationToken cancellation)
    {
        var added = 0L;
        foreach (var d in deliveries)
            added += session.Execute("""
                INSERT INTO webhook_deliveries (endpoint_id, message_id, type, body, status, created_at, due_at, attempts) VALUES (@endpoint, @message, @type, @body, 'Pending', @created, @due, 0)
                ON CONFLICT (endpoint_id, message_id) DO NOTHING
                """, cancellation, ("endpoint", d.EndpointId), ("message", d.MessageId), ("type", d.Type), ("body", d.Body),
                ("created", StorageMapping.ToMicroseconds(d.CreatedAt)), ("due", StorageMapping.ToMicroseconds(d.DueAt)));
        return added;
    }
}
