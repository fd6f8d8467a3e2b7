using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>A part's share in an open deal: won when the deal is, for that share of its amount.</summary>
/// <param name="Score">The deal's score.</param>
/// <param name="Share">The share, 0–1.</param>
/// <param name="Size">The share's amount if won; null when nothing is known of amounts.</param>
internal readonly record struct OpenShare(OpportunityScore Score, double Share, AmountDistribution? Size)
{
    /// <summary>What people call the deal.</summary>
    public string Name => Score.Name ?? Score.OpportunityId;

    /// <summary>The share's amount × CRM probability.</summary>
    public double Weighted => (double)(Score.Amount ?? 0) * (Score.CrmProbability ?? 0) * Share;

    /// <summary>The share's amount, where its currency has no rate; else null.</summary>
    public Money? WithoutRate => Share < 1 && Score.WithoutRate is { } money
        ? money with { Amount = Math.Round(money.Amount * (decimal)Share, 2) }
        : Score.WithoutRate;

    public static OpenShare Of(ScoredOpportunity deal, double share) =>
        new(deal.Score, share, share < 1 ? deal.Size?.Times(share) : deal.Size);
}
