using ForecastEngine.Snapshots;

namespace ForecastEngine.WinProbability;

/// <summary>
/// How much faster or slower than on an average day deals close on each day of the calendar: by weekday, and by where the day
/// lies in its quarter or month, since deals are pushed over the line there. 1 is the average day. It says how a cell of time
/// ahead splits where a period ends inside it, and gives a hazard its calendar even where history is too short for trees.
/// </summary>
/// <remarks>
/// Pace of day d = weekday(d) × place(d). Each factor is a ratio of counts, (Σ closed + m) / (Σ expected + m) with m = 20 and
/// expected = (closed of all days / deals at risk of all days) × deals at risk on the day; the places are counted after the weekdays.
/// A stratified Poisson rate, standardised indirectly: Breslow and Day, Statistical Methods in Cancer Research II, 1987, ch. 2.
/// </remarks>
public sealed record CalendarPace
{
    private const double PriorEvents = 20;
    private static readonly int FirstDay = new DateOnly(1980, 1, 1).DayNumber;
    private static readonly int LastDay = new DateOnly(2080, 1, 1).DayNumber;
    private readonly Lazy<double[]> _elapsed;

    /// <param name="weekdays">Factors of Monday to Sunday.</param>
    /// <param name="places">Factors of the places of <see cref="PlaceOf"/>.</param>
    public CalendarPace(IReadOnlyList<double> weekdays, IReadOnlyList<double> places)
    {
        (Weekdays, Places) = (weekdays, places);
        _elapsed = new Lazy<double[]>(Accumulate);
    }

    /// <summary>Number of places.</summary>
    public const int PlaceCount = 7;
    /// <summary>Factors of Monday to Sunday.</summary>
    public IReadOnlyList<double> Weekdays { get; }
    /// <summary>Factors of the places of <see cref="PlaceOf"/>.</summary>
    public IReadOnlyList<double> Places { get; }

    /// <summary>
    /// The days between two moments, each counted at its pace. Outside 1980 to 2079 every day counts as 1.
    /// </summary>
    public double Between(DateTime from, DateTime until) => Elapsed(until) - Elapsed(from);

    /// <summary>Where a day lies: last, second and third week before a quarter's end (0, 1, 2), a month's last week elsewhere (3), the first week of a quarter (4), its second and third week (5), any other day (6).</summary>
    public static int PlaceOf(DateOnly date)
    {
        var left = FeatureSet.DaysToQuarterEnd(date);
        if (left < 21) return left / 7;
        if (DateTime.DaysInMonth(date.Year, date.Month) - date.Day < 7) return 3;
        var gone = date.DayNumber - Crm.Period.Quarter(date).From.DayNumber;
        return gone < 7 ? 4 : gone < 21 ? 5 : 6;
    }

    /// <summary>Counts closed deals and deals at risk by day. A deal counts once, from its first landmark on.</summary>
    internal static CalendarPace From(LandmarkColumns landmarks, Cause cause)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < landmarks.Count; row++)
            if (!seen.TryGetValue(landmarks.Ids[row], out var first) || landmarks.AsOf[row] < landmarks.AsOf[first]) seen[landmarks.Ids[row]] = row;
        var (closed, atRisk) = (new double[LastDay - FirstDay + 1], new double[LastDay - FirstDay + 2]);
        foreach (var row in seen.Values)
        {
            var start = Index(landmarks.AsOf[row]);
            var days = landmarks.Outcome[row] == 0 ? landmarks.DaysWatched[row] : Math.Min(landmarks.DaysObserved[row], landmarks.DaysWatched[row]);
            var end = Index(landmarks.AsOf[row].AddDays(days));
            atRisk[start]++;
            atRisk[end + 1]--;
            if (landmarks.Outcome[row] == (int)cause && landmarks.DaysObserved[row] <= landmarks.DaysWatched[row]) closed[end]++;
        }
        for (var day = 1; day < atRisk.Length; day++) atRisk[day] += atRisk[day - 1];
        var rate = atRisk.Sum() is > 0 and var all ? closed.Sum() / all : 0;
        var weekdays = Factors(7, day => ((int)DateOnly.FromDayNumber(FirstDay + day).DayOfWeek + 6) % 7, day => rate * atRisk[day]);
        var places = Factors(PlaceCount, day => PlaceOf(DateOnly.FromDayNumber(FirstDay + day)), day => rate * atRisk[day] * weekdays[((int)DateOnly.FromDayNumber(FirstDay + day).DayOfWeek + 6) % 7]);
        return new CalendarPace(weekdays, places);

        double[] Factors(int count, Func<int, int> groupOf, Func<int, double> expectedOf)
        {
            var (observed, expected) = (new double[count], new double[count]);
            for (var day = 0; day < closed.Length; day++)
            {
                if (atRisk[day] <= 0) continue;
                observed[groupOf(day)] += closed[day];
                expected[groupOf(day)] += expectedOf(day);
            }
            return [.. observed.Zip(expected, (o, e) => (o + PriorEvents) / (e + PriorEvents))];
        }
    }

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
        var elapsed = new double[LastDay - FirstDay + 1];
        for (var day = 0; day + 1 < elapsed.Length; day++)
        {
            var date = DateOnly.FromDayNumber(FirstDay + day);
            elapsed[day + 1] = elapsed[day] + Weekdays[((int)date.DayOfWeek + 6) % 7] * Places[PlaceOf(date)];
        }
        return elapsed;
    }
}

/// <summary>A calendar's pace seen from the date of a snapshot; the default value runs evenly.</summary>
/// <param name="Pace">The pace; null runs evenly.</param>
/// <param name="AsOf">Date of the snapshot, UTC.</param>
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
