using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>The deal baselines, trained on what was known at an origin. The stage rate comes with the model: see <see cref="WinProbability.WinProbabilityModel.StageRateCurve"/>.</summary>
public static class DealBaselines
{
    /// <summary>All of them.</summary>
    /// <param name="known">What is known at the origin: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="given">Scores of other models; none where nobody gave any.</param>
    public static IReadOnlyList<IDealBaseline> All(CrmHistory known, IReadOnlyList<GivenScores>? given = null) =>
        [OdooScoring.Train(known), new CrmProbabilityBaseline(), new BaseRateBaseline(GroupRates.From(known, []), AsOf.At(known.ExportedAt)), .. (given ?? []).Select(g => new GivenScoresBaseline(g))];
}
