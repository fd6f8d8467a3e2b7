namespace ForecastEngine.Crm.Import;

/// <summary>What is dated after the export: planned, or mistyped. It is kept, and moves nothing.</summary>
/// <param name="What">creations, won closings, lost closings, history rows or activities.</param>
/// <param name="Count">How many.</param>
/// <param name="Id">The one that is dated last: its deal, or the activity.</param>
/// <param name="Latest">Its time.</param>
public sealed record DatedLater(string What, int Count, string Id, DateTimeOffset Latest)
{
    internal static IReadOnlyList<DatedLater> Of(
        OpportunityRows rows, ChangeRows history, IReadOnlyList<Activity> activities, DateTimeOffset exportedAt)
    {
        var closings = rows.Rows
            .Where(r => r.ClosedAt is not null)
            .Select(r => (Won: rows.Stages[r.Stage!].Kind == StageKind.Won, r.Id, At: r.ClosedAt!.Value))
            .ToList();
        return
        [
            .. Find("creations", rows.Rows.Where(r => !r.IsBornAtExport).Select(r => (r.Id, r.CreatedAt))),
            .. Find("won closings", closings.Where(c => c.Won).Select(c => (c.Id, c.At))),
            .. Find("lost closings", closings.Where(c => !c.Won).Select(c => (c.Id, c.At))),
            .. Find("history rows", history.Rows.Select(r => (rows.Rows[r.Opportunity].Id, r.RecordedAt))),
            .. Find("activities", activities.Select(a => (a.Id, a.At))),
        ];

        IEnumerable<DatedLater> Find(string what, IEnumerable<(string Id, DateTimeOffset At)> dated)
        {
            var (count, last) = (0, (Id: "", At: DateTimeOffset.MinValue));
            foreach (var one in dated)
            {
                if (one.At <= exportedAt) continue;
                count++;
                if (one.At > last.At) last = one;
            }
            if (count > 0) yield return new DatedLater(what, count, last.Id, last.At);
        }
    }

    /// <summary>In words.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{Count} {What} are dated after the export, "
                + $"{Id} on {Latest:yyyy-MM-dd} the latest: kept as they are, and no date follows from them.");
}
