using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>
/// Deals not yet created that will be won in a period: arrivals per week (level × trend × season), the chance to be won
/// within the days that are left, and what such fast wins are worth.
/// </summary>
/// <remarks>
/// Λ = Σ_c λ_c [F_w(c, until − c) − F_w(c, from − c)] with F_w of <see cref="NewbornCurves"/>. Where no model of one's own answers:
/// Λ = r Σ_c λ_c [F_w(until − c) − F_w(from − c)], F_w the Aalen–Johansen incidence of won by age of deals created in the last
/// two years, r = (Σ observed + κ) / (Σ expected + κ) over the like windows of up to eight earlier quarters: fast wins crowd at
/// the end of a quarter, which an incidence by age alone does not know.
/// </remarks>
public sealed class NewBusiness
{
    private const int HistoryWeeks = 156;
    private const int RecentDays = 730;
    private const int LikeWindows = 8;
    private const double LikeWindowPrior = 5;
    private readonly BusinessCalendar _calendar;
    private readonly DateOnly _asOf;
    private readonly List<(DateOnly Born, DateOnly? WonOn)> _deals;
    private readonly ArrivalRate _arrivals;
    private readonly bool _seasonal;
    private readonly AalenJohansen? _incidence;
    private readonly List<Win> _wins;
    private readonly NewbornCurves? _newborns;
    private double _timedShare = 1;

    private NewBusiness(BusinessCalendar calendar, DateOnly asOf, ArrivalRate arrivals, bool seasonal, AalenJohansen? incidence, List<Win> wins, double dispersion, List<(DateOnly, DateOnly?)> deals, NewbornCurves? newborns) =>
        (_calendar, _asOf, _arrivals, _seasonal, _incidence, _wins, Dispersion, _deals, _newborns) = (calendar, asOf, arrivals, seasonal, incidence, wins, dispersion, deals, newborns);

    /// <summary>Negative-binomial dispersion θ of the number of arrivals in a window.</summary>
    public double Dispersion { get; }

    /// <summary>Expected new deals per week now.</summary>
    public double WeeklyRate => _arrivals.Level;

    /// <summary>Learns from what was known at <paramref name="asOf"/>.</summary>
    /// <param name="history">What was known.</param>
    /// <param name="asOf">The date.</param>
    /// <param name="newborns">How coming deals fare as the model sees it; null to go by the incidence of the recent past.</param>
    public static NewBusiness From(CrmHistory history, AsOf asOf, NewbornCurves? newborns = null)
    {
        var today = asOf.Date;
        var deals = new List<(DateOnly Born, DateOnly? WonOn)>();
        var (won, timed) = (0, 0);
        var (ages, causes, wins) = (new List<double>(), new List<int>(), new List<Win>());
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            var opportunity = history.Opportunities[i];
            if (!asOf.Knows(opportunity.RecordedAt)) continue;
            var closing = Closing.FirstAfter(history, i, AsOf.At(DateTimeOffset.MinValue));
            if (closing is not null && !asOf.Knows(closing.RecordedAt)) closing = null;
            // A deal that was loaded when it was over came in with no one's work of that day.
            if (!DealTimes.HasBirth(opportunity, closing)) continue;
            var wonOn = closing is { Won: true, HasTime: true } ? closing.On : (DateOnly?)null;
            deals.Add((DateOnly.FromDateTime(opportunity.CreatedAt.UtcDateTime), wonOn));
            if (closing is { Won: true }) (won, timed) = (won + 1, timed + (closing.HasTime ? 1 : 0));
            if ((asOf.Instant - opportunity.CreatedAt).TotalDays > RecentDays) continue;
            var age = Math.Max(0, ((closing?.At ?? asOf.Instant) - opportunity.CreatedAt).TotalDays);
            ages.Add(age);
            causes.Add(closing is null ? 0 : closing.Won ? 1 : 2);
            if (closing is { Won: true, HasTime: true, Amount: { } amount and > 0 })
                wins.Add(new Win(age, (double)amount, opportunity, closing.Pipeline));
        }
        var calendar = history.Calendar;
        var (counts, months) = WeeklyCounts([.. deals.Select(d => d.Born)], today, calendar);
        var seasonal = counts.Length >= 104;
        var arrivals = ArrivalRate.Fit(counts, seasonal ? months : new int[counts.Length], seasonal ? calendar.MonthsInYear : 1);
        var incidence = ages.Count == 0 ? null : AalenJohansen.Fit([.. ages], [.. causes], 2);
        return new NewBusiness(calendar, today, arrivals, seasonal, incidence, wins, WindowDispersion(counts), deals, newborns)
        {
            _timedShare = won == 0 ? 1 : (double)timed / won,
        };
    }

    /// <summary>Expected number of wins in the period from deals created after the as-of date. Months are shares of their quarter and add up to it.</summary>
    public double ExpectedWins(Period period, Func<int, double>? weeklyFactor = null)
    {
        if (_incidence is null) return 0;
        var own = OwnWins(period, weeklyFactor);
        if (period.Kind != PeriodKind.Month || own == 0) return own;
        var quarter = _calendar.Quarter(period.From);
        var months = 0.0;
        foreach (var month in _calendar.Months(quarter.From, quarter.Until)) months += OwnWins(month, weeklyFactor);
        return own / months * OwnWins(quarter, weeklyFactor);
    }

    private double OwnWins(Period period, Func<int, double>? weeklyFactor)
    {
        var sum = 0.0;
        for (var born = _asOf.AddDays(1); born <= period.Until; born = born.AddDays(1))
        {
            var ahead = born.DayNumber - _asOf.DayNumber;
            var perDay = _arrivals.Expected((ahead + 6) / 7, _seasonal ? _calendar.MonthOfYear(born) - 1 : 0) / 7;
            sum += perDay * (_newborns is null
                ? WonShare(born, period.From, period.Until) * (weeklyFactor?.Invoke(ahead / 7) ?? 1)
                : _newborns.WonShare(ahead, period.From.DayNumber - born.DayNumber - 0.5, period.Until.DayNumber - born.DayNumber + 0.5));
        }
        return _newborns is null ? sum * LikeWindowRatio(period) : sum;
    }

    // Wins that came of deals born after the same day of earlier quarters, in the same days, against what the incidence says.
    private double LikeWindowRatio(Period period)
    {
        var (observed, expected) = (LikeWindowPrior, LikeWindowPrior);
        for (var back = 1; back <= LikeWindows; back++)
        {
            var (origin, from) = (_calendar.QuartersBefore(_asOf, back), _calendar.QuartersBefore(period.From, back));
            var until = _calendar.QuartersBefore(period.Until.AddDays(1), back).AddDays(-1);
            if (until > _asOf || origin < _deals[0].Born) continue;
            foreach (var (born, wonOn) in _deals)
            {
                if (born <= origin || born > until) continue;
                expected += WonShare(born, from, until);
                if (wonOn is { } won && won >= from && won <= until) observed++;
            }
        }
        // Wins whose moment was drawn are in the incidence and not among the observed.
        return observed / (_timedShare == 1 ? expected : LikeWindowPrior + _timedShare * (expected - LikeWindowPrior));
    }

    private double WonShare(DateOnly born, DateOnly from, DateOnly until) =>
        Math.Max(0, Incidence(until.DayNumber - born.DayNumber + 0.5) - Incidence(from.DayNumber - born.DayNumber - 0.5));

    /// <summary>What a win is worth that came within the given age; all recent wins when fewer than 30 were that fast.</summary>
    public AmountDistribution? Amounts(double maxAgeDays)
    {
        var fast = _wins.Where(w => w.AgeDays <= maxAgeDays).ToList();
        var amounts = (fast.Count >= 30 ? fast : _wins).Select(w => w.Amount).Order().ToArray();
        if (amounts.Length == 0) return null;
        // Twenty equally likely groups in order of size, each at its own mean: the mean of all is kept.
        var atoms = Math.Min(20, amounts.Length);
        var values = new double[atoms];
        var masses = new double[atoms];
        for (var a = 0; a < atoms; a++)
        {
            var (start, end) = (amounts.Length * a / atoms, amounts.Length * (a + 1) / atoms);
            values[a] = amounts[start..end].Average();
            masses[a] = (double)(end - start) / amounts.Length;
        }
        return AmountDistribution.FromAtoms(values, masses);
    }

    /// <summary>The share of recent wins that each part had; where there is none, all of it falls to the empty key.</summary>
    /// <param name="parts">Over which parts a deal is divided, as it was born and by the pipeline in which it was won.</param>
    public IReadOnlyDictionary<string, double> Shares(Func<Opportunity, string?, IReadOnlyList<PartShare>> parts) => _wins.Count == 0
        ? new Dictionary<string, double> { [""] = 1 }
        : _wins.SelectMany(w => parts(w.Opportunity, w.Pipeline)).GroupBy(p => p.Key, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Sum(p => p.Share) / _wins.Count, StringComparer.Ordinal);

    private double Incidence(double age)
    {
        if (age <= 0) return 0;
        return _incidence!.IncidenceAt(1, age);
    }

    // Whole weeks before the as-of date, oldest first, from the first birth on.
    private static (double[] Counts, int[] Months) WeeklyCounts(List<DateOnly> births, DateOnly today, BusinessCalendar calendar)
    {
        if (births.Count == 0) return ([], []);
        var weeks = Math.Min(HistoryWeeks, (today.DayNumber - births[0].DayNumber + 1) / 7);
        if (weeks <= 0) return ([births.Count], [calendar.MonthOfYear(today) - 1]);
        var (counts, months) = (new double[weeks], new int[weeks]);
        foreach (var birth in births)
        {
            var ago = (today.DayNumber - birth.DayNumber) / 7;
            if (ago >= 0 && ago < weeks) counts[weeks - 1 - ago]++;
        }
        for (var w = 0; w < weeks; w++) months[w] = calendar.MonthOfYear(today.AddDays(-7 * (weeks - 1 - w) - 3)) - 1;
        return (counts, months);
    }

    // Quarters of thirteen weeks against the mean of the two around them, with a prior of 0.02 worth four windows.
    private static double WindowDispersion(double[] counts)
    {
        var windows = new List<double>();
        for (var end = counts.Length; end >= 13; end -= 13) windows.Add(counts[(end - 13)..end].Sum());
        var (observed, expected) = (new List<double>(), new List<double>());
        for (var w = 1; w + 1 < windows.Count; w++)
        {
            observed.Add(windows[w]);
            expected.Add((windows[w - 1] + windows[w + 1]) / 2);
        }
        // The neighbours' own noise adds half as much again to the difference.
        return Statistics.Dispersion.OfCounts([.. observed], [.. expected], 0.02, 4) / 1.5;
    }

    private readonly record struct Win(double AgeDays, double Amount, Opportunity Opportunity, string? Pipeline);
}
