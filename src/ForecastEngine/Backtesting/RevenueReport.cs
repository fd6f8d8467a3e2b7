using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting;

/// <summary>Sums up what was forecast of revenue. Windows of one series and period are drawn together.</summary>
internal sealed class RevenueReport(IReadOnlyList<WindowResult> windows, IReadOnlyList<int> clusters, BacktestReportOptions options)
{
    private const int PitBins = 10;
    private static readonly int[] HorizonEnds = [14, 42, 70];

    /// <summary>By method, the engine first, then as they first occur.</summary>
    public IReadOnlyList<MethodFigures> Methods() => [.. windows.SelectMany(w => w.Forecasts.Select(f => f.Method)).Distinct().OrderBy(m => m != Method.Engine).Select(Of)];

    /// <summary>The engine's bands by rising level.</summary>
    public IReadOnlyList<CoverageFigures> Coverage() =>
        [.. windows.SelectMany(w => w.Engine.Bands.Select(b => b.Level)).Distinct().Order().Select(level => CoverageAt([.. windows.Select(w => (w.Actual, w.Engine))], level)!)];

    /// <summary>Null where the engine gave no distribution.</summary>
    public PitFigures? Pit()
    {
        double[] pits = [.. windows.Select(w => w.Engine.Pit).OfType<double>()];
        if (pits.Length == 0) return null;
        var counts = new int[PitBins];
        foreach (var pit in pits) counts[Math.Min(PitBins - 1, (int)(pit * PitBins))]++;
        var test = KolmogorovSmirnov.Uniform(pits);
        return new PitFigures(counts, pits.Length, test.Statistic, test.PValue);
    }

    /// <summary>By how far the period has gone.</summary>
    public IReadOnlyList<GroupFigures> Kinds() =>
        [.. windows.GroupBy(w => w.Window.WeekOfPeriod).OrderBy(g => g.Key).Select(g => Group(g.First().Window.Kind, g.Key, g.Key, [.. g]))];

    /// <summary>By days to the end of the period.</summary>
    public IReadOnlyList<GroupFigures> Horizons() =>
        [.. windows.GroupBy(w => HorizonEnds.Count(end => end < w.Window.Horizon)).OrderBy(g => g.Key).Select(g =>
        {
            var (from, until) = (g.Key == 0 ? (int?)null : HorizonEnds[g.Key - 1] + 1, g.Key == HorizonEnds.Length ? (int?)null : HorizonEnds[g.Key]);
            return Group(from is null ? FormattableString.Invariant($"up to {until} days") : until is null ? FormattableString.Invariant($"over {from - 1} days") : FormattableString.Invariant($"{from} to {until} days"), from, until, [.. g]);
        })];

    /// <summary>By thirds of the engine's own forecast (not of what came: judging by the outcome would favour bold forecasts); empty below 12 windows.</summary>
    public IReadOnlyList<GroupFigures> Sizes()
    {
        if (windows.Count < 12) return [];
        var ordered = windows.OrderBy(w => w.Engine.Median).ToArray();
        string[] names = ["smallest third", "middle third", "largest third"];
        return [.. names.Select((name, third) =>
        {
            var members = ordered[(ordered.Length * third / 3)..(ordered.Length * (third + 1) / 3)];
            return Group(name, members[0].Engine.Median, members[^1].Engine.Median, members);
        })];
    }

    /// <summary>By team, by name; teams of simulated worlds that share id and name are one.</summary>
    public IReadOnlyList<PartFigures> Teams() => Parts(w => w.Teams);

    /// <summary>By sales pipeline, likewise.</summary>
    public IReadOnlyList<PartFigures> Pipelines() => Parts(w => w.Pipelines);

    private PartFigures[] Parts(Func<WindowResult, IReadOnlyList<SegmentResult>> of)
    {
        var found = windows.SelectMany(of).GroupBy(t => (t.Key, t.Name)).OrderBy(g => g.Key.Key.Length == 0).ThenBy(g => g.Key.Name, StringComparer.Ordinal).Select(g =>
        {
            var parts = g.ToArray();
            double[] actuals = [.. parts.Select(p => p.Actual)];
            return new PartFigures(g.Key.Key, g.Key.Name, parts.Length, Estimate.Finite(PointScores.Wape([.. parts.Select(p => p.Forecast.Median)], actuals)),
                Estimate.Finite(PointScores.Bias([.. parts.Select(p => p.Forecast.Mean)], actuals)), CoverageAt([.. parts.Select(p => (p.Actual, p.Forecast))], options.MainLevel), null);
        }).ToArray();
        var tested = Enumerable.Range(0, found.Length).Where(t => found[t].Coverage is not null).ToArray();
        var adjusted = Holm.Adjust([.. tested.Select(t => found[t].Coverage!.PValue)]);
        for (var i = 0; i < tested.Length; i++) found[tested[i]] = found[tested[i]] with { AdjustedPValue = adjusted[i] };
        return found;
    }

    /// <summary>Null where no truth is known.</summary>
    public TruthFigures? Truth()
    {
        int[] rows = [.. Enumerable.Range(0, windows.Count).Where(w => windows[w].Truth is not null)];
        if (rows.Length == 0) return null;
        WindowResult[] known = [.. rows.Select(w => windows[w])];
        int[] drawn = [.. rows.Select(w => clusters[w])];
        double[] actuals = [.. known.Select(w => w.Actual)], ones = [.. known.Select(_ => 1.0)];
        WindowForecast[] engine = [.. known.Select(w => w.Engine)], oracle = [.. known.Select(w => w.Truth!.Forecast)];
        int[] banded = [.. Enumerable.Range(0, known.Length).Where(w => Band.At(engine[w].Bands, options.MainLevel) is not null && Band.At(oracle[w].Bands, options.MainLevel) is not null)];
        var bias = Ratio(engine.Select(f => f.Mean), oracle.Select(f => f.Mean), drawn);
        return new TruthFigures(known.Length, Wape(engine, actuals), Wape(oracle, actuals), Ratio(Errors(engine, actuals), Errors(oracle, actuals), drawn),
            RelativeCrps(engine, actuals), RelativeCrps(oracle, actuals), Ratio(engine.Select(f => f.Crps), oracle.Select(f => f.Crps), drawn),
            [.. engine.SelectMany(f => f.Bands.Select(b => b.Level)).Distinct().Order().Select(TrueCoverageAt)],
            banded.Length == 0 ? null : Ratio(banded.Select(w => Width(engine[w])), banded.Select(w => Width(oracle[w])), [.. banded.Select(w => drawn[w])]),
            new Estimate(bias.Value - 1, bias.Lower - 1, bias.Upper - 1), Expected());

        TrueCoverage TrueCoverageAt(double level)
        {
            var found = Enumerable.Range(0, known.Length).Select(w => (Row: w, Band: engine[w].Bands.ToList().FindIndex(b => b.Level == level))).Where(f => f.Band >= 0 && f.Band < known[f.Row].Truth!.Coverage.Count).ToArray();
            return new TrueCoverage(level, Ratio(found.Select(f => known[f.Row].Truth!.Coverage[f.Band]), found.Select(_ => 1.0), [.. found.Select(f => drawn[f.Row])]));
        }
    }

    private ExpectedFigures? Expected()
    {
        int[] rows = [.. Enumerable.Range(0, windows.Count).Where(w => windows[w].Truth?.Expected is not null)];
        if (rows.Length == 0) return null;
        var (engine, oracle) = (ScoresOf(rows, Method.Engine), ScoresOf(rows, Method.Oracle));
        int[] drawn = [.. rows.Select(w => clusters[w])];
        string[] methods = [.. rows.SelectMany(w => windows[w].Truth!.Expected!).Select(e => e.Method).Distinct().Where(m => m is not (Method.Engine or Method.Oracle))];
        return new ExpectedFigures(rows.Length, WapeOf(rows, engine), WapeOf(rows, oracle), Ratio(engine.Select(e => e.Error), oracle.Select(e => e.Error), drawn), Ratio(engine.Select(e => e.Crps), oracle.Select(e => e.Crps), drawn),
        [
            .. methods.Select(method =>
            {
                int[] answered = [.. rows.Where(w => windows[w].Truth!.Expected!.Any(e => e.Method == method))];
                var said = ScoresOf(answered, method);
                return new ExpectedMethodFigures(method, answered.Length, WapeOf(answered, said),
                    Gain(ScoresOf(answered, Method.Engine).Select(e => e.Error), said.Select(e => e.Error), [.. answered.Select(w => clusters[w])]));
            }),
        ]);

        ExpectedScores[] ScoresOf(int[] of, string method) => [.. of.Select(w => windows[w].Truth!.Expected!.First(e => e.Method == method))];
        double? WapeOf(int[] of, ExpectedScores[] said) => Estimate.Finite(said.Sum(e => e.Error) / of.Sum(w => windows[w].Truth!.Forecast.Mean));
    }

    private MethodFigures Of(string method)
    {
        int[] rows = [.. Enumerable.Range(0, windows.Count).Where(w => windows[w].Of(method) is not null)];
        WindowForecast[] said = [.. rows.Select(w => windows[w].Of(method)!)], engine = [.. rows.Select(w => windows[w].Engine)];
        double[] actuals = [.. rows.Select(w => windows[w].Actual)];
        int[] drawn = [.. rows.Select(w => clusters[w])];
        return new MethodFigures(method, rows.Length, Wape(said, actuals), Estimate.Finite(PointScores.Bias([.. said.Select(f => f.Mean)], actuals)), said.Average(f => f.Crps), RelativeCrps(said, actuals),
            Gain(Errors(engine, actuals), Errors(said, actuals), drawn), Gain(engine.Select(f => f.Crps), said.Select(f => f.Crps), drawn));
    }

    private GroupFigures Group(string name, double? from, double? until, WindowResult[] members)
    {
        double[] actuals = [.. members.Select(w => w.Actual)];
        WindowForecast[] engine = [.. members.Select(w => w.Engine)];
        return new GroupFigures(name, from, until, members.Length, Wape(engine, actuals), WapeWhere(w => w.Of(options.Reference)), WapeWhere(w => w.Truth?.Forecast),
            Estimate.Finite(PointScores.Bias([.. engine.Select(f => f.Mean)], actuals)), RelativeCrps(engine, actuals), CoverageAt([.. members.Select(w => (w.Actual, w.Engine))], options.MainLevel));

        double? WapeWhere(Func<WindowResult, WindowForecast?> said)
        {
            var answered = members.Where(w => said(w) is not null).ToArray();
            return answered.Length == 0 ? null : Wape([.. answered.Select(w => said(w)!)], [.. answered.Select(w => w.Actual)]);
        }
    }

    private CoverageFigures? CoverageAt(IReadOnlyList<(double Actual, WindowForecast Forecast)> said, double level)
    {
        var banded = said.Select(s => (s.Actual, Band: Band.At(s.Forecast.Bands, level))).Where(s => s.Band is not null).Select(s => (s.Actual, Band: s.Band!.Value)).ToArray();
        if (banded.Length == 0) return null;
        var covered = banded.Count(b => b.Actual >= b.Band.Lower && b.Actual <= b.Band.Upper);
        var (lower, upper) = BinomialTest.Interval(covered, banded.Length, options.Level);
        var width = banded.Sum(b => b.Band.Upper - b.Band.Lower);
        return new CoverageFigures(level, banded.Length, covered, (double)covered / banded.Length, BinomialTest.PValue(covered, banded.Length, level), lower, upper,
            width / banded.Length, Estimate.Finite(width / banded.Sum(b => Math.Abs(b.Actual))), banded.Average(b => DistributionScores.IntervalScore(b.Band.Lower, b.Band.Upper, b.Actual, level)));
    }

    private Estimate Ratio(IEnumerable<double> a, IEnumerable<double> b, int[] drawn) =>
        Estimate.Of(Bootstrap.Ratio([.. a], [.. b], drawn, options.Level, options.Seed, options.Replicates), drawn.Distinct().Count());

    private Estimate Gain(IEnumerable<double> mine, IEnumerable<double> theirs, int[] drawn) =>
        Estimate.Of(Bootstrap.RelativeGain([.. mine], [.. theirs], drawn, options.Level, options.Seed, options.Replicates), drawn.Distinct().Count());

    private static IEnumerable<double> Errors(WindowForecast[] said, double[] actuals) => said.Select((f, i) => Math.Abs(f.Median - actuals[i]));

    private static double? Wape(WindowForecast[] said, double[] actuals) => Estimate.Finite(PointScores.Wape([.. said.Select(f => f.Median)], actuals));

    private static double? RelativeCrps(WindowForecast[] said, double[] actuals) => Estimate.Finite(said.Sum(f => f.Crps) / actuals.Sum(Math.Abs));

    private double Width(WindowForecast forecast) => Band.At(forecast.Bands, options.MainLevel) is { } band ? band.Upper - band.Lower : double.NaN;
}
