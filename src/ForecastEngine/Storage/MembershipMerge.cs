using ForecastEngine.Crm;
using LinqToDB;

namespace ForecastEngine.Storage;

/// <summary>
/// Keeps who was in which team: as an export tells it by day, and else learned of an export that shows a rep in another
/// team than was known, from that export's day on. Runs before the reps themselves are brought up to date.
/// </summary>
/// <param name="session">The transaction.</param>
/// <param name="run">The import.</param>
/// <param name="newest">The newest export before it; null for none.</param>
/// <param name="cancellation">Stops it.</param>
internal sealed class MembershipMerge(DatabaseSession session, ImportRun run, ImportRun? newest, CancellationToken cancellation)
{
    private readonly BusinessCalendar _calendar = CalendarStore.Of(session.Db);

    public void Merge(CrmFacts facts)
    {
        if (facts.SalesReps.Count == 0) return;
        var known = session.Db.GetTable<SalesRep>().ToDictionary(r => r.Id, StringComparer.Ordinal);
        var stored = session.Db.GetTable<TeamMembership>().ToList();
        var members = new TeamMemberships(known, stored);
        var moves = stored.ToLookup(m => m.RepId, StringComparer.Ordinal);
        var told = facts.Memberships.Select(m => m.RepId).ToHashSet(StringComparer.Ordinal);
        var (day, found) = (DayOf(run.ExportedAt), new List<TeamMembership>(facts.Memberships));
        foreach (var rep in facts.SalesReps)
            if (!told.Contains(rep.Id) && known.TryGetValue(rep.Id, out var before) && members.TeamOf(rep.Id, day) != rep.TeamId)
                found.AddRange(Learned(rep, before, [.. moves[rep.Id]], members.TeamOf(rep.Id, day), day));
        foreach (var member in found)
            session.Db.GetTable<TeamMembership>().Where(m => m.RepId == member.RepId && m.Since == member.Since).Delete();
        var isSample = (object)run.IsSample;
        BulkWriter.Write(session, StorageMapping.TableOf<TeamMembership>(), BulkWriter.Columns(new WriteColumn<TeamMembership>("is_sample", _ => isSample)), found, null, cancellation);
    }

    private IEnumerable<TeamMembership> Learned(SalesRep rep, SalesRep before, TeamMembership[] moves, string? teamThen, DateOnly day)
    {
        var isOlder = newest is not null && run.ExportedAt < newest.ExportedAt;
        // What is known of the time before the first move is where the rep was seen first.
        if (moves.Length == 0) yield return new TeamMembership(rep.Id, isOlder ? rep.TeamId : before.TeamId, null);
        if (moves.Length > 0 || !isOlder) yield return new TeamMembership(rep.Id, rep.TeamId, day);
        // An older export that comes later: the other team is seen from the next export on that is known to have shown it.
        if (isOlder && !moves.Any(m => m.Since > day)) yield return new TeamMembership(rep.Id, teamThen, DayOf(newest!.ExportedAt));
    }

    private DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(_calendar.ToBusiness(instant).UtcDateTime);
}
