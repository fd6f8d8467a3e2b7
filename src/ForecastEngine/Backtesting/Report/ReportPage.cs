using System.Globalization;

namespace ForecastEngine.Backtesting.Report;

/// <summary>
/// A backtest as one HTML file that needs nothing else: style and drawings stand in it, no script runs, nothing is loaded, and its own
/// security policy forbids both. Figures come from the report alone; the windows only give the rows of the first chart.
/// </summary>
public sealed class ReportPage
{
    private const int MostRows = 40;
    private readonly Html _html;
    private readonly BacktestReport _report;
    private readonly IReadOnlyList<WindowResult> _windows;
    private readonly ReportHeader _header;
    private readonly ReportTexts _t;
    private readonly Notation _n;
    private readonly ReportCharts _charts;

    private ReportPage(TextWriter writer, BacktestReport report, IReadOnlyList<WindowResult> windows, ReportHeader header, ReportTexts texts) =>
        (_html, _report, _windows, _header, _t, _n, _charts) = (new Html(writer), report, windows, header, texts, texts.Notation, new ReportCharts(texts));

    /// <summary>Writes the page.</summary>
    /// <param name="writer">Where to; UTF-8.</param>
    /// <param name="report">The figures.</param>
    /// <param name="windows">The windows they were computed from.</param>
    /// <param name="header">Where they come from.</param>
    /// <param name="language">Language of the page.</param>
    public static void Write(TextWriter writer, BacktestReport report, IReadOnlyList<WindowResult> windows, ReportHeader header, ReportLanguage language)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(header);
        if (windows.Count != report.Windows) throw new ArgumentException($"{nameof(ReportPage)}: found {windows.Count} windows; expected the {report.Windows} of the report.");
        new ReportPage(writer, report, windows, header, ReportTexts.Of(language)).Write();
    }

    private void Write()
    {
        _html.Raw($"<!DOCTYPE html>\n<html lang=\"{_t.Tag}\">\n<head>\n<meta charset=\"utf-8\">");
        _html.Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">");
        _html.Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">");
        _html.Text("title", $"{_t.Title}: {_header.Title}");
        _html.Raw($"<style>\n{ReportStyle.Css}\n</style>\n</head>\n<body>\n<header>");
        _html.Text("h1", _t.Title);
        _html.Text("p", _t.Subtitle(_header.Title, _n.Date(_report.FirstCutoff), _n.Date(_report.LastCutoff)), "muted");
        _html.Raw("</header>\n<main>");
        Summary();
        Forecasts();
        Skill();
        Coverage();
        Deals();
        Groups();
        Truth();
        Statistics();
        Section(_t.UnknownHeading);
        _html.Raw($"<ul>{string.Concat(_report.Doubts.Select(_t.Doubt).Concat(_t.Limits).Select(d => $"<li>{Html.Encode(d)}</li>"))}</ul>");
        _html.Raw("</section>\n</main>\n<footer>");
        Source();
        _html.Raw("</footer>\n</body>\n</html>");
    }

    private void Summary()
    {
        Section(_t.Summary);
        List<string> sentences = [];
        List<(string Name, string Value)> tiles = [];
        if (_report.MainCoverage is { } main)
        {
            sentences.Add(_t.Covered(main.Covered, main.Windows, _n.LevelNumber(main.Level)));
            tiles.Add((_t.MeasureInBand(_n.LevelNumber(main.Level)), _t.OutOf(main.Covered, main.Windows)));
        }
        // Beside the method that people know stands the one that is hardest to beat.
        foreach (var rival in new[] { _report.Reference, _report.Strongest }.OfType<MethodFigures>().Distinct())
        {
            if (rival.WapeSkill is not { Value: { } gain } skill) continue;
            sentences.Add((gain >= 0 ? _t.Closer(_n.Percent(gain), rival.Method) : _t.Farther(_n.Percent(-gain), rival.Method))
                + (skill is { Lower: { } l, Upper: { } u } ? _t.IntervalAside(_n.LevelNumber(_report.Options.Level), _n.Percent(gain >= 0 ? l : -u), _n.Percent(gain >= 0 ? u : -l)) : "."));
            sentences.Add(skill is { Lower: > 0 } or { Upper: < 0 } ? _t.BeyondChance : _t.WithinChance);
            tiles.Add((_t.MeasureGain(rival.Method), _n.Percent(gain)));
        }
        if (_report.Engine.Wape is { } wape)
        {
            sentences.Add(_t.TypicalError(_n.Percent(wape)));
            tiles.Add((_t.MeasureError, _n.Percent(wape, 1)));
        }
        tiles.Add((_t.MeasureBias, _n.Signed(_report.Engine.Bias, 1)));
        _html.Text("p", string.Join(' ', sentences), "lead");
        _html.Raw($"<dl class=\"tiles\">{string.Concat(tiles.Select(t => $"<div><dt>{Html.Encode(t.Name)}</dt><dd>{Html.Encode(t.Value)}</dd></div>"))}</dl>");
        End();
    }

    private void Forecasts()
    {
        var shown = _windows.OrderBy(w => w.Window.Cutoff).ThenBy(w => w.Series, StringComparer.Ordinal).TakeLast(MostRows).ToList();
        Section(_t.ForecastsHeading, _t.ForecastsNote);
        if (shown.Count < _windows.Count) _html.Text("p", _t.ShownOf(shown.Count, _windows.Count), "muted");
        double[] levels = [.. _report.Coverage.Select(c => c.Level)];
        Pair(_charts.Forecasts(shown, Label), _t.Amounts(_header.Currency), () => _html.Table(_t.ForecastsChart, [_t.Forecast, ">" + _t.Actual, ">" + _t.Median, .. levels.Select(l => ">" + _t.BandOf(_n.LevelNumber(l)))],
            shown.Select(w => (IReadOnlyList<string>)[Label(w), _n.Money(w.Actual), _n.Money(w.Engine.Median), .. levels.Select(l => w.Engine.Bands.Where(b => b.Level == l).Select(b => $"{_n.Money(b.Lower)} – {_n.Money(b.Upper)}").FirstOrDefault() ?? _n.Number(null))])), true);
        End();
    }

    private void Skill()
    {
        var rivals = _report.Methods.Where(m => m.Method != Method.Engine).ToList();
        Section(_t.SkillHeading, _t.SkillNote);
        Pair(rivals.Count == 0 ? null : _charts.Gains("skill", _t.SkillChart, [.. rivals.Select(m => (_t.MethodName(m.Method), m.WapeSkill))]), _t.SkillChart, () => _html.Table(_t.Amounts(_header.Currency),
            [_t.MethodColumn, ">" + _t.Count, ">WAPE", ">" + _t.Bias, ">" + _t.MeanCrps, ">" + _t.RelativeCrps, ">" + _t.Gain, ">" + _t.Interval, ">" + _t.CrpsGain, ">" + _t.Interval],
            _report.Methods.Select(m => (IReadOnlyList<string>)[_t.MethodName(m.Method), _n.Number(m.Windows), _n.Percent(m.Wape, 1), _n.Signed(m.Bias, 1), _n.Money(m.MeanCrps), _n.Percent(m.RelativeCrps, 1),
                .. m.Method == Method.Engine ? (string[])["", "", "", ""] : [_n.Signed(m.WapeSkill.Value, 1), Ends(m.WapeSkill), _n.Signed(m.CrpsSkill.Value, 1), Ends(m.CrpsSkill)]])), true);
        End();
    }

    private void Coverage()
    {
        Section(_t.CoverageHeading, _t.CoverageNote);
        Pair(_report.Coverage.Count == 0 ? null : _charts.Coverage(_report.Coverage), _t.CoverageChart, () => _html.Table(_t.Amounts(_header.Currency),
            [_t.LevelColumn, ">" + _t.InBand, ">" + _t.Coverage, ">" + _t.Interval, ">" + _t.PValueColumn, ">" + _t.MeanWidth, ">" + _t.RelativeWidth, ">" + _t.IntervalScore],
            _report.Coverage.Select(c => (IReadOnlyList<string>)[_n.Level(c.Level), _t.OutOf(c.Covered, c.Windows), _n.Percent(c.Coverage, 1), Ends(c), _n.PValue(c.PValue), _n.Money(c.MeanWidth), _n.Percent(c.RelativeWidth), _n.Money(c.IntervalScore)])), true);
        End();
    }

    private void Deals()
    {
        if (_report.Deals is not { } deals) return;
        Section(_t.DealsHeading, _t.DealsNote);
        _html.Text("p", _t.DealsCounted(_n.Number(deals.Rows), _n.Number(deals.Deals), _n.Number(deals.Won)), "muted");
        Pair(_charts.Reliability(deals.Curves), $"{_t.ReliabilityChart}. {_t.BinsNote(_n.Number(_report.Options.ReliabilityBins))}", () =>
        {
            foreach (var curve in deals.Curves)
                _html.Table(_t.MethodName(curve.Method), [">" + _t.Promised, ">" + _t.Came, ">" + _t.Count],
                    curve.Bins.Select(b => (IReadOnlyList<string>)[_n.Percent(b.MeanProbability, 1), _n.Percent(b.MeanOutcome, 1), _n.Number(b.Weight)]));
        });
        _html.Text("p", _t.DealSkillNote);
        var rivals = deals.Methods.Where(m => m.Method != Method.Engine).ToList();
        Pair(rivals.Count == 0 ? null : _charts.Gains("deals", _t.DealSkillChart, [.. rivals.Select(m => (_t.MethodName(m.Method), m.Skill))]), _t.DealSkillChart, () =>
        {
            var isTrueKnown = deals.Methods.Any(m => m.TrueEce is not null);
            _html.Table(_t.DealsHeading, [_t.MethodColumn, ">" + _t.Count, ">" + _t.Brier, ">" + _t.LogLoss, ">AUC", ">ECE", .. isTrueKnown ? (string[])[">" + _t.TrueEce] : [], ">" + _t.Intercept, ">" + _t.Slope, ">" + _t.BrierSkill, ">" + _t.Interval],
                deals.Methods.Select(m => (IReadOnlyList<string>)[_t.MarkedName(m), _n.Number(m.Rows), _n.Number(m.Brier, 4), _n.Number(m.LogLoss, 3), _n.Number(m.Auc, 3), _n.Number(m.Ece, 3),
                    .. isTrueKnown ? (string[])[_n.Number(m.TrueEce, 3)] : [], _n.Number(m.Intercept, 2), _n.Number(m.Slope, 2), .. m.Method == Method.Engine ? (string[])["", ""] : [_n.Signed(m.Skill.Value, 1), Ends(m.Skill)]]));
        }, true);
        if (deals.Methods.Any(m => !m.KnowsTime)) _html.Text("p", _t.TimelessNote, "muted");
        End();
    }

    private void Groups()
    {
        Section(_t.GroupsHeading);
        Group(_t.KindsCaption, _report.Kinds, g => _t.KindName((int)g.From!.Value));
        Group(_t.HorizonsCaption, _report.Horizons, g => _t.HorizonName(g.From, g.Until));
        Group(_t.SizesCaption, _report.Sizes, g => _t.SizeName(g.From, g.Until));
        Parts(_t.TeamsCaption, _t.Team, _t.NoTeam, _report.Teams);
        Parts(_t.PipelinesCaption, _t.Pipeline, _t.NoPipeline, _report.Pipelines);
        End();
    }

    private void Parts(string caption, string kind, string none, IReadOnlyList<PartFigures> parts)
    {
        if (parts.Count == 0) return;
        string[] header = [kind, ">" + _t.Count, ">WAPE", ">" + _t.Bias, ">" + InMain, ">" + _t.Interval, ">" + _t.AdjustedPValue];
        _html.Table(caption, header, parts.Select(p => (IReadOnlyList<string>)
        [
            p.Name.Length == 0 ? none : p.Name, _n.Number(p.Windows), _n.Percent(p.Wape, 1), _n.Signed(p.Bias, 1),
            Inside(p.Coverage), Ends(p.Coverage), _n.PValue(p.AdjustedPValue),
        ]));
    }

    private void Group(string caption, IReadOnlyList<GroupFigures> groups, Func<GroupFigures, string> name)
    {
        if (groups.Count == 0) return;
        var isTrueKnown = groups.Any(g => g.OracleWape is not null);
        _html.Table(caption, [_t.Group, ">" + _t.Count, ">WAPE", ">" + _t.WapeOf(_report.Options.Reference), .. isTrueKnown ? (string[])[">" + _t.WapeOf(Method.Oracle)] : [], ">" + _t.Bias, ">" + _t.RelativeCrps, ">" + InMain, ">" + _t.Interval],
            groups.Select(g => (IReadOnlyList<string>)[name(g), _n.Number(g.Windows), _n.Percent(g.Wape, 1), _n.Percent(g.ReferenceWape, 1), .. isTrueKnown ? (string[])[_n.Percent(g.OracleWape, 1)] : [],
                _n.Signed(g.Bias, 1), _n.Percent(g.RelativeCrps, 1), Inside(g.Coverage), Ends(g.Coverage)]));
    }

    private void Truth()
    {
        if (_report.Truth is not { } truth) return;
        Section(_t.TruthHeading, _t.TruthNote);
        List<IReadOnlyList<string>> rows =
        [
            ["WAPE", _n.Percent(truth.Wape, 1), ""], [_t.WapeOf(Method.Oracle), _n.Percent(truth.OracleWape, 1), ""],
            [_t.WapeRatio, _n.Number(truth.WapeRatio.Value, 2), Ends(truth.WapeRatio, 2)], [_t.CrpsRatio, _n.Number(truth.CrpsRatio.Value, 2), Ends(truth.CrpsRatio, 2)],
            .. truth.Expected is { } expected ? ExpectedRows(expected) : [],
            .. truth.Coverage.Select(c => (IReadOnlyList<string>)[_t.TrueCoverageOf(_n.LevelNumber(c.Level)), _n.Percent(c.Coverage.Value, 1), Ends(c.Coverage)]),
        ];
        if (truth.WidthRatio is { } width) rows.Add([_t.WidthRatio(_n.LevelNumber(_report.Options.MainLevel)), _n.Number(width.Value, 2), Ends(width, 2)]);
        rows.Add([_t.TrueBias, _n.Signed(truth.Bias.Value, 1), Ends(truth.Bias)]);
        if (_report.Deals?.SkillCaptured is { } captured) rows.Add([_t.SkillCaptured, _n.Percent(captured.Value, 1), Ends(captured)]);
        _html.Table($"{_t.TruthHeading}, n = {_n.Number(truth.Windows)}", [_t.Measure, ">" + _t.Value, ">" + _t.Interval], rows);
        End();
    }

    private IEnumerable<IReadOnlyList<string>> ExpectedRows(ExpectedFigures expected) =>
    [
        [_t.ExpectedWapeRatio, _n.Number(expected.WapeRatio.Value, 2), Ends(expected.WapeRatio, 2)], [_t.ExpectedCrpsRatio, _n.Number(expected.CrpsRatio.Value, 2), Ends(expected.CrpsRatio, 2)],
        .. expected.Methods.Select(m => (IReadOnlyList<string>)[_t.ExpectedGain(m.Method), _n.Signed(m.WapeSkill.Value, 1), Ends(m.WapeSkill)]),
    ];

    private void Statistics()
    {
        Section(_t.StatisticsHeading, _report.Pit is null ? "" : _t.PitNote);
        if (_report.Pit is { } pit)
            Pair(_charts.Pit(pit), _t.PitTest(_n.Number(pit.Windows), _n.Number(pit.Statistic, 3), _n.PValue(pit.PValue)),
                () => _html.Table(_t.PitChart, [_t.Tenth, ">" + _t.Count], pit.Counts.Select((c, bin) => (IReadOnlyList<string>)[$"{_n.Number(bin / 10.0, 1)} – {_n.Number((bin + 1) / 10.0, 1)}", _n.Number(c)])));
        if (_report.Deals is { } deals)
            _html.Table(_t.Brier, [_t.MethodColumn, ">" + _t.Count, ">" + _t.Brier, ">" + _t.ReliabilityPart, ">" + _t.Resolution, ">" + _t.Uncertainty],
                deals.Methods.Select(m => (IReadOnlyList<string>)[_t.MethodName(m.Method), _n.Number(m.Rows), _n.Number(m.Brier, 4), _n.Number(m.Parts.Reliability, 4), _n.Number(m.Parts.Resolution, 4), _n.Number(m.Parts.Uncertainty, 4)]));
        _html.Text("p", _t.BootstrapNote(_n.Level(_report.Options.Level), _n.Number(_report.Options.Replicates), _report.Options.Seed.ToString(CultureInfo.InvariantCulture), _n.Number(_report.Periods), _n.Number(_report.Deals?.Clusters ?? 0)));
        _html.Raw("<div class=\"formulas\">");
        _html.Table(_t.FormulasCaption, [_t.Measure, "", ""], _t.Formulas.Select(f => (IReadOnlyList<string>)[f.Measure, f.Formula, f.Reading]));
        _html.Raw("</div>");
        End();
    }

    private void Source()
    {
        Section(_t.SourceHeading);
        _html.Raw("<div class=\"source\">");
        _html.Table(_t.SourceHeading, ["", ""],
        [
            [_t.SourceData, _header.Title], [_t.SourceCurrency, _header.Currency], [_t.SourceAsOf, _n.Date(_header.AsOf)], [_t.SourceTimestamp, _header.DataTimestamp is { } at ? _n.Instant(at) : _t.SourceUnknown],
            [_t.SourceModel, _header.ModelOptions], [_t.SourceWindows, _n.Number(_report.Windows)], [_t.SourcePeriods, _n.Number(_report.Periods)],
            [_t.SourceSeed, _header.Seed.ToString(CultureInfo.InvariantCulture)], [_t.SourceMade, _n.Instant(_header.MadeAt)],
        ]);
        _html.Raw("</div>");
        End();
    }

    private void Section(string heading, string note = "")
    {
        _html.Raw("<section>");
        _html.Text("h2", heading);
        if (note.Length > 0) _html.Text("p", note);
    }

    private void End() => _html.Raw("</section>");

    private void Pair(string? chart, string caption, Action table, bool isWide = false)
    {
        if (chart is null)
        {
            _html.Text("p", _t.None, "muted");
            return;
        }
        _html.Raw($"<div class=\"pair{(isWide ? "" : " beside")}\"><figure>{chart}<figcaption>{Html.Encode(caption)}</figcaption></figure><div>");
        table();
        _html.Raw("</div></div>");
    }

    private string Label(WindowResult w) => $"{(_report.Series > 1 ? w.Series + " " : "")}{w.Window.Period.Label}, {_t.ShortKind(w.Window.WeekOfPeriod)}";

    private string InMain => _t.BandOf(_n.LevelNumber(_report.Options.MainLevel));

    private string Inside(CoverageFigures? c) => c is null ? _n.Number(null) : _t.OutOf(c.Covered, c.Windows);

    private string Ends(CoverageFigures? c) => c is null ? _n.Number(null) : $"{_n.Percent(c.Lower, 1)} – {_n.Percent(c.Upper, 1)}";

    private string Ends(Estimate e) => e is { Lower: { } l, Upper: { } u } ? $"{_n.Percent(l, 1)} – {_n.Percent(u, 1)}" : _n.Number(null);

    private string Ends(Estimate e, int decimals) => e is { Lower: { } l, Upper: { } u } ? $"{_n.Number(l, decimals)} – {_n.Number(u, decimals)}" : _n.Number(null);
}
