using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting;

/// <summary>How one method forecast revenue. Amounts in the history's currency.</summary>
/// <param name="Method">Its name: see <see cref="Backtesting.Method"/>.</param>
/// <param name="Windows">Windows it answered.</param>
/// <param name="Wape">Σ|median − actual| / Σ|actual|; lower is better.</param>
/// <param name="Bias">Σ mean / Σ actual − 1; above 0 too optimistic.</param>
/// <param name="MeanCrps">Mean CRPS; the mean absolute error for a method without a distribution. Lower is better.</param>
/// <param name="RelativeCrps">Σ CRPS / Σ|actual|, comparable with WAPE.</param>
/// <param name="WapeSkill">The engine's gain over it on the windows both answered, 1 − WAPE_engine / WAPE_method; above 0 the engine is closer. 0 for the engine itself.</param>
/// <param name="CrpsSkill">The same of CRPS.</param>
public sealed record MethodFigures(string Method, int Windows, double? Wape, double? Bias, double? MeanCrps, double? RelativeCrps, Estimate WapeSkill, Estimate CrpsSkill);

/// <summary>How often revenue fell into a band.</summary>
/// <param name="Level">Nominal coverage, a fraction.</param>
/// <param name="Windows">n.</param>
/// <param name="Covered">Windows whose revenue lay in the band, ends included.</param>
/// <param name="Coverage">Covered / n.</param>
/// <param name="PValue">Exact two-sided binomial test of coverage = level, as if windows were independent.</param>
/// <param name="Lower">Lower end of the Clopper–Pearson interval.</param>
/// <param name="Upper">Its upper end.</param>
/// <param name="MeanWidth">Mean width of the band, an amount.</param>
/// <param name="RelativeWidth">Σ width / Σ|actual|.</param>
/// <param name="IntervalScore">Mean interval score, an amount; lower is better.</param>
public sealed record CoverageFigures(double Level, int Windows, int Covered, double Coverage, double PValue, double Lower, double Upper, double MeanWidth, double? RelativeWidth, double IntervalScore);

/// <summary>Where in the engine's distributions the actual revenue fell.</summary>
/// <param name="Counts">Windows by tenth of the probability integral transform; alike if the distributions are right.</param>
/// <param name="Windows">n.</param>
/// <param name="Statistic">Kolmogorov–Smirnov distance from the uniform distribution, 0–1.</param>
/// <param name="PValue">Its p-value, as if windows were independent.</param>
public sealed record PitFigures(IReadOnlyList<int> Counts, int Windows, double Statistic, double PValue);

/// <summary>The engine in a group of windows that are alike.</summary>
/// <param name="Name">What the windows have in common.</param>
/// <param name="From">The group's lower bound: week of the period, days of horizon, or amount; null where it has none.</param>
/// <param name="Until">Its upper bound, included; null where it has none.</param>
/// <param name="Windows">n.</param>
/// <param name="Wape">The engine's WAPE.</param>
/// <param name="ReferenceWape">WAPE of the reference method on the windows of the group that it answered.</param>
/// <param name="OracleWape">WAPE of the oracle on those whose truth is known; null elsewhere.</param>
/// <param name="Bias">Σ mean / Σ actual − 1.</param>
/// <param name="RelativeCrps">Σ CRPS / Σ|actual|.</param>
/// <param name="Coverage">Coverage of the main band; null where no window has one.</param>
public sealed record GroupFigures(string Name, double? From, double? Until, int Windows, double? Wape, double? ReferenceWape, double? OracleWape, double? Bias, double? RelativeCrps, CoverageFigures? Coverage);

/// <summary>The engine for one part of the company, a team or a sales pipeline.</summary>
/// <param name="Key">Id; empty for what belongs to none.</param>
/// <param name="Name">Name.</param>
/// <param name="Windows">n.</param>
/// <param name="Wape">The engine's WAPE.</param>
/// <param name="Bias">Σ mean / Σ actual − 1.</param>
/// <param name="Coverage">Coverage of the main band; null where no window has one.</param>
/// <param name="AdjustedPValue">Its p-value with Holm's correction for all parts of its kind.</param>
public sealed record PartFigures(string Key, string Name, int Windows, double? Wape, double? Bias, CoverageFigures? Coverage, double? AdjustedPValue);

/// <summary>A band in a simulated world.</summary>
/// <param name="Level">Nominal coverage.</param>
/// <param name="Coverage">Mean true probability that revenue falls into the engine's band, with its interval.</param>
public sealed record TrueCoverage(double Level, Estimate Coverage);

/// <summary>The engine against what is true, in simulated worlds.</summary>
/// <param name="Windows">Windows whose truth is known.</param>
/// <param name="Wape">The engine's WAPE on them.</param>
/// <param name="OracleWape">The oracle's: the floor.</param>
/// <param name="WapeRatio">Engine over oracle, from about 1; with its interval.</param>
/// <param name="RelativeCrps">The engine's Σ CRPS / Σ|actual|.</param>
/// <param name="OracleRelativeCrps">The oracle's.</param>
/// <param name="CrpsRatio">Engine over oracle; with its interval.</param>
/// <param name="Coverage">True coverage by rising level.</param>
/// <param name="WidthRatio">Σ width of the engine's main band / Σ width of the oracle's; with its interval.</param>
/// <param name="Bias">Σ mean / Σ oracle's mean − 1; with its interval.</param>
/// <param name="Expected">Scores expected over all possible futures; null where results do not hold them.</param>
public sealed record TruthFigures(int Windows, double? Wape, double? OracleWape, Estimate WapeRatio, double? RelativeCrps, double? OracleRelativeCrps, Estimate CrpsRatio,
    IReadOnlyList<TrueCoverage> Coverage, Estimate? WidthRatio, Estimate Bias, ExpectedFigures? Expected);

/// <summary>The engine, an oracle and the baselines by the scores they expect over all possible futures of each window: what a backtest of endless windows would show.</summary>
/// <param name="Windows">Windows whose expected scores are known.</param>
/// <param name="Wape">Σ E|median − R| / Σ E R of the engine.</param>
/// <param name="OracleWape">The oracle's.</param>
/// <param name="WapeRatio">Engine over oracle, at least about 1; with its interval.</param>
/// <param name="CrpsRatio">Σ E CRPS, engine over oracle; with its interval.</param>
/// <param name="Methods">The baselines.</param>
public sealed record ExpectedFigures(int Windows, double? Wape, double? OracleWape, Estimate WapeRatio, Estimate CrpsRatio, IReadOnlyList<ExpectedMethodFigures> Methods);

/// <summary>One baseline by expected scores.</summary>
/// <param name="Method">Its name: see <see cref="Backtesting.Method"/>.</param>
/// <param name="Windows">Windows it answered.</param>
/// <param name="Wape">Σ E|median − R| / Σ E R.</param>
/// <param name="WapeSkill">The engine's gain over it on the windows both answered, 1 − engine / method; with its interval.</param>
public sealed record ExpectedMethodFigures(string Method, int Windows, double? Wape, Estimate WapeSkill);
