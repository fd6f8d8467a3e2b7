using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>One open deal's share in the revenue of a period.</summary>
/// <param name="Key">The part it belongs to.</param>
/// <param name="WinProbability">P(won eventually), 0–1.</param>
/// <param name="Probability">P(won in the period), 0–1.</param>
/// <param name="Amount">Expected amount if won; 0 where nothing is known of amounts.</param>
public readonly record struct DealPart(string Key, double WinProbability, double Probability, double Amount)
{
    /// <summary>Expected revenue.</summary>
    public double Revenue => Probability * Amount;
}

/// <summary>The mean of a forecast, told apart: what is won, each open deal, and deals not yet created. The same mean as <see cref="RevenueForecaster"/>'s, without its distribution.</summary>
/// <param name="AlreadyWon">Won in the period up to the as-of date.</param>
/// <param name="FromNew">Expected from deals not yet created.</param>
/// <param name="Deals">All open deals by id, those of other parts too.</param>
/// <param name="Key">The part that the first two speak of.</param>
public sealed record RevenueParts(double AlreadyWon, double FromNew, IReadOnlyDictionary<string, DealPart> Deals, string Key)
{
    /// <summary>Expected revenue of the part.</summary>
    public double Mean => AlreadyWon + FromNew + Deals.Values.Where(d => d.Key == Key).Sum(d => d.Revenue);

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
        var share = dimension == Dimension.Company ? 1 : business.Shares((born, pipeline) => dimension.KeyOf(known, born, pipeline)).GetValueOrDefault(key);
        var amount = business.Amounts(Math.Max((known.Calendar.Quarter(period.From).End.Instant - asOf.Instant).TotalDays, 30));
        return new RevenueParts(
            WonDeal.KnownAt(known, asOf).Where(w => period.Contains(w.On) && (dimension.KeyOf(known, w) ?? "") == key).Sum(w => w.Amount ?? 0),
            amount is null ? 0 : business.ExpectedWins(period, week => Math.Exp(factor.ShiftAt(week))) * share * amount.Mean,
            deals.ToDictionary(d => d.Score.OpportunityId, d => new DealPart(dimension.KeyOf(known, d.Score) ?? "", d.Score.WinProbability,
                Math.Max(0, d.Curve.WonWithin(until) - d.Curve.WonWithin(from)), d.Size?.Mean ?? 0), StringComparer.Ordinal), key);
    }
}
