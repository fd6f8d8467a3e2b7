namespace ForecastEngine.Statistics;

/// <summary>Standard error of an area under the ROC curve.</summary>
/// <remarks>Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC) curve", Radiology 143, 1982.</remarks>
public static class RocStandardError
{
    /// <summary>
    /// √[(A(1−A) + (n₁−1)(Q₁−A²) + (n₀−1)(Q₂−A²)) / (n₁n₀)], Q₁ = A/(2−A), Q₂ = 2A²/(1+A).
    /// </summary>
    /// <param name="auc">A, 0–1.</param>
    /// <param name="positives">n₁.</param>
    /// <param name="cases">n₁ + n₀.</param>
    /// <returns>NaN when one class is missing.</returns>
    public static double Of(double auc, int positives, int cases)
    {
        var negatives = cases - positives;
        if (positives == 0 || negatives == 0) return double.NaN;
        var (q1, q2) = (auc / (2 - auc), 2 * auc * auc / (1 + auc));
        return Math.Sqrt((auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)) / ((double)positives * negatives));
    }
}
