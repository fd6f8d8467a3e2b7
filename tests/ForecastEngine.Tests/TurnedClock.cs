namespace ForecastEngine.Tests;

/// <summary>A clock that stands until the test turns it.</summary>
public sealed class TurnedClock(DateTimeOffset now) : TimeProvider
{
    /// <summary>Stands on the night of 1 March 2024, after the exports of the test worlds.</summary>
    public TurnedClock() : this(new DateTimeOffset(2024, 3, 1, 2, 0, 0, TimeSpan.Zero)) { }

    public override DateTimeOffset GetUtcNow() => now;

    /// <summary>Turns it on.</summary>
    public void Advance(TimeSpan by) => now += by;
}
