using System.Collections.Concurrent;

namespace ForecastEngine.Crm;

/// <summary>
/// Business time of a time zone: the wall clock there, written with offset zero. It never runs backwards: while the
/// clock shows an hour twice,
/// business time goes through it once at half speed, so that whatever came later is later in business time too. In an
/// hour that the clock leaves
/// out there is no business time. Every instant has one business time, on the day that the wall clock shows then.
/// </summary>
internal sealed class BusinessClock
{
    private static readonly DateTime FirstKnown = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime LastKnown = new(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly ConcurrentDictionary<string, BusinessClock> Known = new(StringComparer.Ordinal);
    private readonly Piece[] _pieces;

    private BusinessClock(TimeZoneInfo zone)
    {
        var pieces = new List<Piece> { new(0, zone.GetUtcOffset(FirstKnown).Ticks, 1) };
        for (var day = FirstKnown; day < LastKnown; day = day.AddDays(1))
        {
            var next = day.AddDays(1);
            var (before, after) = (zone.GetUtcOffset(day).Ticks, zone.GetUtcOffset(next).Ticks);
            if (before == after) continue;
            var turn = TurnOf(zone, day, next).Ticks;
            var repeated = before - after;
            if (repeated > 0) pieces.Add(new(turn - repeated, turn + after, 2));
            pieces.Add(repeated > 0 ? new(turn + repeated, turn + repeated + after, 1) : new(turn, turn + after, 1));
        }
        _pieces = [.. pieces];
    }

    /// <summary>The clock of a zone; null where time is UTC.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    public static BusinessClock? Of(string zone) => zone == "UTC" ? null
        : Known.GetOrAdd(zone, id => new BusinessClock(TimeZoneInfo.FindSystemTimeZoneById(id)));

    public DateTimeOffset ToBusiness(DateTimeOffset instant)
    {
        var piece = _pieces[Find(instant.UtcTicks, p => p.Utc)];
        return At(piece.Business + (instant.UtcTicks - piece.Utc) / piece.Pace);
    }

    /// <summary>
    /// The instant of a business time; of one in an hour left out, the last instant before that hour.
    /// </summary>
    public DateTimeOffset ToInstant(DateTimeOffset business)
    {
        var index = Find(business.UtcTicks, p => p.Business);
        var piece = _pieces[index];
        var utc = piece.Utc + (business.UtcTicks - piece.Business) * piece.Pace;
        return At(index + 1 < _pieces.Length ? Math.Min(utc, _pieces[index + 1].Utc - 1) : utc);
    }

    // Both times rise from piece to piece.
    private int Find(long ticks, Func<Piece, long> start)
    {
        var (low, high) = (0, _pieces.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (start(_pieces[middle]) <= ticks) low = middle; else high = middle - 1;
        }
        return low;
    }

    private static DateTimeOffset At(long ticks) =>
        new(Math.Clamp(ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), TimeSpan.Zero);

    // To the second: zones turn on whole seconds.
    private static DateTime TurnOf(TimeZoneInfo zone, DateTime from, DateTime until)
    {
        var before = zone.GetUtcOffset(from);
        while ((until - from).Ticks > TimeSpan.TicksPerSecond)
        {
            var middle = new DateTime((from.Ticks + until.Ticks) / 2 / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc);
            if (zone.GetUtcOffset(middle) == before) from = middle; else until = middle;
        }
        return until;
    }

    /// <summary>
    /// From an instant on, business time goes on from <paramref name="Business"/>; a tick of it lasts <paramref
    /// name="Pace"/> ticks.
    /// </summary>
    private readonly record struct Piece(long Utc, long Business, int Pace);
}
