using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>
/// Which times of a deal can be learned from. A deal that was closed at or before its birth was loaded into the CRM
/// when it was over: its revenue counts on its day, and neither its birth nor
/// how long it took says anything. A closing that was placed (<see cref="Closing.HasTime"/>) says that the deal ended,
/// not when.
/// </summary>
public static class DealTimes
{
    /// <summary>True where the birth is one: false for a deal that was closed at or before it.</summary>
    /// <param name="deal">The deal.</param>
    /// <param name="closing">Its first closing; null while it is open.</param>
    public static bool HasBirth(Opportunity deal, Closing? closing) => closing is null || closing.At > deal.CreatedAt;

    /// <summary>Days from birth to the closing; null where there is no closing, or no time to trust.</summary>
    public static double? DaysToClose(Opportunity deal, Closing? closing) =>
        closing is { HasTime: true } && HasBirth(deal, closing) ? (closing.At - deal.CreatedAt).TotalDays : null;
}
