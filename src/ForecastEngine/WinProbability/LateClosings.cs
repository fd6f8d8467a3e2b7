using System.Collections.Immutable;
using ForecastEngine.Snapshots;

namespace ForecastEngine.WinProbability;

/// <summary>How the deals that outlive a curve's horizon still close.</summary>
/// <param name="PerDay">Rate per day at which those still open close; +∞ for all at the horizon itself.</param>
/// <param name="Days">Days past the horizon after which no deal closes any more.</param>
public readonly record struct LateClosing(double PerDay, double Days)
{
    /// <summary>All at the horizon itself: of models that do not say when.</summary>
    public static LateClosing AtOnce { get; } = new(double.PositiveInfinity, 0);

    /// <summary>Share of those open at the horizon that ever close, 0–1.</summary>
    public double Share => PerDay == double.PositiveInfinity ? 1 : 1 - Math.Exp(-PerDay * Days);

    /// <summary>Share of them that close within so many days past the horizon, 0 to <see cref="Share"/>.</summary>
    public double ShareWithin(double days) =>
        days <= 0 ? 0 : PerDay == double.PositiveInfinity ? 1 : 1 - Math.Exp(-PerDay * Math.Min(days, Days));

    /// <summary>Days past the horizon within which a share, 0 to <see cref="Share"/>, closes.</summary>
    public double DaysOf(double share) =>
        PerDay == double.PositiveInfinity ? 0 : Math.Clamp(-Math.Log(1 - Math.Min(share, 1)) / PerDay, 0, Days);
}

/// <summary>
/// How fast deals of a great age still close, learned from this team's own: deals far older than any that ever closed
/// are dead, whatever share of the others was won late.
/// <para>λ(a) = closings at ages of a and more / days that deals were watched open at such ages, each deal counted
/// once. A deal of age a that outlives the horizon H closes
/// at λ(a + H) per day, and not at all after 4 H more; so of P(won), S_K × late share × (1 − e^{−λ t}) has come t days
/// past the horizon.</para>
/// </summary>
/// <remarks>
/// λ is told at ages that grow by a factor 2^¼ from H, as far as there are ages beyond which ten closings would have
/// been seen had deals gone on to close as they do on the whole; the last one
/// speaks for every greater age. A piecewise exponential hazard with left truncation: Kalbfleisch and Prentice, The
/// Statistical Analysis of Failure Time Data, 2002, ch. 3.
/// </remarks>
/// <param name="Ages">Rising, in days; the first is 0.</param>
/// <param name="PerDay">λ from each of the ages on.</param>
/// <param name="Days">Days past the horizon after which no deal closes.</param>
public sealed record LateClosings(ImmutableArray<double> Ages, ImmutableArray<double> PerDay, double Days)
{
    private const double LeastExpected = 10;
    private const double Horizons = 4;
    private static readonly double Step = Math.Pow(2, 0.25);

    /// <summary>For a deal that will be so many days old at its horizon.</summary>
    public LateClosing At(double age)
    {
        var k = Ages.Length - 1;
        while (k > 0 && Ages[k] > age) k--;
        return new LateClosing(PerDay[k], Days);
    }

    /// <summary>Counts the closings. Without any there is nothing to tell: null.</summary>
    internal static LateClosings? From(LandmarkColumns landmarks, TimeGrid grid)
    {
        var lives = landmarks.FirstOfDeals().Select(row =>
        {
            var isOver = landmarks.Outcome[row] != 0 && landmarks.DaysObserved[row] <= landmarks.DaysWatched[row];
            var from = (double)landmarks.AgeDays(row);
            return (From: from, Until: from + (isOver ? landmarks.DaysObserved[row] : landmarks.DaysWatched[row]),
                IsOver: isOver);
        }).ToArray();
        var (closed, days) = Beyond(0);
        if (closed == 0 || days <= 0) return null;
        var overall = closed / days;
        var (ages, rates) = (ImmutableArray.CreateBuilder<double>(), ImmutableArray.CreateBuilder<double>());
        ages.Add(0);
        rates.Add(overall);
        for (var age = grid.HorizonDays; ; age *= Step)
        {
            var (late, watched) = Beyond(age);
            if (watched * overall < LeastExpected) break;
            ages.Add(age);
            rates.Add(late / watched);
        }
        return new LateClosings(ages.ToImmutable(), rates.ToImmutable(), Horizons * grid.HorizonDays);

        (double Closed, double Days) Beyond(double age)
        {
            var (over, open) = (0.0, 0.0);
            foreach (var life in lives)
            {
                if (life.Until < age) continue;
                open += life.Until - Math.Max(life.From, age);
                if (life.IsOver) over++;
            }
            return (over, open);
        }
    }
}
