using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting;

/// <summary>Sums up what was said of single deals. All rows of one deal are drawn together.</summary>
internal sealed class DealReport
{
    private readonly BacktestReportOptions _options;
    private readonly Dictionary<string, double[]> _probabilities = [];
    private readonly HashSet<string> _timeless = [];
    private readonly double[] _outcomes;
    private readonly double[]? _truth;
    private readonly int[] _clusters;
    private readonly int _deals, _drawn;

    public DealReport(IReadOnlyList<WindowResult> windows, BacktestReportOptions options)
    {
        _options = options;
        var rows = windows.Sum(w => w.Deals.Ids.Count);
        _outcomes = new double[rows];
        _clusters = new int[rows];
        _truth = rows > 0 && windows.All(w => w.Deals.Ids.Count == 0 || w.Deals.Truth is not null) ? new double[rows] : null;
        var numbers = new Dictionary<(string, string), int>();
        var start = 0;
        foreach (var window in windows)
        {
            var deals = window.Deals;
            Check(window, deals);
            for (var d = 0; d < deals.Ids.Count; d++)
            {
                _outcomes[start + d] = deals.Outcomes[d];
                if (_truth is not null) _truth[start + d] = deals.Truth![d];
                if (!numbers.TryGetValue((window.Series, deals.Ids[d]), out var number)) numbers.Add((window.Series, deals.Ids[d]), number = numbers.Count);
                _clusters[start + d] = number;
            }
            foreach (var (method, said) in deals.Probabilities)
            {
                if (!_probabilities.TryGetValue(method, out var column))
                {
                    _probabilities.Add(method, column = new double[rows]);
                    Array.Fill(column, double.NaN);
                }
                said.CopyTo(column, start);
            }
            _timeless.UnionWith(deals.Timeless);
            start += deals.Ids.Count;
        }
        _deals = numbers.Count;
        _drawn = Math.Min(_deals, options.MostDealClusters);
        if (_deals > options.MostDealClusters)
            for (var row = 0; row < rows; row++) _clusters[row] = CounterRandom.For(options.Seed, _clusters[row]).Below(options.MostDealClusters);
    }

    /// <summary>Null where there are no deals or the engine said nothing of any.</summary>
    public DealsFigures? Report()
    {
        if (!_probabilities.TryGetValue(Method.Engine, out var engine) || engine.All(double.IsNaN)) return null;
        string[] methods = [Method.Engine, .. _probabilities.Keys.Where(m => m != Method.Engine && _probabilities[m].Any(p => !double.IsNaN(p)))];
        var (figures, curves) = (new List<DealMethodFigures>(), new List<ReliabilityCurve>());
        foreach (var method in methods)
        {
            figures.Add(Of(method, _probabilities[method], engine, out var bins));
            if (method is Method.Engine or Method.StageRate) curves.Add(new ReliabilityCurve(method, bins));
        }
        if (_truth is not null) figures.Add(Of(Method.Oracle, _truth, engine, out _));
        return new DealsFigures(_outcomes.Length, _deals, (int)_outcomes.Sum(), _drawn, figures, curves, SkillCaptured(engine));
    }

    private DealMethodFigures Of(string method, double[] said, double[] engine, out IReadOnlyList<ReliabilityBin> bins)
    {
        var (rows, p, y, t, weights) = Distinct(said);
        bins = Reliability.Bins(p, y, _options.ReliabilityBins, weights);
        var line = p.Length < 2 || y.All(o => o == 0) || y.All(o => o == 1) ? (ReliabilityLine?)null : Reliability.Line(p, y, weights);
        return new DealMethodFigures(method, !_timeless.Contains(method), rows, Mean(_outcomes, (q, o) => (q - o) * (q - o)), Mean(_outcomes, ProbabilityScores.LogLoss), Estimate.Finite(ProbabilityScores.Auc(p, y, weights)),
            bins.Sum(b => b.Weight * Math.Abs(b.MeanProbability - b.MeanOutcome)) / bins.Sum(b => b.Weight), line is { } l ? Estimate.Finite(l.Intercept) : null, line is { } m ? Estimate.Finite(m.Slope) : null,
            BrierParts.Of(bins), _truth is null ? null : Reliability.ExpectedCalibrationError(p, t, _options.ReliabilityBins, weights), Gain(engine, said, _outcomes));

        double Mean(double[] outcomes, Func<double, double, double> loss)
        {
            double sum = 0;
            for (var r = 0; r < said.Length; r++)
                if (!double.IsNaN(said[r])) sum += loss(said[r], outcomes[r]);
            return sum / rows;
        }
    }

    // Rows with one and the same probability as one weighted row: likelihoods, orders and bins stay what they are, and methods that
    // give few different probabilities cost next to nothing.
    private (int Rows, double[] Probabilities, double[] Outcomes, double[] Truth, double[] Weights) Distinct(double[] said)
    {
        int[] rows = [.. Enumerable.Range(0, said.Length).Where(r => !double.IsNaN(said[r]))];
        double[] values = [.. rows.Select(r => said[r])];
        Array.Sort(values, rows);
        List<double> p = [], y = [], t = [], weights = [];
        for (int start = 0, end; start < rows.Length; start = end)
        {
            double won = 0, truth = 0;
            for (end = start; end < rows.Length && values[end] == values[start]; end++)
            {
                won += _outcomes[rows[end]];
                truth += _truth?[rows[end]] ?? 0;
            }
            p.Add(values[start]);
            y.Add(won / (end - start));
            t.Add(Math.Min(1, truth / (end - start)));
            weights.Add(end - start);
        }
        return (rows.Length, [.. p], [.. y], [.. t], [.. weights]);
    }

    private Estimate? SkillCaptured(double[] engine) =>
        _truth is not null && _probabilities.TryGetValue(Method.StageRate, out var stage) && stage.Any(p => !double.IsNaN(p)) ? Gain(engine, stage, _truth) : null;

    // 1 − Σ(p_mine − y)² / Σ(p_theirs − y)² over the rows both answered; the squares are summed by cluster before anything is drawn.
    private Estimate Gain(double[] mine, double[] theirs, double[] outcomes)
    {
        var (left, right, count) = (new double[_drawn], new double[_drawn], new int[_drawn]);
        for (var r = 0; r < outcomes.Length; r++)
        {
            if (double.IsNaN(mine[r]) || double.IsNaN(theirs[r])) continue;
            left[_clusters[r]] += (mine[r] - outcomes[r]) * (mine[r] - outcomes[r]);
            right[_clusters[r]] += (theirs[r] - outcomes[r]) * (theirs[r] - outcomes[r]);
            count[_clusters[r]]++;
        }
        int[] present = [.. Enumerable.Range(0, _drawn).Where(c => count[c] > 0)];
        if (present.Length == 0) return new Estimate(null, null, null);
        return Estimate.Of(Bootstrap.RelativeGain([.. present.Select(c => left[c])], [.. present.Select(c => right[c])], [], _options.Level, _options.Seed, _options.Replicates), present.Length);
    }

    private static void Check(WindowResult window, DealForecasts deals)
    {
        var expected = deals.Ids.Count;
        foreach (var (column, found) in deals.Probabilities.Select(p => (p.Key, p.Value.Length)).Append(("outcomes", deals.Outcomes.Count)).Append(("truth", deals.Truth?.Count ?? expected)))
            if (found != expected) throw new ArgumentException($"{nameof(BacktestReport)}: found {found} values of {column} for the {expected} deals of {window.Window.Period.Label} as of {window.Window.Cutoff}; expected one per deal.");
    }
}
