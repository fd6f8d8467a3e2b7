namespace ForecastEngine.Crm;

/// <summary>
/// The moment up to which history may be known: a fact counts when its <c>RecordedAt</c> is at or before it.
/// Business code speaks of an as-of <em>date</em> (<see cref="EndOf"/>: the whole day may be known);
/// a landmark inside a day, such as a deal's creation, uses <see cref="At"/>. It is in business time, like all instants
/// of a
/// <see cref="CrmHistory"/>: its day is the business's day.
/// </summary>
public readonly record struct AsOf : IComparable<AsOf>
{
    private AsOf(DateTimeOffset instant) => Instant = instant.ToUniversalTime();

    /// <summary>The last instant whose facts may be known, in business time.</summary>
    public DateTimeOffset Instant { get; }

    /// <summary>The business day of <see cref="Instant"/>.</summary>
    public DateOnly Date => DateOnly.FromDateTime(Instant.UtcDateTime);

    /// <summary>Everything recorded on or before the business day <paramref name="date"/> may be known.</summary>
    public static AsOf EndOf(DateOnly date) => new(new DateTimeOffset(date.ToDateTime(TimeOnly.MaxValue), TimeSpan.Zero));

    /// <summary>Everything recorded at or before <paramref name="instant"/> may be known.</summary>
    public static AsOf At(DateTimeOffset instant) => new(instant);

    /// <summary>Everything may be known: the end of a history.</summary>
    public static AsOf EndOfTime { get; } = new(DateTimeOffset.MaxValue);

    /// <summary>True when a fact recorded at <paramref name="recordedAt"/> may be known.</summary>
    public bool Knows(DateTimeOffset recordedAt) => recordedAt <= Instant;

    /// <inheritdoc/>
    public int CompareTo(AsOf other) => Instant.CompareTo(other.Instant);

    /// <summary>ISO 8601, for messages.</summary>
    public override string ToString() => Instant.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
