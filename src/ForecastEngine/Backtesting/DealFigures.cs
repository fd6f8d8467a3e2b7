using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting;

/// <summary>How well one method told which open deals would be won by the end of the period.</summary>
/// <param name="Method">Its name: see <see cref="Backtesting.Method"/>; the oracle gives the true probability.</param>
/// <param name="KnowsTime">False where it answers "won eventually", while "won by the end of the period" is judged.</param>
/// <param name="Rows">Deals in windows that it gave a probability for.</param>
/// <param name="Brier">Mean squared error; lower is better.</param>
/// <param name="LogLoss">In nats; lower is better.</param>
/// <param name="Auc">Does it order them; ½ not at all, 1 perfectly. Null where all ended alike.</param>
/// <param name="Ece">Expected calibration error; lower is better.</param>
/// <param name="Intercept">Of the recalibration line in logits; 0 is right.</param>
/// <param name="Slope">Its slope; 1 is right, below 1 too extreme.</param>
/// <param name="Parts">The Brier score's reliability, resolution and uncertainty.</param>
/// <param name="TrueEce">Calibration error against the true probabilities of a simulated world; null elsewhere.</param>
/// <param name="Skill">The engine's Brier skill over it on the rows both answered; above 0 the engine is better. 0 for the engine itself.</param>
public sealed record DealMethodFigures(string Method, bool KnowsTime, int Rows, double Brier, double LogLoss, double? Auc, double Ece, double? Intercept, double? Slope, BrierParts Parts, double? TrueEce, Estimate Skill);

/// <summary>What a method promised and what came, by bins of equal mass.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Bins">By rising probability.</param>
public sealed record ReliabilityCurve(string Method, IReadOnlyList<ReliabilityBin> Bins);

/// <summary>How well the single deals were foretold. A row is a deal in a window; one deal may stand in several.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Deals">Different deals.</param>
/// <param name="Won">Rows whose deal was won by the end of the period.</param>
/// <param name="Clusters">Clusters that the intervals draw.</param>
/// <param name="Methods">By method, the engine first, an oracle last.</param>
/// <param name="Curves">Reliability of the engine and, where it is there, the stage rate.</param>
/// <param name="SkillCaptured">
/// Share of what can be gained over the stage rate that the engine gains, (BSS_e − BSS_s)/(BSS_o − BSS_s) = 1 − Σ(p_e − p*)²/Σ(p_s − p*)² with the true p*, so that
/// the outcomes' luck drops out; null where no truth is known.
/// </param>
public sealed record DealsFigures(int Rows, int Deals, int Won, int Clusters, IReadOnlyList<DealMethodFigures> Methods, IReadOnlyList<ReliabilityCurve> Curves, Estimate? SkillCaptured);
