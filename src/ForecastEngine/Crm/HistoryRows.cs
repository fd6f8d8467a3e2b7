namespace ForecastEngine.Crm;

/// <summary>Rows of the CRM's own history of one deal, told by one export after another.</summary>
public static class HistoryRows
{
    /// <summary>
    /// Joins the history rows of one deal from several exports. Rows about one moment of one field, recorded at one
    /// instant, are one fact: told otherwise by a later export, the later telling stands from then on, and the earlier
    /// one until then.
    /// </summary>
    /// <param name="told">Rows and when each was told, in any order; rows that say the same twice are one.</param>
    /// <returns>The rows in order, each with since and until when it is known where that is not its own
    /// recording.</returns>
    public static List<OpportunityChange> Join(
        IReadOnlyCollection<(OpportunityChange Row, DateTimeOffset ToldAt, long Arrival)> told)
    {
        var joined = new List<OpportunityChange>(told.Count);
        foreach (var fact in told.GroupBy(t => (t.Row.Field, t.Row.At, t.Row.RecordedAt)))
        {
            var versions = new List<(List<OpportunityChange> Rows, DateTimeOffset ToldAt)>();
            foreach (var telling in fact
                .GroupBy(t => (t.ToldAt, t.Arrival, Until: t.Row.SupersededAt ?? DateTimeOffset.MaxValue))
                .OrderBy(t => t.Key.ToldAt).ThenBy(t => t.Key.Until).ThenBy(t => t.Key.Arrival))
            {
                List<OpportunityChange> rows = [.. telling
                    .Select(t => t.Row with
                    {
                        ToldAt = t.ToldAt, LearnedAt = null, SupersededAt = null, CloseOn = null
                    })
                    .OrderBy(r => r.Sequence)];
                if (versions.Count == 0 || !SayTheSame(versions[^1].Rows, rows))
                    versions.Add((rows, telling.Key.ToldAt));
            }
            for (var v = 0; v < versions.Count; v++)
            {
                DateTimeOffset? learned = v == 0 ? null : versions[v].ToldAt;
                DateTimeOffset? superseded = v + 1 == versions.Count ? null : versions[v + 1].ToldAt;
                // What was corrected before anybody could know it never stood.
                if (superseded <= fact.Key.RecordedAt || superseded <= learned) continue;
                foreach (var row in versions[v].Rows)
                    joined.Add(learned is null && superseded is null
                        ? row
                        : row with
                        {
                            LearnedAt = learned > row.RecordedAt ? learned : null, SupersededAt = superseded
                        });
            }
        }
        ChangeOrder.Sort(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(joined));
        return joined;
    }

    // In whatever order the rows of one moment stand in the file.
    private static bool SayTheSame(List<OpportunityChange> one, List<OpportunityChange> other) =>
        one.Count == other.Count
            && one.Select(Said).Order(StringComparer.Ordinal)
                .SequenceEqual(other.Select(Said).Order(StringComparer.Ordinal));

    private static string Said(OpportunityChange c) =>
        c.Origin.HasFlag(ChangeOrigin.WithoutOldValue)
            ? $"{c.NewValue}\u001F{c.ChangedBy}"
            : $"{c.OldValue}\u001F{c.NewValue}\u001F{c.ChangedBy}";
}
