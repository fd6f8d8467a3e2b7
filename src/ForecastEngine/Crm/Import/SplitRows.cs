using System.Globalization;

namespace ForecastEngine.Crm.Import;

/// <summary>Shares of people in opportunities, and the types that say what they are for.</summary>
internal static class SplitRows
{
    private const int MostOverlay = 10;
    private const decimal Rounding = 0.001m;

    /// <summary>Splits; the time of those that have none is left at its default, to become that of the
    /// export.</summary>
    public static List<OpportunitySplit> Read(ImportRun run, OpportunityRows opportunities)
    {
        var types = Types(run);
        var occurrences = new Dictionary<string, int>(StringComparer.Ordinal);
        var splits = MasterRows.Read<OpportunitySplit>(run, EntityFields.Splits, rows =>
        {
            var (id, deal, owner) = (rows.Field("id"), rows.Field("opportunityId")!, rows.Field("ownerId")!);
            var (share, amount, kind) = (rows.Field("share"), rows.Field("amount"), rows.Field("kind"));
            var (recorded, deleted) = (rows.Field("recordedAt"), rows.Field("deleted"));
            return () =>
            {
                if (rows.Flag(deleted) || opportunities.Gone.ContainsKey(rows.Text(deal) ?? ""))
                {
                    if (rows.Text(id) is { } gone) run.GoneSplits.Add(gone);
                    rows.Skip("deleted in the CRM");
                    return null;
                }
                if (!TryKind(rows, kind, types, out var meant))
                {
                    if (!rows.IsFaulty) rows.Skip("of a split type that is neither revenue nor overlay");
                    return null;
                }
                var (opportunity, person) = (rows.Needed(deal), run.Pooled(rows.Needed(owner))!);
                var index = opportunities.IndexOf(opportunity);
                if (index < 0)
                    rows.Reject("orphan", deal.Column, opportunity, "the id of an opportunity of this export");
                var most = meant == SplitKind.Revenue ? 1 : MostOverlay;
                var part = rows.Share(share, most)
                    ?? (rows.IsFaulty ? 0 : OfAmount(rows, amount, opportunities.Rows[index], most));
                var at = rows.Time(recorded, DayEdge.End)?.At ?? default;
                if (at != default && !rows.IsFaulty)
                {
                    rows.Saw(at);
                    run.ExportTime.Stamped(at);
                }
                var own = rows.Text(id);
                if (own is null && !rows.IsFaulty)
                    own = ContentId.Of(occurrences, "split", opportunity, person, $"{meant}");
                return new OpportunitySplit(own ?? "", opportunity, person, part, meant, at);
            };
        }, s => s.Id);
        Warn(run, splits);
        return splits;
    }

    // By id of the type; null for one that is neither revenue nor overlay.
    private static Dictionary<string, SplitKind?> Types(ImportRun run)
    {
        var types = new Dictionary<string, SplitKind?>(StringComparer.Ordinal);
        foreach (var rows in run.Open(EntityFields.SplitTypes))
        {
            var (id, kind) = (rows.Field("id"), rows.Field("kind"));
            while (rows.Next())
            {
                var (own, text) = (rows.Needed(id), rows.Text(kind));
                var meant = text is null ? null : KindOf(text);
                if (text is not null && meant is null) Unknown(rows, kind!, text);
                if (rows.Accept()) types[own] = meant;
            }
        }
        return types;
    }

    // A split that names no kind divides revenue.
    private static bool TryKind(
        RowReader rows, BoundField? field, Dictionary<string, SplitKind?> types, out SplitKind kind)
    {
        kind = SplitKind.Revenue;
        if (rows.Text(field) is not { } text) return true;
        if (!types.TryGetValue(text, out var known) && (known = KindOf(text)) is null) Unknown(rows, field!, text);
        kind = known ?? kind;
        return known is not null;
    }

    private static SplitKind? KindOf(string text) => Enum.GetValues<SplitKind>().Cast<SplitKind?>()
        .FirstOrDefault(k => text.Equals($"{k}", StringComparison.OrdinalIgnoreCase));

    private static void Unknown(RowReader rows, BoundField field, string found) =>
        rows.Reject("unknown kind", field.Column, found, "revenue, overlay or the id of a split type of this export");

    private static decimal OfAmount(RowReader rows, BoundField? field, OpportunityRow deal, int most)
    {
        if (rows.Amount(field, deal.Currency) is not { } money)
        {
            if (!rows.IsFaulty) rows.Reject("no share", field?.Column ?? "share", "", "a share, or an amount");
        }
        else if (deal.Amount is not { } whole || whole == 0)
        {
            rows.Reject("no share", field!.Column, $"{money.Amount}", "a share, or a deal with an amount to take it from");
        }
        else
        {
            var share = money.Amount / whole;
            if (share >= 0 && share <= most) return share;
            rows.Reject("unreadable share", field!.Column,
                $"{money.Amount} of a deal of {whole}",
                $"from 0 to {most} times the deal's amount");
        }
        return 0;
    }

    private static void Warn(ImportRun run, List<OpportunitySplit> splits)
    {
        var over = splits.Where(s => s.Kind == SplitKind.Revenue).GroupBy(s => s.OpportunityId, StringComparer.Ordinal)
            .Where(g => g.Sum(s => s.Share) > 1 + Rounding).Select(g => g.Key).ToList();
        if (over.Count > 0)
            run.Warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"Deals whose revenue splits sum to more than 100 %: {over.Count}, for instance {over[0]}. Each of these splits counts by its ratio to the sum."));
    }
}
