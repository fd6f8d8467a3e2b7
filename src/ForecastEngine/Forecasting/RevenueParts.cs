using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>What one open deal brings to a part in a period.</summary>
/// <param name="Share">The part's share in the deal, 0–1.</param>
/// <param name="WinProbability">P(won eventually), 0–1.</param>
/// <param name="Probability">P(won in the period), 0–1.</param>
/// <param name="Amount">Expected amount of the whole deal if won; 0 where nothing is known of amounts.</param>
public readonly record struct DealPart(double Share, double WinProbability, double Probability, double Amount)
{
    /// <summary>Expected revenue of the part.</summary>
    public double Revenue => Probability * Amount * Share;
}

/// <summary>The mean of a forecast, told apart: what is won, each open deal, and deals not yet created. The same mean as <see cref="RevenueForecaster"/>'s, without its distribution.</summary>
/// <param name="AlreadyWon">Won in the period up to the as-of date.</param>
/// <param name="FromNew">Expected from deals not yet created.</param>
/// <param name="Deals">All open deals by id, those of other parts too.</param>
public sealed record RevenueParts(double AlreadyWon, double FromNew, IReadOnlyDictionary<string, DealPart> Deals)
{
    /// <summary>Expected revenue of the part.</summary>
    public double Mean => AlreadyWon + FromNew + Deals.Values.Where(d => d.Share > 0).Sum(d => d.Revenue);

    /// <summary>Tells the mean of a period apart.</summary>
    /// <param name="known">What is known at the as-of date.</param>
    /// <param name="asOf">Date of the forecast.</param>
    /// <param name="deals">The scored open pipeline at that date.</param>
    /// <param name="factor">The common factor after the last known week.</param>
    /// <param name="newborns">How deals not yet created will fare.</param>
    /// <param name="period">The period; not over.</param>
    /// <param name="dimension">By what revenue is told apart.</param>
    /// <param name="key">The part; empty for the company.</param>
    public static RevenueParts Of(CrmHistory known, AsOf asOf, IReadOnlyList<ScoredOpportunity> deals, CommonFactor factor, NewbornCurves? newborns, Period period, Dimension dimension, string key)
    {
        var from = Math.Max(0, (period.From.ToDateTime(TimeOnly.MinValue) - asOf.Instant.UtcDateTime).TotalDays);
        var until = (period.End.Instant - asOf.Instant).TotalDays;
        var business = NewBusiness.From(known, asOf, newborns);
        var shares = new DealShares(known, asOf);
        var share = dimension == Dimension.Company ? 1 : business.Shares((born, pipeline) => shares.Of(dimension, born, pipeline)).GetValueOrDefault(key);
        var amount = business.Amounts(Math.Max((known.Calendar.Quarter(period.From).End.Instant - asOf.Instant).TotalDays, 30));
        return new RevenueParts(
            WonDeal.KnownAt(known, asOf).Where(w => period.Contains(w.On)).SelectMany(w => shares.Divide(dimension, w)).Where(p => p.Key == key).Sum(p => p.Part.Amount ?? 0),
            amount is null ? 0 : business.ExpectedWins(period, week => Math.Exp(factor.ShiftAt(week))) * share * amount.Mean,
            deals.ToDictionary(d => d.Score.OpportunityId, d => new DealPart(shares.Of(dimension, d.Score).FirstOrDefault(p => p.Key == key).Share, d.Score.WinProbability,
                Math.Max(0, d.Curve.WonWithin(until) - d.Curve.WonWithin(from)), d.Size?.Mean ?? 0), StringComparer.Ordinal));
    }
}
