using ForecastEngine.Crm;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>An exchange rate as it is stored.</summary>
internal sealed record StoredRate(string Currency, DateOnly? Day, decimal Rate, string Source, DateTimeOffset? LearnedAt, long Arrival)
{
    public ExchangeRate ToRate() => new(Currency, Day, Rate, Source, LearnedAt);
}

/// <summary>
/// Dated exchange rates. They are only added to: another rate for the same currency and day is a correction, known from
/// the
/// time it was learned.
/// </summary>
public sealed class RateStore(ForecastDatabase database)
{
    /// <summary>All rates with their corrections, by currency, day and the time they were learned.</summary>
    public IReadOnlyList<ExchangeRate> All()
    {
        using var db = database.Connect();
        return [.. new ExchangeRates(Read(db, long.MaxValue)).All];
    }

    /// <summary>The rates that came by an arrival; of two learned at the same time the one that came last.</summary>
    internal static IReadOnlyList<ExchangeRate> Read(DataConnection db, long arrival) =>
        [.. db.GetTable<StoredRate>().Where(r => r.Arrival <= arrival).ToList()
        .GroupBy(r => (r.Currency, r.Day, r.LearnedAt)).Select(g => g.MaxBy(r => r.Arrival)!.ToRate())];

    /// <summary>
    /// Adds what is new. The first rate of a currency and day counts as known on that day; one that differs from it,
    /// from
    /// <paramref name="learnedAt"/> on.
    /// </summary>
    internal static EntityCounts Append(DatabaseSession session, IReadOnlyList<ExchangeRate> rates, DateTimeOffset learnedAt,
        long arrival)
    {
        if (rates.Count == 0) return new EntityCounts(0, 0, 0, 0);
        var known = Read(session.Db, long.MaxValue).ToLookup(r => (r.Currency, r.From));
        // Kept to microseconds, so that the same import twice says the same.
        learnedAt = StorageMapping.FromMicroseconds(StorageMapping.ToMicroseconds(learnedAt));
        var (added, corrected) = (0L, 0L);
        foreach (var rate in rates)
        {
            var inForce = known[(rate.Currency, rate.From)].Where(r => r.LearnedAt is null || r.LearnedAt <= learnedAt)
                .MaxBy(r => r.LearnedAt ?? DateTimeOffset.MinValue);
            if (inForce?.Rate == rate.Rate) continue;
            var correctedAt = inForce is null ? (DateTimeOffset?)null : learnedAt;
            session.Db.Insert(new StoredRate(rate.Currency, rate.From, rate.Rate, rate.Source, correctedAt, arrival));
            if (inForce is null) added++;
            else corrected++;
        }
        return new EntityCounts(added, corrected, rates.Count - added - corrected, 0);
    }
}
