using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Forecasting;

/// <summary>A deal that was won: what revenue is counted from, in forecasts and in what they are judged by.</summary>
/// <param name="OpportunityId">The deal.</param>
/// <param name="On">The day, UTC.</param>
/// <param name="Amount">In the history's currency; null when it is unknown or has no rate.</param>
/// <param name="OwnerId">Owner as last known.</param>
/// <param name="ProductId">Main product as last known.</param>
/// <param name="Region">Region.</param>
public sealed record WonDeal(string OpportunityId, DateOnly On, double? Amount, string? OwnerId, string? ProductId, string? Region)
{
    /// <summary>The sales pipeline in which it was won; null where there is one only.</summary>
    public string? Pipeline { get; init; }

    /// <summary>The amount in its own currency, where no rate of that currency is known; else null.</summary>
    public Money? WithoutRate { get; init; }

    /// <summary>
    /// The won deals of a history whose closing was known at <paramref name="asOf"/>, by creation. Those without a
    /// close date belong to no period: <see cref="UnplacedRevenue"/>.
    /// </summary>
    public static IReadOnlyList<WonDeal> KnownAt(CrmHistory history, AsOf asOf)
    {
        var won = new List<WonDeal>();
        for (var i = 0; i < history.Opportunities.Length; i++)
            if (Closing.InForce(history, i, asOf) is { Won: true, IsUndated: false } closing)
                won.Add(new WonDeal(history.Opportunities[i].Id, closing.On, (double?)closing.Amount, closing.OwnerId, closing.ProductId, closing.Region) { Pipeline = closing.Pipeline, WithoutRate = closing.WithoutRate });
        return won;
    }

    /// <summary>Revenue won on or between two days; deals without an amount add nothing.</summary>
    public static double Revenue(IEnumerable<WonDeal> deals, DateOnly from, DateOnly until) => deals.Where(d => d.On >= from && d.On <= until).Sum(d => d.Amount ?? 0);
}
