namespace ForecastEngine.Crm;

/// <summary>A day on which a CRM was tidied: more deals were closed on it than the team's other days explain.</summary>
/// <param name="On">The day.</param>
/// <param name="Closings">Closings on it.</param>
/// <param name="Share">Their share of the closings of the year around the day, 0–1.</param>
public sealed record MassClosing(DateOnly On, int Closings, double Share)
{
    private const int LeastClosings = 25;
    private const int LeastDays = 30;
    private const double LeastShare = 0.02;
    private const double BusyDays = 5;
    private const double BusyQuantile = 0.98;
    private const int HalfYear = 182;
    private const double Quarter = 365.25 / 4;
    private const int AroundQuarter = 7;

    /// <summary>
    /// The days of mass closing among the days on which a team closed deals, by day.
    /// <para>n_d ≥ 25, n_d ≥ 2 % of the closings within 182 days either side, and n_d ≥ 5 × the larger of what a busy
    /// day of this team shows (the 98 % quantile of its other days with closings) and of the busiest day within a week
    /// of d ± k quarters: what comes again with the calendar is a habit, not a tidying.</para>
    /// With fewer than 30 other days nothing is told.
    /// </summary>
    /// <param name="closings">How many deals were closed on each day.</param>
    public static IReadOnlyList<MassClosing> Find(IReadOnlyDictionary<DateOnly, int> closings)
    {
        if (closings.Count <= LeastDays) return [];
        (DateOnly On, int Count)[] days =
            [.. closings.Where(c => c.Value > 0).Select(c => (c.Key, c.Value)).OrderBy(d => d.Key)];
        if (days.Length <= LeastDays) return [];
        int[] counts = [.. days.Select(d => d.Count).Order()];
        var found = new List<MassClosing>();
        foreach (var (on, count) in days)
        {
            if (count < LeastClosings || count < BusyDays * Busy(counts, count)) continue;
            var (year, like) = (0, 0);
            foreach (var other in days)
            {
                var apart = other.On.DayNumber - on.DayNumber;
                if (Math.Abs(apart) <= HalfYear) year += other.Count;
                var quarters = Math.Round(apart / Quarter);
                if (quarters != 0 && Math.Abs(apart - quarters * Quarter) <= AroundQuarter)
                    like = Math.Max(like, other.Count);
            }
            if (count >= BusyDays * like && count >= LeastShare * year)
                found.Add(new MassClosing(on, count, (double)count / year));
        }
        return found;
    }

    // The quantile of all days but the one asked about.
    private static int Busy(int[] counts, int own)
    {
        var at = (int)(BusyQuantile * (counts.Length - 2));
        return at >= Array.IndexOf(counts, own) ? counts[at + 1] : counts[at];
    }
}
