using ForecastEngine.Crm;
using ForecastEngine.Crm.Events;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>What became of a list of events.</summary>
/// <param name="Outcomes">Every event that was not known before, in the order given.</param>
/// <param name="Repeated">Events that had been taken before, by source and id.</param>
public sealed record EventsTaken(IReadOnlyList<EventOutcome> Outcomes, IReadOnlyList<CrmEvent> Repeated);

/// <summary>An event that no score has taken into account yet.</summary>
/// <param name="Source">Source of the event.</param>
/// <param name="Id">Id of the event.</param>
/// <param name="OpportunityId">The deal.</param>
/// <param name="ReceivedAt">When it came in.</param>
public sealed record UnscoredEvent(string Source, string Id, string OpportunityId, DateTimeOffset ReceivedAt);

/// <summary>An event that was taken, in the inbox.</summary>
internal sealed record InboxEvent(string Source, string Id, string Kind, string OpportunityId, DateTimeOffset RecordedAt, DateTimeOffset ReceivedAt, DateTimeOffset? ScoredAt, int Facts);

/// <summary>
/// Events of the CRM. Their facts go into the history by the same merge as an import, in one transaction with the inbox
/// that remembers them: an event counts once, however often it is sent.
/// </summary>
public sealed class EventStore(ForecastDatabase database)
{
    /// <summary>Name under which the events of a day stand among the imports.</summary>
    public const string MapName = "events";

    /// <summary>Takes events, all that are in order and not known yet. Waits for an import that is being written.</summary>
    /// <param name="events">The events; of those with the same source and id the first counts.</param>
    /// <param name="clock">Tells when they came in, once nobody else is writing: what was read before does not know them.</param>
    /// <param name="patience">How long it waits for another writer at most; null for as long as it takes.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    /// <exception cref="StorageBusyException">It waited so long.</exception>
    public EventsTaken Take(IReadOnlyList<CrmEvent> events, TimeProvider clock, TimeSpan? patience = null, CancellationToken cancellation = default)
    {
        using var session = database.BeginWrite(WritePurpose.History, patience);
        var receivedAt = clock.GetUtcNow();
        var latest = session.Db.GetTable<ImportRun>().Where(r => r.MapName != MapName).OrderByDescending(r => r.ExportedAt).ThenByDescending(r => r.Id).FirstOrDefault()
            ?? throw new StorageException($"{database.Options}: found no history; expected an import before the first event, which tells stages and currency. Import an export of the CRM first.");
        var (fresh, repeated) = Sort(session.Db, events);
        var facts = new EventFacts(
            latest.Currency, session.Db.GetTable<Stage>(), session.Db.GetTable<AliasRow>().ToDictionary(a => (a.Field, a.Found), a => a.Meant),
            [.. session.Db.GetTable<SalesPipeline>()]);
        var known = Known(session, [.. fresh.Select(e => e.OpportunityId).Distinct()]);
        var (told, activities) = (new Dictionary<CrmEvent, DealTelling>(ReferenceEqualityComparer.Instance), new List<CrmEvent>());
        var faults = new Dictionary<CrmEvent, EventFault>(ReferenceEqualityComparer.Instance);
        foreach (var one in fresh)
        {
            var telling = facts.Read(one, known.Contains(one.OpportunityId), out var fault);
            if (fault is not null) faults.Add(one, fault);
            else if (telling is not null) told.Add(one, telling);
            else activities.Add(one);
            if (fault is null) known.Add(one.OpportunityId);
        }
        var outcomes = new List<EventOutcome>(fresh.Count);
        if (faults.Count < fresh.Count)
        {
            var run = Note(session, latest, fresh.Where(e => !faults.ContainsKey(e)).Max(e => e.RecordedAt), fresh.Count - faults.Count, receivedAt);
            var corrections = new CorrectionTally();
            var deals = new DealMerge(session, run, corrections, null, cancellation);
            // One after another: what of an event is new is what it adds to those before it.
            foreach (var one in fresh)
            {
                if (faults.TryGetValue(one, out var fault)) outcomes.Add(new EventOutcome(one, 0, fault));
                else outcomes.Add(new EventOutcome(one, told.TryGetValue(one, out var telling) ? deals.Tell(telling) : 1, null));
            }
            new RecordMerge(session, run, corrections, null, cancellation).Merge<Activity>([.. activities.Select(a => a.Activity!)], [],
                new RecordRule<Activity>(a => a.Id, CorrectionKind.Activity, a => FactKeys.BucketOf(a.OpportunityId ?? a.Id)));
            BulkWriter.Write(session, StorageMapping.TableOf<InboxEvent>(), BulkWriter.Columns<InboxEvent>(), outcomes.Where(o => o.Fault is null).Select(o => Row(o, receivedAt)), null, cancellation);
        }
        else
        {
            outcomes.AddRange(fresh.Select(e => new EventOutcome(e, 0, faults[e])));
        }
        cancellation.ThrowIfCancellationRequested();
        session.Commit();
        return new EventsTaken(outcomes, repeated);
    }

    /// <summary>Some deals with all that is known of them, and the reference data a score needs. Nothing else of the history is read.</summary>
    /// <param name="opportunityIds">The deals; at most a few thousand.</param>
    /// <param name="calendar">The calendar whose business time it is told in; null for the one in force.</param>
    public CrmHistory Deals(IReadOnlyCollection<string> opportunityIds, BusinessCalendar? calendar = null)
    {
        using var session = database.BeginRead();
        var latest = session.Db.GetTable<ImportRun>().OrderByDescending(r => r.ExportedAt).ThenByDescending(r => r.Id).FirstOrDefault()
            ?? throw new StorageException($"{database.Options}: found no history; expected an import. Import an export of the CRM first.");
        calendar ??= CalendarStore.Of(session.Db);
        var utc = Deals(session.Db, latest, opportunityIds);
        return new CrmHistory(utc with
        {
            Calendar = calendar, ExportedAt = calendar.ToBusiness(latest.ExportedAt), Opportunities = [.. utc.Opportunities.Select(o => o.In(calendar))],
            Changes = [.. utc.Changes.Select(c => c.In(calendar))], Activities = [.. utc.Activities.Select(a => a.In(calendar))],
            LineItems = [.. utc.LineItems.Select(l => l.In(calendar))], Accounts = [.. utc.Accounts.Select(a => a.In(calendar))],
        });
    }

    /// <summary>Events that no score has taken into account, oldest first.</summary>
    /// <param name="receivedBefore">Only those that came in before this: a process leaves the newest to the one that received them.</param>
    /// <param name="take">At most so many.</param>
    public IReadOnlyList<UnscoredEvent> Unscored(DateTimeOffset receivedBefore, int take = 1000)
    {
        using var db = database.Connect();
        return [.. db.GetTable<InboxEvent>().Where(e => e.ScoredAt == null && e.ReceivedAt <= receivedBefore).OrderBy(e => e.ReceivedAt).ThenBy(e => e.Source).ThenBy(e => e.Id)
            .Take(take).Select(e => new UnscoredEvent(e.Source, e.Id, e.OpportunityId, e.ReceivedAt))];
    }

    /// <summary>Notes that a score takes these events into account; false when another did so meanwhile for any of them.</summary>
    internal static bool MarkScored(DatabaseSession session, IReadOnlyCollection<UnscoredEvent> events, DateTimeOffset scoredAt, CancellationToken cancellation)
    {
        var marked = 0L;
        foreach (var one in events.OrderBy(e => e.Source, StringComparer.Ordinal).ThenBy(e => e.Id, StringComparer.Ordinal))
            marked += session.Execute("UPDATE event_inbox SET scored_at = @at WHERE source = @source AND id = @id AND scored_at IS NULL", cancellation,
                ("at", StorageMapping.ToMicroseconds(scoredAt)), ("source", one.Source), ("id", one.Id));
        return marked == events.Count;
    }

    /// <summary>Forgets events received before <paramref name="date"/>; their facts stay. An event sent again after that counts as new.</summary>
    public long RemoveBefore(DateTimeOffset date)
    {
        using var session = database.BeginWrite(WritePurpose.History);
        var count = session.Db.GetTable<InboxEvent>().Where(e => e.ReceivedAt < date && e.ScoredAt != null).Delete();
        session.Commit();
        return count;
    }

    private static (List<CrmEvent> Fresh, List<CrmEvent> Repeated) Sort(DataConnection db, IReadOnlyList<CrmEvent> events)
    {
        var ids = events.Select(e => e.Id).Distinct().ToList();
        var known = db.GetTable<InboxEvent>().Where(e => ids.Contains(e.Id)).Select(e => new { e.Source, e.Id }).ToList().Select(e => (e.Source, e.Id)).ToHashSet();
        List<CrmEvent> fresh = [], repeated = [];
        foreach (var one in events) (known.Add((one.Source, one.Id)) ? fresh : repeated).Add(one);
        return (fresh, repeated);
    }

    // A deal that is gone is known: what is said of it brings it back.
    private static HashSet<string> Known(DatabaseSession session, IReadOnlyCollection<string> ids) =>
        session.Db.GetTable<Opportunity>().Where(o => ids.Contains(o.Id)).Select(o => o.Id).ToHashSet(StringComparer.Ordinal);

    private static CrmFacts Deals(DataConnection db, ImportRun latest, IReadOnlyCollection<string> ids)
    {
        var buckets = ids.Select(FactKeys.BucketOf).Distinct().ToList();
        var deals = db.GetTable<Opportunity>().Where(o => ids.Contains(o.Id)).ToList();
        var accounts = deals.Select(d => d.AccountId).OfType<string>().Distinct().ToList();
        return new CrmFacts
        {
            Currency = latest.Currency, ExportedAt = latest.ExportedAt, IsDegraded = latest.IsDegraded,
            Stages = [.. db.GetTable<Stage>()], Pipelines = [.. db.GetTable<SalesPipeline>()], Opportunities = deals,
            Changes = [.. db.GetTable<OpportunityChange>().Where(c => buckets.Contains(Sql.Property<int>(c, "bucket")) && ids.Contains(c.OpportunityId))],
            Activities = [.. db.GetTable<Activity>().Where(a => buckets.Contains(Sql.Property<int>(a, "bucket")) && ids.Contains(a.OpportunityId))],
            LineItems = [.. db.GetTable<LineItem>().Where(l => buckets.Contains(Sql.Property<int>(l, "bucket")) && ids.Contains(l.OpportunityId))],
            Accounts = [.. db.GetTable<Account>().Where(a => accounts.Contains(a.Id))],
            Rates = RateStore.Read(db, long.MaxValue), SalesReps = [.. db.GetTable<SalesRep>()], Memberships = [.. db.GetTable<TeamMembership>()], Teams = [.. db.GetTable<Team>()],
        };
    }

    private static InboxEvent Row(EventOutcome outcome, DateTimeOffset receivedAt) =>
        new(outcome.Event.Source, outcome.Event.Id, outcome.Event.Kind.ToString(), outcome.Event.OpportunityId, outcome.Event.RecordedAt, receivedAt, null, outcome.Facts);

    // One line a day among the imports keeps the data timestamp of every answer true without a line per event. It is written anew
    // each time: by its number a rescoring sees that there is something new, and what came before it.
    private static ImportRun Note(DatabaseSession session, ImportRun latest, DateTimeOffset recordedAt, int count, DateTimeOffset receivedAt)
    {
        var day = new DateTimeOffset(receivedAt.UtcDateTime.Date, TimeSpan.Zero);
        var today = session.Db.GetTable<ImportRun>().FirstOrDefault(r => r.MapName == MapName && r.At >= day);
        var before = today is null ? 0 : System.Text.Json.JsonDocument.Parse(today.Counts).RootElement.GetProperty("Events").GetInt64();
        if (today is not null) session.Db.GetTable<ImportRun>().Where(r => r.Id == today.Id).Delete();
        var run = new ImportRun
        {
            At = receivedAt, ExportedAt = new[] { latest.ExportedAt, recordedAt, today?.ExportedAt ?? DateTimeOffset.MinValue }.Max(), Currency = latest.Currency, IsDegraded = latest.IsDegraded,
            MapName = MapName, SourceHash = "", Counts = Counts(before + count),
        };
        return run with { Id = session.Db.InsertWithInt64Identity(run) };
    }

    internal static string Counts(long events) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{{\"Events\":{events}}}");
}
