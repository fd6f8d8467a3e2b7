using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>What a person expects of a period instead of the forecast, beside what the forecast said then: measured when the period is over.</summary>
public sealed record ForecastAdjustment
{
    /// <summary>Number; given by the database.</summary>
    public long Id { get; init; }
    /// <summary>By what revenue is told apart: <c>Company</c>, <c>Team</c>, <c>Owner</c> …</summary>
    public required string Dimension { get; init; }
    /// <summary>Which part; empty for the company.</summary>
    public required string Key { get; init; }
    /// <summary>First day.</summary>
    public required DateOnly PeriodFrom { get; init; }
    /// <summary>Last day.</summary>
    public required DateOnly PeriodUntil { get; init; }
    /// <summary>The run that the person looked at.</summary>
    public required DateOnly AsOf { get; init; }
    /// <summary>What that run expected; null when it said nothing of this part and period.</summary>
    public double? ForecastMean { get; init; }
    /// <summary>What the person expects; null takes the call back.</summary>
    public decimal? Amount { get; init; }
    /// <summary>Why, in the person's words.</summary>
    public required string Note { get; init; }
    /// <summary>Who: the id of a key.</summary>
    public required string Author { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>People's calls on forecasts; only ever added to, the last one counts.</summary>
public sealed class AdjustmentStore(ForecastDatabase database)
{
    /// <summary>Adds one and returns it with its number.</summary>
    public ForecastAdjustment Add(ForecastAdjustment adjustment)
    {
        using var session = database.BeginWrite(WritePurpose.Access);
        var id = session.Db.InsertWithInt64Identity(adjustment);
        session.Commit();
        return adjustment with { Id = id };
    }

    /// <summary>Calls on a dimension, last first, taken-back ones included.</summary>
    /// <param name="dimension">The dimension; null for all.</param>
    /// <param name="from">Only periods that end on or after this day.</param>
    /// <param name="until">Only periods that begin on or before this day.</param>
    public IReadOnlyList<ForecastAdjustment> List(string? dimension = null, DateOnly? from = null, DateOnly? until = null)
    {
        using var db = database.Connect();
        var found = db.GetTable<ForecastAdjustment>().AsQueryable();
        if (dimension is not null) found = found.Where(a => a.Dimension == dimension);
        if (from is { } first) found = found.Where(a => a.PeriodUntil >= first);
        if (until is { } last) found = found.Where(a => a.PeriodFrom <= last);
        return [.. found.OrderByDescending(a => a.Id)];
    }
}
