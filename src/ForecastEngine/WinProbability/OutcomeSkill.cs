using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// Does a model tell won deals from lost ones? Judged on deals that were watched at least as long as three in four of them
/// and closed within that time, because among deals watched for unequal times the date of creation alone decides which
/// outcomes can be seen.
/// </summary>
/// <param name="Deals">Deals judged.</param>
/// <param name="Days">How long each was watched: the lower quartile of all.</param>
/// <param name="Auc">Area under the ROC curve of P(won | closed within those days); NaN with one class.</param>
/// <param name="StandardError">Hanley and McNeil 1982.</param>
public sealed record OutcomeSkill(int Deals, double Days, double Auc, double StandardError)
{
    /// <summary>True when won deals cannot be told from lost ones better than by a coin, at two standard errors.</summary>
    public bool IsNone => !(Auc - 2 * StandardError > 0.5);

    /// <summary>Judges deals: curve, days watched, days to the closing (null when open at the end) and whether it was won.</summary>
    public static OutcomeSkill Of(IReadOnlyList<(HazardCurve Curve, double Watched, double? ClosedAfter, bool Won)> deals)
    {
        if (deals.Count == 0) return new OutcomeSkill(0, 0, double.NaN, double.NaN);
        var days = deals.Select(d => d.Watched).Order().ElementAt(deals.Count / 4);
        var judged = deals.Where(d => d.Watched >= days && d.ClosedAfter <= days).ToList();
        if (judged.Count == 0) return new OutcomeSkill(0, days, double.NaN, double.NaN);
        var auc = ProbabilityScores.Auc([.. judged.Select(d => d.Curve.WonShareWithin(days))], [.. judged.Select(d => d.Won ? 1.0 : 0)]);
        return new OutcomeSkill(judged.Count, days, auc, RocStandardError.Of(auc, judged.Count(d => d.Won), judged.Count));
    }
}
