using ForecastEngine.Crm;
using LinqToDB;

namespace ForecastEngine.Storage;

/// <summary>
/// Keeps who was in which team: as an export tells it by day, and else learned of an export that shows a rep in another
/// team than was known, from that export's day on. A team that is told of a rep for the first time holds for all time
/// before. Runs before the reps themselves are brought up to date.
/// </summary>
/// <param name="session">The transaction.</param>
/// <param name="run">The import.</param>
/// <param name="newest">The newest export before it; null for none.</param>
/// <param name="cancellation">Stops it.</param>
internal sealed class MembershipMerge(
    DatabaseSession session, ImportRun run, ImportRun? newest, CancellationToken cancellation)
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
            if (!told.Contains(rep.Id) && known.TryGetValue(rep.Id, out var present))
                found.AddRange(Learned(rep, members.TeamOf(rep.Id, day), present, [.. moves[rep.Id]], day));
        var table = session.Db.GetTable<TeamMembership>();
        foreach (var member in found)
            table.Where(m => m.RepId == member.RepId && m.Since == member.Since).Delete();
        var isSample = (object)run.IsSample;
        BulkWriter.Write(
            session, StorageMapping.TableOf<TeamMembership>(),
            BulkWriter.Columns(new WriteColumn<TeamMembership>("is_sample", _ => isSample)), found, null, cancellation);
    }

    private IEnumerable<TeamMembership> Learned(
        SalesRep seen, string? teamThen, SalesRep present, TeamMembership[] moves, DateOnly day)
    {
        if (seen.TeamId == teamThen) yield break;
        var isOlder = newest is not null && run.ExportedAt < newest.ExportedAt;
        if (moves.Length == 0)
        {
            var first = isOlder ? seen.TeamId : present.TeamId;
            if (first is null) yield break;
            yield return new TeamMembership(seen.Id, first, null);
        }
        if (moves.Length > 0 || !isOlder) yield return new TeamMembership(seen.Id, seen.TeamId, day);
        // An older export that comes later: the team known since is seen from the newest export on.
        if (isOlder && !moves.Any(m => m.Since > day))
            yield return new TeamMembership(seen.Id, teamThen, DayOf(newest!.ExportedAt));
    }

    private DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(_calendar.ToBusiness(instant).UtcDateTime);
}
