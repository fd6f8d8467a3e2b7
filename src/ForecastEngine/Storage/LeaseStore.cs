namespace ForecastEngine.Storage;

/// <summary>A lease that was taken: who holds what, and which taking it was.</summary>
/// <param name="Name">What may be done by one process at a time.</param>
/// <param name="Holder">Who does it.</param>
/// <param name="Taking">Counts the takings of this name: a later holder has a larger number.</param>
public sealed record Lease(string Name, string Holder, long Taking);

/// <summary>
/// Leases keep two processes from doing the same at once, on one machine or several. A lease lapses when its holder does not
/// renew it in time, so that a process that was killed blocks nobody for long. Time is that of the database: the clocks of
/// the machines need not agree.
/// </summary>
public sealed class LeaseStore(ForecastDatabase database)
{
    /// <summary>Takes a lease where nobody holds it; null where someone does. A holder's own lease is not taken twice.</summary>
    /// <param name="name">What for.</param>
    /// <param name="holder">Who; unique to the process and its purpose.</param>
    /// <param name="duration">How long it lasts unless it is renewed.</param>
    public Lease? Take(string name, string holder, TimeSpan duration)
    {
        using var session = database.BeginWrite(WritePurpose.Jobs);
        var taken = session.Numbers($"""
            INSERT INTO job_leases (name, holder, expires_at, takings) VALUES (@name, @holder, {Now} + @duration, 1)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, takings = job_leases.takings + 1
            WHERE job_leases.expires_at <= {Now}
            RETURNING takings
            """, CancellationToken.None, ("name", name), ("holder", holder), ("duration", Microseconds(duration)));
        session.Commit();
        return taken is [var taking] ? new Lease(name, holder, taking) : null;
    }

    /// <summary>Prolongs a lease. False when it lapsed and another took it: the work must stop.</summary>
    public bool Renew(Lease lease, TimeSpan duration)
    {
        using var session = database.BeginWrite(WritePurpose.Jobs);
        var isMine = session.Execute($"UPDATE job_leases SET expires_at = {Now} + @duration WHERE name = @name AND holder = @holder AND takings = @taking", CancellationToken.None,
            ("name", lease.Name), ("holder", lease.Holder), ("taking", lease.Taking), ("duration", Microseconds(duration))) == 1;
        session.Commit();
        return isMine;
    }

    /// <summary>Gives a lease back; nothing happens when it is another's by now.</summary>
    public void Release(Lease lease)
    {
        using var session = database.BeginWrite(WritePurpose.Jobs);
        session.Execute("UPDATE job_leases SET expires_at = 0 WHERE name = @name AND holder = @holder AND takings = @taking", CancellationToken.None,
            ("name", lease.Name), ("holder", lease.Holder), ("taking", lease.Taking));
        session.Commit();
    }

    private string Now => database.IsPostgreSql ? "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)" : "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)";

    private static long Microseconds(TimeSpan duration) => (long)duration.TotalMicroseconds;
}
