using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Controls;

/// <summary>A deal of the window after a cutoff, as it stood at a fixed age, and how it ended.</summary>
/// <param name="Snapshot">What was known at that age.</param>
/// <param name="Won">How it was closed later.</param>
public readonly record struct HeldOutDeal(OpportunitySnapshot Snapshot, bool Won);

/// <summary>The deals on which a control judges: those that reached an age after the cutoff, were open then and have been closed since.</summary>
public static class HeldOutDeals
{
    /// <summary>The deals in order of creation, as <see cref="Statistics.PeerAuc"/> wants them.</summary>
    /// <param name="history">The whole history.</param>
    /// <param name="features">What is looked at.</param>
    /// <param name="rates">Group rates of the whole history; each look is as-of.</param>
    /// <param name="cutoff">End of what may be learnt from.</param>
    /// <param name="ageDays">Days after the CRM learned of the deal, 0 or more.</param>
    public static IReadOnlyList<HeldOutDeal> At(CrmHistory history, FeatureSet features, GroupRates rates, AsOf cutoff, double ageDays)
    {
        var taker = new SnapshotTaker(history, features, rates);
        var deals = new List<HeldOutDeal>();
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            var asOf = AsOf.At(BirthOf(history.Opportunities[i]).AddDays(ageDays));
            if (asOf.CompareTo(cutoff) <= 0 || asOf.Instant > history.ExportedAt) continue;
            if (Closing.FirstAfter(history, i, asOf) is { } closing && taker.Take(i, asOf) is { } snapshot) deals.Add(new HeldOutDeal(snapshot, closing.Won));
        }
        return deals;
    }

    /// <summary>When a deal had come into being and the CRM knew of it.</summary>
    public static DateTimeOffset BirthOf(Opportunity opportunity) =>
        opportunity.RecordedAt > opportunity.CreatedAt ? opportunity.RecordedAt : opportunity.CreatedAt;

    /// <summary>Median days from birth to the closing of the won deals of a history; 90 where none was won.</summary>
    public static double MedianDaysToWin(CrmHistory history)
    {
        var days = new List<double>();
        for (var i = 0; i < history.Opportunities.Length; i++)
            if (Closing.Final(history, i) is { Won: true, HasTime: true } closing) days.Add(Math.Max(0,
                (closing.At - BirthOf(history.Opportunities[i])).TotalDays));
        days.Sort();
        return days.Count == 0 ? 90 : days[days.Count / 2];
    }
}
