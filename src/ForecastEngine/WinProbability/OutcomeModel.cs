using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.WinProbability;

/// <summary>
/// Which way a closing goes: log odds that a deal which closes in a cell is won there. Learned from closed deals alone, one
/// row each, it finds what columns tell together where the hazards, whose rows are mostly weeks in which nothing
/// happened, do not. It leaves alone when deals close.
/// </summary>
/// <remarks>
/// The likelihood of two causes parts exactly: h_w = h p and h_l = h (1 − p), with h the hazard of closing at all and p the
/// chance that a closing is a win; so p is learned without bias from closed deals, however young the open ones are. Here
/// logit p = (1 − v) (ln h_w − ln h_l) + v (a line(x) + b trees(x) + c).
/// Reference: Larson and Dinse, "A mixture model for the regression analysis of competing risks data", Applied Statistics
/// 34, 1985; Beyersmann et al., Statistics in Medicine 28, 2009.
/// </remarks>
public sealed record OutcomeModel
{
    private const double Least = 1e-12;

    // A little stays open in any cell, as the two hazards together have a kink where nothing does.
    private const double MostClosing = 1 - 1e-6;

    /// <summary>Trees over the snapshot's columns, then a column for each of <see cref="Levels"/>, then those of the
    /// cell.</summary>
    public required TreeEnsemble Trees { get; init; }

    /// <summary>Levels with a column of their own, 1 where the deal has it: the column that names it, and its
    /// number.</summary>
    public required IReadOnlyList<ColumnLevel> Levels { get; init; }

    /// <summary>Training rows per leaf.</summary>
    public required TreeCovers Covers { get; init; }

    /// <summary>b × the log odds per unit of the trees' score.</summary>
    public required double Scale { get; init; }

    /// <summary>The line, its coefficients times a; null where no column varies.</summary>
    public HazardLine? Line { get; init; }

    /// <summary>c.</summary>
    public required double Intercept { get; init; }

    /// <summary>v, how much it counts against the hazards' own ratio, 0–1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Log odds of a win in each cell, given that the deal closes there.</summary>
    public void LogOdds(ReadOnlySpan<float> columns, ReadOnlySpan<float> ahead, Span<double> logOdds)
    {
        Span<float> own = stackalloc float[columns.Length + Levels.Count];
        Write(columns, own);
        GridScorer.Score(Trees, own, ahead, logOdds);
        var same = Intercept + (Line?.Of(columns) ?? 0);
        for (var k = 0; k < logOdds.Length; k++)
            logOdds[k] = same + Scale * logOdds[k];
    }

    /// <summary>The snapshot's columns and those of <see cref="Levels"/>.</summary>
    internal void Write(ReadOnlySpan<float> columns, Span<float> own) => Write(columns, Levels, own);

    /// <summary>The same for given levels.</summary>
    internal static void Write(ReadOnlySpan<float> columns, IReadOnlyList<ColumnLevel> levels, Span<float> own)
    {
        columns.CopyTo(own);
        for (var l = 0; l < levels.Count; l++)
            own[columns.Length + l] = columns[levels[l].Column] == levels[l].Level ? 1 : 0;
    }

    /// <summary>Parts the hazard of closing anew: what is won and what is lost, in log odds, in place.</summary>
    /// <param name="logOdds">Of <see cref="LogOdds"/>.</param>
    /// <param name="won">Log odds of the hazard of winning per cell.</param>
    /// <param name="lost">Log odds of the hazard of losing per cell.</param>
    public void Part(ReadOnlySpan<double> logOdds, Span<double> won, Span<double> lost)
    {
        for (var k = 0; k < logOdds.Length; k++)
            (won[k], lost[k]) = Part(logOdds[k], won[k], lost[k]);
    }

    /// <summary>The same for one cell.</summary>
    internal (double Won, double Lost) Part(double logOdds, double won, double lost)
    {
        var (w, l) = (1 / (1 + Math.Exp(-won)), 1 / (1 + Math.Exp(-lost)));
        var total = Math.Min(MostClosing, w + l);
        var share = 1 / (1 + Math.Exp(-((1 - Weight) * Math.Log(w / l) + Weight * logOdds)));
        return (LogOddsOf(total * share), LogOddsOf(total * (1 - share)));
    }

    /// <summary>How the two log odds that <see cref="Part(double, double, double)"/> gives move with each of its
    /// arguments.</summary>
    internal OutcomeSlopes SlopesAt(double logOdds, double won, double lost)
    {
        var (w, l) = (1 / (1 + Math.Exp(-won)), 1 / (1 + Math.Exp(-lost)));
        var (sum, total) = (w + l, Math.Min(MostClosing, w + l));
        var share = 1 / (1 + Math.Exp(-((1 - Weight) * Math.Log(w / l) + Weight * logOdds)));
        var (wonPerLog, lostPerLog) = (
            1 / Math.Max(1 - total * share, Least),
            1 / Math.Max(1 - total * (1 - share), Least)
        );
        // ∂ ln total and ∂ logit share by each argument.
        var (totalByWon, totalByLost) = sum < MostClosing ? (w * (1 - w) / sum, l * (1 - l) / sum) : (0, 0);
        var (shareByWon, shareByLost) = ((1 - Weight) * (1 - w), -(1 - Weight) * (1 - l));
        return new OutcomeSlopes(
            wonPerLog * (totalByWon + (1 - share) * shareByWon),
            wonPerLog * (totalByLost + (1 - share) * shareByLost),
            wonPerLog * (1 - share) * Weight,
            lostPerLog * (totalByWon - share * shareByWon),
            lostPerLog * (totalByLost - share * shareByLost),
            -lostPerLog * share * Weight
        );
    }

    private static double LogOddsOf(double hazard)
    {
        var inside = Math.Clamp(hazard, Least, 1 - Least);
        return Math.Log(inside / (1 - inside));
    }
}

/// <summary>Derivatives of <see cref="OutcomeModel.Part(double, double, double)"/>.</summary>
internal readonly record struct OutcomeSlopes(
    double WonByWon,
    double WonByLost,
    double WonByOutcome,
    double LostByWon,
    double LostByLost,
    double LostByOutcome
)
{
    /// <summary>These and a multiple of others.</summary>
    public OutcomeSlopes Plus(double factor, OutcomeSlopes other) =>
        new(
            WonByWon + factor * other.WonByWon,
            WonByLost + factor * other.WonByLost,
            WonByOutcome + factor * other.WonByOutcome,
            LostByWon + factor * other.LostByWon,
            LostByLost + factor * other.LostByLost,
            LostByOutcome + factor * other.LostByOutcome
        );
}

/// <summary>A level of a category.</summary>
/// <param name="Column">The column of the snapshot that names the level.</param>
/// <param name="Level">Its number there.</param>
public readonly record struct ColumnLevel(int Column, int Level);
