using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// How much faster or slower than on an average day deals close on each day of the calendar: by weekday, and by where the day
/// lies in its quarter or month, since deals are pushed over the line there. 1 is the average day. It says how a cell of time
/// ahead splits where a period ends inside it, and gives a hazard its calendar even where history is too short for trees.
/// Quarters and months are those of the business calendar; its holidays are to it one more day of the week.
/// </summary>
/// <remarks>
/// Pace of day d = weekday(d) × place(d). A factor is a ratio of counts, (Σ closed + m) / (Σ expected + m) with m = 20 and
/// expected = Σ over the deals at risk on the day of the share that closes at their age, so that a day is not called slow
/// because its deals are young. The places are counted after the weekdays, and drawn toward 1 where they were seen seldom:
/// ratio^(τ² / (τ² + θ/n)) with τ = 0.3, n how many quarters showed the place and θ how much more these differ among themselves
/// than chance lets them (<see cref="Dispersion.OfCounts"/>, θ₀ = 0.06 worth four).
/// Indirect standardisation of Poisson rates: Breslow and Day, Statistical Methods in Cancer Research II, 1987, ch. 2; the
/// shrinkage is that of a normal effect with known variances: Efron and Morris, JASA 70, 1975.
/// </remarks>
public sealed record CalendarPace
{
    private const double PriorEvents = 20;
    private const double EffectVariance = 0.09;
    private const double PriorDispersion = 0.06;
    private const double PriorInstances = 4;
    private static readonly int FirstDay = new DateOnly(1980, 1, 1).DayNumber;
    private static readonly int LastDay = new DateOnly(2080, 1, 1).DayNumber;
    private static readonly int Days = LastDay - FirstDay + 1;
    private readonly Lazy<double[]> _elapsed;

    private readonly BusinessCalendar _calendar;

    /// <param name="weekdays">Factors of Monday to Sunday, and where the calendar has holidays of these.</param>
    /// <param name="places">Factors of the places of <see cref="PlaceOf"/>.</param>
    /// <param name="calendar">The calendar; null for the default.</param>
    public CalendarPace(IReadOnlyList<double> weekdays, IReadOnlyList<double> places, BusinessCalendar? calendar = null)
    {
        (Weekdays, Places, _calendar) = (weekdays, places, calendar ?? BusinessCalendar.Default);
        _elapsed = new Lazy<double[]>(Accumulate);
    }

    /// <summary>Number of places.</summary>
    public const int PlaceCount = 7;
    /// <summary>Factors of Monday to Sunday, and where the calendar has holidays of these.</summary>
    public IReadOnlyList<double> Weekdays { get; }
    /// <summary>Factors of the places of <see cref="PlaceOf"/>.</summary>
    public IReadOnlyList<double> Places { get; }

    /// <summary>
    /// The days between two moments, each counted at its pace. Outside 1980 to 2079 every day counts as 1.
    /// </summary>
    public double Between(DateTime from, DateTime until) => Elapsed(until) - Elapsed(from);

    /// <summary>Where a day lies: last, second and third week before a quarter's end (0, 1, 2), a month's last week elsewhere (3), the first week of a quarter (4), its second and third week (5), any other day (6).</summary>
    public static int PlaceOf(BusinessCalendar calendar, DateOnly date)
    {
        var place = calendar.Days.Of(date.DayNumber);
        if (place.ToQuarterEnd < 21) return place.ToQuarterEnd / 7;
        if (place.ToMonthEnd < 7) return 3;
        return place.SinceQuarterStart < 7 ? 4 : place.SinceQuarterStart < 21 ? 5 : 6;
    }

    /// <summary>The same pace in another calendar's periods; factors of holidays that it does not have are left
    /// out.</summary>
    internal CalendarPace In(BusinessCalendar calendar) => calendar == _calendar ? this : new CalendarPace(Weekdays, Places, calendar);

    /// <summary>
    /// Counts closed deals and what is expected by day. A deal counts once, from its first landmark on; a closing at a
    /// moment that was drawn only ends its time at risk.
    /// </summary>
    internal static CalendarPace From(LandmarkColumns landmarks, Cause cause)
    {
        var seen = landmarks.FirstOfDeals();
        var deals = new List<(int First, int Last, int Age, bool Closed)>(seen.Count);
        var (atRisk, struck) = (new double[AgeBins], new double[AgeBins]);
        foreach (var row in seen)
        {
            var isOver = landmarks.Outcome[row] != 0 && landmarks.DaysObserved[row] <= landmarks.DaysWatched[row];
            var (first, last) = (Index(landmarks.AsOf[row]), Index(landmarks.AsOf[row].AddDays(isOver ? landmarks.DaysObserved[row] : landmarks.DaysWatched[row])));
            var isClosed = isOver && landmarks.Outcome[row] == (int)cause && landmarks.HasTime[row];
            var deal = (First: first, Last: last, Age: (int)landmarks.AgeDays(row), Closed: isClosed);
            deals.Add(deal);
            for (var day = first; day <= last; day++) atRisk[AgeBin(deal.Age + day - first)]++;
            if (deal.Closed) struck[AgeBin(deal.Age + last - first)]++;
        }
        var (closed, expected) = (new double[Days], new double[Days]);
        foreach (var deal in deals)
        {
            for (var day = deal.First; day <= deal.Last; day++)
            {
                var bin = AgeBin(deal.Age + day - deal.First);
                expected[day] += struck[bin] / atRisk[bin];
            }
            if (deal.Closed) closed[deal.Last]++;
        }
        var calendar = landmarks.Calendar;
        var weekdays = WeekdayFactors(calendar, closed, expected);
        for (var day = 0; day < Days; day++) expected[day] *= weekdays[WeekdayOf(calendar, day)];
        return new CalendarPace(weekdays, PlaceFactors(calendar, closed, expected), calendar);
    }

    private static double[] WeekdayFactors(BusinessCalendar calendar, double[] closed, double[] expected)
    {
        var kinds = calendar.Holidays.Count > 0 ? 8 : 7;
        var (observed, due) = (new double[kinds], new double[kinds]);
        for (var day = 0; day < Days; day++)
        {
            observed[WeekdayOf(calendar, day)] += closed[day];
            due[WeekdayOf(calendar, day)] += expected[day];
        }
        return [.. observed.Zip(due, Ratio)];
    }

    private static double[] PlaceFactors(BusinessCalendar calendar, double[] closed, double[] expected)
    {
        var instances = new Dictionary<(int Place, DateOnly Quarter), (double Closed, double Expected)>();
        for (var day = 0; day < Days; day++)
        {
            if (expected[day] <= 0) continue;
            var date = DateOnly.FromDayNumber(FirstDay + day);
            var key = (PlaceOf(calendar, date), date.AddDays(-calendar.Days.Of(date.DayNumber).SinceQuarterStart));
            var sums = instances.GetValueOrDefault(key);
            instances[key] = (sums.Closed + closed[day], sums.Expected + expected[day]);
        }
        var of = instances.ToLookup(i => i.Key.Place, i => i.Value);
        double[] ratios = [.. Enumerable.Range(0, PlaceCount).Select(place => Ratio(of[place].Sum(i => i.Closed), of[place].Sum(i => i.Expected)))];
        var theta = Dispersion.OfCounts([.. instances.Select(i => i.Value.Closed)], [.. instances.Select(i => i.Value.Expected * ratios[i.Key.Place])], PriorDispersion, PriorInstances);
        return [.. ratios.Select((ratio, place) => Math.Pow(ratio, EffectVariance / (EffectVariance + theta / Math.Max(1, of[place].Count()))))];
    }

    private static double Ratio(double observed, double expected) => (observed + PriorEvents) / (expected + PriorEvents);

    private static int WeekdayOf(BusinessCalendar calendar, int day) =>
        calendar.Days.Of(FirstDay + day).IsHoliday ? 7 : ((int)DateOnly.FromDayNumber(FirstDay + day).DayOfWeek + 6) % 7;

    // Three single days, the rest of the first week, weeks up to half a year, then four weeks each up to three years.
    private static int AgeBin(int age) => age < 3 ? age : age < 182 ? 3 + age / 7 : Math.Min(29 + (age - 182) / 28, AgeBins - 1);

    private const int AgeBins = 62;

    private static int Index(DateTime at) => Math.Clamp(DateOnly.FromDateTime(at).DayNumber, FirstDay, LastDay) - FirstDay;

    private double Elapsed(DateTime at)
    {
        var days = at.Ticks / (double)TimeSpan.TicksPerDay - FirstDay;
        if (days < 0) return days;
        var table = _elapsed.Value;
        if (days >= table.Length - 1) return table[^1] + days - (table.Length - 1);
        var day = (int)days;
        return table[day] + (days - day) * (table[day + 1] - table[day]);
    }

    private double[] Accumulate()
    {
        var elapsed = new double[Days];
        for (var day = 0; day + 1 < elapsed.Length; day++)
        {
            var weekday = WeekdayOf(_calendar, day);
            elapsed[day + 1] = elapsed[day] + (weekday < Weekdays.Count ? Weekdays[weekday] : 1) * Places[PlaceOf(_calendar, DateOnly.FromDayNumber(FirstDay + day))];
        }
        return elapsed;
    }
}

/// <summary>A calendar's pace seen from the date of a snapshot; the default value runs evenly.</summary>
/// <param name="Pace">The pace; null runs evenly.</param>
/// <param name="AsOf">Date of the snapshot, in business time.</param>
public readonly record struct PaceClock(CalendarPace? Pace, DateTime AsOf)
{
    private const double Least = 1e-3;

    /// <summary>Mean pace over a cell; 1 where it runs evenly.</summary>
    public float Mean(double start, double end) =>
        Pace is null ? 1 : (float)Math.Max(Least, Pace.Between(AsOf.AddDays(start), AsOf.AddDays(end)) / (end - start));

    /// <summary>The share of a cell's paced time that has gone at a moment inside it, 0–1.</summary>
    public double Share(double start, double at, double end)
    {
        if (Pace is null) return (at - start) / (end - start);
        var whole = Pace.Between(AsOf.AddDays(start), AsOf.AddDays(end));
        return whole > 0 ? Math.Clamp(Pace.Between(AsOf.AddDays(start), AsOf.AddDays(at)) / whole, 0, 1) : (at - start) / (end - start);
    }
}
