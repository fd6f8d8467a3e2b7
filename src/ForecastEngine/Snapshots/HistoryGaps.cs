using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>
/// Looks a history over for what it lacks: one pass over its deals, cheap beside arranging it. Told by the import and
/// on the card; a history without gaps gives none.
/// </summary>
public static class HistoryGaps
{
    private const int LeastDeals = 20;
    private const int FewWon = 5;
    private const int LeastClosed = 100;
    private const double LeastOfEachOutcome = 0.01;
    private const double MostOnOneDay = 0.5;
    private const double AtTheClose = 0.95;
    private const double LeastOlder = 0.05;
    private const int LeastMonthsCut = 6;
    private const double EarliestChanges = 0.005;
    private const int LeastChanges = 100;
    private const double ChangesPerDeal = 0.5;
    private static readonly TimeSpan NearTheClose = TimeSpan.FromDays(1);

    /// <summary>The gaps of facts that were just read.</summary>
    public static IReadOnlyList<HistoryGap> Of(CrmFacts facts) => Of(new CrmHistory(facts));

    /// <summary>The gaps of a history, all that it tells taken as known; the gravest first.</summary>
    public static IReadOnlyList<HistoryGap> Of(CrmHistory history)
    {
        var (won, lost, early, earlyAmount) = (0, 0, 0, 0m);
        var columns = new SortedDictionary<string, (int AtClose, int All)>(StringComparer.Ordinal);
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            var closing = Closing.Final(history, i);
            if (closing is { Won: true }) won++;
            else if (closing is not null) lost++;
            if (!DealTimes.HasBirth(history.Opportunities[i], closing))
            {
                early++;
                if (closing!.Won) earlyAmount += closing.Amount ?? 0;
            }
            foreach (var change in history.ChangesOf(i))
            {
                // What an export shows for the first time is a change of no moment of its own.
                if (!OpportunityField.IsCustom(change.Field) || change.RecordedAt >= history.ExportedAt) continue;
                var (atClose, all) = columns.GetValueOrDefault(change.Field);
                var isAtClose = closing is { HasTime: true }
                    && (change.RecordedAt - closing.RecordedAt).Duration() <= NearTheClose;
                columns[change.Field] = (atClose + (isAtClose ? 1 : 0), all + 1);
            }
        }
        var gaps = new List<HistoryGap>();
        if (IsMissing(lost, won, FewWon)) gaps.Add(new(HistoryGapKind.NoLostDeals, lost, won + lost));
        if (IsMissing(won, lost, LeastDeals)) gaps.Add(new(HistoryGapKind.NoWonDeals, won, won + lost));
        gaps.AddRange(OfTiming(history, won, lost));
        var deals = history.Opportunities.Length;
        if (early > 0) gaps.Add(new(HistoryGapKind.ClosedBeforeBirth, early, deals) { Amount = earlyAmount });
        if (BeginOfChanges(history) is { } begin)
        {
            var older = history.Opportunities.Count(o => o.CreatedAt < begin.Instant);
            gaps.Add(new(HistoryGapKind.HistoryCutOff, older, deals) { On = begin.Date });
        }
        if (BusiestBirthday(history) is { } day)
            gaps.Add(new(HistoryGapKind.BornOnOneDay, day.Count, deals) { On = day.On });
        foreach (var (column, (atClose, all)) in columns)
            if (all >= LeastDeals && atClose >= AtTheClose * all)
                gaps.Add(new(HistoryGapKind.ChangesOnlyAtClose, atClose, all) { Column = column });
        return gaps;
    }

    /// <summary>What revenue of periods and timing lack: closings without a date, and days of mass closing.</summary>
    public static IReadOnlyList<HistoryGap> OfTiming(CrmHistory history)
    {
        if (!history.HasUndatedClosings) return OfTiming(history, 0, 0);
        var (won, lost) = (0, 0);
        for (var i = 0; i < history.Opportunities.Length; i++)
            if (Closing.Final(history, i) is { } closing)
                if (closing.Won) won++; else lost++;
        return OfTiming(history, won, lost);
    }

    /// <summary>
    /// The day from which on changes of deals are told, where that lies long after the first deals: CRMs keep their
    /// history for a while (Salesforce 18 months), and of a deal's life before nobody knows
    /// its stages. Null where changes are told from the beginning, or too few to say.
    /// <para>The first day of the month by which half a percent of all changes with an old value are seen, where it
    /// comes six months or more after the first deal was created and a twentieth of the deals are older.</para>
    /// </summary>
    public static AsOf? BeginOfChanges(CrmHistory history)
    {
        if (history.IsDegraded || history.Opportunities.Length < LeastDeals) return null;
        var (months, changes) = (new SortedDictionary<int, int>(), 0);
        for (var i = 0; i < history.Opportunities.Length; i++)
            foreach (var change in history.ToldOf(i))
            {
                if (change.OldValue is null || change.RecordedAt >= history.ExportedAt) continue;
                months[MonthOf(change.RecordedAt)] = months.GetValueOrDefault(MonthOf(change.RecordedAt)) + 1;
                changes++;
            }
        if (changes < LeastChanges) return null;
        var (seen, first) = (0, 0);
        foreach (var (month, count) in months)
        {
            first = month;
            if ((seen += count) >= EarliestChanges * changes) break;
        }
        if (first - MonthOf(history.Opportunities[0].CreatedAt) < LeastMonthsCut) return null;
        var begin = new DateTimeOffset(first / 12, first % 12 + 1, 1, 0, 0, 0, TimeSpan.Zero);
        var older = history.Opportunities.Count(o => o.CreatedAt < begin);
        return older >= Math.Max(LeastDeals, LeastOlder * history.Opportunities.Length)
            && changes >= ChangesPerDeal * (history.Opportunities.Length - older) ? AsOf.At(begin) : null;
    }

    private static List<HistoryGap> OfTiming(CrmHistory history, int won, int lost)
    {
        var gaps = new List<HistoryGap>();
        var unplaced = UnplacedRevenue.Of(history);
        if (unplaced.Won > 0)
            gaps.Add(new(HistoryGapKind.UndatedWins, unplaced.Won, won) { Amount = unplaced.WonAmount });
        if (unplaced.Lost > 0) gaps.Add(new(HistoryGapKind.UndatedLosses, unplaced.Lost, lost));
        foreach (var day in history.MassClosings)
            gaps.Add(new(HistoryGapKind.MassClosing, day.Closings, (int)Math.Round(day.Closings / day.Share)) { On = day.On });
        return gaps;
    }

    // A young team has often lost its first deals before it wins one; it hardly wins several and loses none.
    private static bool IsMissing(int count, int others, int least) =>
        others > 0 && (count == 0 && others >= least || count + others >= LeastClosed && count < LeastOfEachOutcome * (count + others));

    private static (DateOnly On, int Count)? BusiestBirthday(CrmHistory history)
    {
        var deals = history.Opportunities;
        if (deals.Length < LeastDeals) return null;
        var (best, run) = ((On: default(DateOnly), Count: 0), (On: default(DateOnly), Count: 0));
        foreach (var deal in deals)
        {
            var day = DateOnly.FromDateTime(deal.CreatedAt.UtcDateTime);
            run = day == run.On ? (day, run.Count + 1) : (day, 1);
            if (run.Count > best.Count) best = run;
        }
        return best.Count >= MostOnOneDay * deals.Length ? best : null;
    }

    private static int MonthOf(DateTimeOffset at) => 12 * at.UtcDateTime.Year + at.UtcDateTime.Month - 1;
}
