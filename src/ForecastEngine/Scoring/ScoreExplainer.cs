using ForecastEngine.Snapshots;
using ForecastEngine.Statistics.Trees;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Scoring;

/// <summary>
/// Why a win probability is what it is: exact tree SHAP on the log odds of winning and losing in every cell ahead, carried
/// to the probability by the Aumann–Shapley integral along the straight line from the average deal to this one, so that
/// base + Σ drivers = win probability.
/// </summary>
/// <remarks>
/// φ_j = ∫₀¹ Σ_{c,k} ∂P/∂η_{c,k}(η⁰ + s(η − η⁰)) · φ_{j,c,k} ds, with η⁰ the log odds of the average training row asked about
/// the same cells. Reference: Aumann and Shapley, "Values of Non-Atomic Games", 1974; Sundararajan et al., ICML 2017.
/// One explainer may be shared between threads.
/// </remarks>
public sealed class ScoreExplainer
{
    private static readonly double[] Nodes;
    private static readonly double[] Weights;
    private readonly WinProbabilityModel _model;
    private readonly TreeShap? _won;
    private readonly TreeShap? _lost;
    private readonly TreeShap? _outcome;
    private readonly string[] _driverNames;
    private readonly int[] _driverOfColumn;

    static ScoreExplainer()
    {
        var rule = new MathNet.Numerics.Integration.GaussLegendreRule(0, 1, 32);
        Nodes = [.. rule.Abscissas];
        Weights = [.. rule.Weights];
    }

    /// <summary>Prepares the explanations of a model's scores.</summary>
    public ScoreExplainer(WinProbabilityModel model)
    {
        _model = model;
        var count = model.Features.Count;
        _won = Shap(model.Won);
        _lost = Shap(model.Lost);
        if (model.Outcome is { } outcome)
            _outcome = new TreeShap(outcome.Trees, outcome.Covers, count + outcome.Levels.Count, Context(count + outcome.Levels.Count));
        string[] ofColumn = [.. model.Features.Features.Select(f => f.Driver), .. Enumerable.Range(0, AheadFeatures.Count).Select(AheadFeatures.DriverOf)];
        _driverNames = [.. ofColumn.Append(Drivers.Stage).Append(Driver.Market).Distinct().Order(StringComparer.Ordinal)];
        _driverOfColumn = [.. ofColumn.Select(d => Array.IndexOf(_driverNames, d))];

        TreeShap? Shap(CauseModel cause) => cause.Trees is null ? null : new TreeShap(cause.Trees, cause.Covers!, count, Context(count));

        static int[] Context(int from) => [.. AheadFeatures.Context.Select(c => from + c)];
    }

    /// <summary>Base probability and drivers, largest effect first.</summary>
    /// <param name="snapshot">The deal.</param>
    /// <param name="marketShift">What the common factor adds to the log odds of winning in each cell.</param>
    public (double BaseProbability, IReadOnlyList<Driver> Drivers) Explain(OpportunitySnapshot snapshot, ReadOnlySpan<double> marketShift)
    {
        var cells = _model.Grid.Count;
        var ahead = new float[AheadFeatures.Count * GridScorer.MaxPoints];
        _model.WriteAhead(snapshot, ahead);
        var (wonBase, wonShares) = LogOddsShares(_model.Won, _won, snapshot, ahead);
        var (lostBase, lostShares) = LogOddsShares(_model.Lost, _lost, snapshot, ahead);
        if (_outcome is not null) PartAnew(snapshot, ahead, wonBase, wonShares, lostBase, lostShares);
        var market = Array.IndexOf(_driverNames, Driver.Market);
        for (var k = 0; k < cells; k++) wonShares[market * cells + k] += marketShift[k];
        var (wonTotal, lostTotal) = (Totals(wonShares, cells), Totals(lostShares, cells));

        var age = _model.AgeOf(snapshot);
        var late = _model.TailWinShare * _model.LateOf(age).Share;
        var contributions = new double[_driverNames.Length];
        var (wonSlope, lostSlope) = (new double[cells], new double[cells]);
        var (wonMean, lostMean) = (new double[cells], new double[cells]);
        foreach (var (from, until) in SmoothPieces(wonBase, wonTotal, lostBase, lostTotal))
            for (var n = 0; n < Nodes.Length; n++)
            {
                Slopes(wonBase, wonTotal, lostBase, lostTotal, from + (until - from) * Nodes[n], late, wonSlope,
                    lostSlope);
                for (var k = 0; k < cells; k++)
                {
                    wonMean[k] += (until - from) * Weights[n] * wonSlope[k];
                    lostMean[k] += (until - from) * Weights[n] * lostSlope[k];
                }
            }
        for (var d = 0; d < contributions.Length; d++)
            for (var k = 0; k < cells; k++)
                contributions[d] += wonMean[k] * wonShares[d * cells + k] + lostMean[k] * lostShares[d * cells + k];
        var drivers = contributions.Select((c, d) => new Driver(_driverNames[d], c)).Where(d => d.Contribution != 0)
            .OrderByDescending(d => Math.Abs(d.Contribution)).ThenBy(d => d.Name, StringComparer.Ordinal).ToList();
        return (_model.FromLogOdds(wonBase, lostBase, ageDays: age).WinProbability, drivers);
    }

    // Log odds of the average deal per cell, and each driver's share in this deal's log odds per cell.
    private (double[] Base, double[] Shares) LogOddsShares(CauseModel cause, TreeShap? shap, OpportunitySnapshot snapshot, float[] ahead)
    {
        var cells = _model.Grid.Count;
        var (expected, shares) = (new double[cells], new double[_driverNames.Length * cells]);
        var (own, all) = (new double[cells], new double[cells]);
        var key = _model.KeyOf(snapshot);
        cause.PacedRates(key, ahead, own);
        cause.PacedRates("", ahead, all);
        var stage = Array.IndexOf(_driverNames, _model.IsByAge ? Drivers.Age : Drivers.Stage);
        var rateWeight = cause.Slope * (shap is null ? 1 : 1 - cause.TreeWeight);
        for (var k = 0; k < cells; k++) shares[stage * cells + k] = rateWeight * (own[k] - all[k]);
        if (shap is null)
        {
            for (var k = 0; k < cells; k++) expected[k] = cause.Intercept + cause.Slope * all[k];
            return (expected, shares);
        }
        var byColumn = new double[_driverOfColumn.Length * cells];
        shap.Explain(snapshot.Features, ahead, expected, byColumn);
        var treeWeight = cause.Slope * cause.TreeWeight;
        for (var column = 0; column < _driverOfColumn.Length; column++)
            for (var k = 0; k < cells; k++)
                shares[_driverOfColumn[column] * cells + k] += treeWeight * cause.Scale * byColumn[column * cells + k];
        var (ownOffsets, allOffsets) = (new double[cells], new double[cells]);
        cause.TreeOffsets("", 0, ahead, allOffsets);
        if (cause.Line is { } line)
        {
            // Where all rows without the event are kept, the trees say what the line would: there it has no share.
            var (whole, without) = (line.Of(snapshot.Features), new double[cells]);
            cause.TreeOffsets(key, whole, ahead, ownOffsets);
            cause.TreeOffsets(key, 0, ahead, without);
            for (var j = 0; j < line.Columns.Length && whole != 0; j++)
                for (var k = 0; k < cells; k++)
                    shares[_driverOfColumn[line.Columns[j]] * cells + k] += treeWeight * (ownOffsets[k] - without[k]) * line.Share(j, snapshot.Features) / whole;
            ownOffsets = without;
        }
        else cause.TreeOffsets(key, 0, ahead, ownOffsets);
        for (var k = 0; k < cells; k++)
        {
            shares[stage * cells + k] += treeWeight * (ownOffsets[k] - allOffsets[k]);
            expected[k] = cause.Intercept + treeWeight * (cause.Scale * expected[k] + allOffsets[k]) + rateWeight * all[k];
        }
        return (expected, shares);
    }

    // Which way closings go, carried to the two log odds: the Aumann–Shapley integral once more, in each cell along the straight line
    // from the average deal's three log odds to this one's; what the quadrature misses goes to all drivers in proportion.
    private void PartAnew(OpportunitySnapshot snapshot, float[] ahead, double[] wonBase, double[] wonShares, double[] lostBase, double[] lostShares)
    {
        var (cells, outcome) = (_model.Grid.Count, _model.Outcome!);
        var (outcomeBase, outcomeShares) = OutcomeShares(outcome, snapshot, ahead);
        var (wonTotal, lostTotal, outcomeTotal) = (Totals(wonShares, cells), Totals(lostShares, cells), Totals(outcomeShares, cells));
        for (var k = 0; k < cells; k++)
        {
            var mean = default(OutcomeSlopes);
            for (var n = 0; n < Nodes.Length; n++)
            {
                var at = outcome.SlopesAt(outcomeBase[k] + Nodes[n] * outcomeTotal[k], wonBase[k] + Nodes[n] * wonTotal[k], lostBase[k] + Nodes[n] * lostTotal[k]);
                mean = mean.Plus(Weights[n], at);
            }
            var from = outcome.Part(outcomeBase[k], wonBase[k], lostBase[k]);
            var to = outcome.Part(outcomeBase[k] + outcomeTotal[k], wonBase[k] + wonTotal[k], lostBase[k] + lostTotal[k]);
            var (won, lost) = (0.0, 0.0);
            for (var i = k; i < wonShares.Length; i += cells)
            {
                var (w, l, o) = (wonShares[i], lostShares[i], outcomeShares[i]);
                wonShares[i] = mean.WonByWon * w + mean.WonByLost * l + mean.WonByOutcome * o;
                lostShares[i] = mean.LostByWon * w + mean.LostByLost * l + mean.LostByOutcome * o;
                (won, lost) = (won + wonShares[i], lost + lostShares[i]);
            }
            Complete(wonShares, k, cells, won, to.Won - from.Won);
            Complete(lostShares, k, cells, lost, to.Lost - from.Lost);
            (wonBase[k], lostBase[k]) = from;
        }
    }

    private static void Complete(double[] shares, int cell, int cells, double sum, double wanted)
    {
        var size = 0.0;
        for (var i = cell; i < shares.Length; i += cells) size += Math.Abs(shares[i]);
        for (var i = cell; i < shares.Length && size > 0; i += cells) shares[i] += (wanted - sum) * Math.Abs(shares[i]) / size;
    }

    // Log odds of a win of the average deal per cell, given that it closes there, and each driver's share in this deal's.
    private (double[] Base, double[] Shares) OutcomeShares(OutcomeModel outcome, OpportunitySnapshot snapshot, float[] ahead)
    {
        var (cells, own) = (_model.Grid.Count, new float[snapshot.Features.Length + outcome.Levels.Count]);
        outcome.Write(snapshot.Features, own);
        var (expected, shares) = (new double[cells], new double[_driverNames.Length * cells]);
        var byColumn = new double[(own.Length + AheadFeatures.Count) * cells];
        _outcome!.Explain(own, ahead, expected, byColumn);
        for (var column = 0; column < own.Length + AheadFeatures.Count; column++)
        {
            var source = column < snapshot.Features.Length ? column
                : column < own.Length ? outcome.Levels[column - snapshot.Features.Length].Column : column - outcome.Levels.Count;
            for (var k = 0; k < cells; k++) shares[_driverOfColumn[source] * cells + k] += outcome.Scale * byColumn[column * cells + k];
        }
        for (var j = 0; j < outcome.Line?.Columns.Length; j++)
            for (var k = 0; k < cells; k++) shares[_driverOfColumn[outcome.Line.Columns[j]] * cells + k] += outcome.Line.Share(j, snapshot.Features);
        for (var k = 0; k < cells; k++) expected[k] = outcome.Intercept + outcome.Scale * expected[k];
        return (expected, shares);
    }

    // The line has a kink where the two hazards of a cell add up to 1 (log odds of winning = −log odds of losing): integrate between them.
    private static List<(double From, double Until)> SmoothPieces(double[] wonBase, double[] wonTotal, double[] lostBase, double[] lostTotal)
    {
        var ends = new List<double> { 0, 1 };
        for (var k = 0; k < wonBase.Length; k++)
        {
            var kink = -(wonBase[k] + lostBase[k]) / (wonTotal[k] + lostTotal[k]);
            if (kink is > 0 and < 1) ends.Add(kink);
        }
        ends.Sort();
        return [.. ends.Zip(ends.Skip(1))];
    }

    // ∂P/∂η at a point of the line: with V_k the chance to win from cell k on while open, ∂P/∂h_w = S_k(1 − V_{k+1}) and ∂P/∂h_l = −S_k V_{k+1}.
    private static void Slopes(double[] wonBase, double[] wonTotal, double[] lostBase, double[] lostTotal, double s,
        double late, double[] wonSlope, double[] lostSlope)
    {
        var cells = wonBase.Length;
        Span<double> won = stackalloc double[cells];
        Span<double> lost = stackalloc double[cells];
        Span<double> value = stackalloc double[cells + 1];
        for (var k = 0; k < cells; k++)
        {
            won[k] = 1 / (1 + Math.Exp(-(wonBase[k] + s * wonTotal[k])));
            lost[k] = 1 / (1 + Math.Exp(-(lostBase[k] + s * lostTotal[k])));
        }
        value[cells] = late;
        for (var k = cells - 1; k >= 0; k--)
        {
            var sum = Math.Max(1, won[k] + lost[k]);
            value[k] = won[k] / sum + (1 - (won[k] + lost[k]) / sum) * value[k + 1];
        }
        var survival = 1.0;
        for (var k = 0; k < cells; k++)
        {
            var (w, l) = (won[k], lost[k]);
            var (dw, dl) = (w * (1 - w), l * (1 - l));
            if (w + l <= 1)
            {
                wonSlope[k] = survival * (1 - value[k + 1]) * dw;
                lostSlope[k] = -survival * value[k + 1] * dl;
                survival *= 1 - w - l;
                continue;
            }
            var square = (w + l) * (w + l);
            wonSlope[k] = survival * l / square * dw;
            lostSlope[k] = -survival * w / square * dl;
            survival = 0;
        }
    }

    private static double[] Totals(double[] shares, int cells)
    {
        var totals = new double[cells];
        for (var i = 0; i < shares.Length; i++) totals[i % cells] += shares[i];
        return totals;
    }
}
