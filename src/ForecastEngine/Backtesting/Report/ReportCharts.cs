namespace ForecastEngine.Backtesting.Report;

/// <summary>The drawings of the page. Each has a table beside it with the same figures.</summary>
internal sealed class ReportCharts(ReportTexts texts)
{
    private const double Right = Svg.Width - 18, Row = 22;
    private readonly Notation _n = texts.Notation;

    /// <summary>Bands, median and what came, a row per window.</summary>
    public string Forecasts(IReadOnlyList<WindowResult> windows, Func<WindowResult, string> label)
    {
        var high = windows.Max(w => Math.Max(Math.Max(w.Actual, w.Engine.Median), w.Engine.Bands.Select(b => b.Upper).DefaultIfEmpty(0).Max()));
        var low = Math.Min(0, windows.Min(w => Math.Min(w.Actual, w.Engine.Bands.Select(b => b.Lower).DefaultIfEmpty(0).Min())));
        var ticks = Ticks(low, high);
        var bottom = 8 + windows.Count * Row;
        var left = Beside(windows.Select(label));
        var svg = New("forecasts", bottom + 22, texts.ForecastsChart);
        double X(double amount) => Scale(amount, low, Math.Max(high, ticks[^1]), left, Right);
        foreach (var tick in ticks)
        {
            svg.Line(X(tick), 4, X(tick), bottom, "axis");
            svg.Text(X(tick), bottom + 14, _n.RoundMoney(tick), "s m");
        }
        for (var i = 0; i < windows.Count; i++)
        {
            var (window, y) = (windows[i], 8 + i * Row);
            var bands = window.Engine.Bands;
            svg.Text(0, y + 14, label(window));
            for (var b = bands.Count - 1; b >= 0; b--)
            {
                var height = 16 - 3 * (bands.Count - 1 - b);
                svg.Bar(X(bands[b].Lower), y + 10 - height / 2.0, X(bands[b].Upper) - X(bands[b].Lower), height, b == bands.Count - 1 ? "b95" : b == bands.Count - 2 ? "b80" : "b50");
            }
            svg.Line(X(window.Engine.Median), y + 1, X(window.Engine.Median), y + 19, "tick");
            if (bands.Count == 0 || (window.Actual >= bands[^1].Lower && window.Actual <= bands[^1].Upper)) svg.Dot(X(window.Actual), y + 10, "in", 4.5);
            else svg.Diamond(X(window.Actual), y + 10, "out");
        }
        return svg.ToString();
    }

    /// <summary>Levels as ticks, measured coverage as dots with Clopper–Pearson whiskers.</summary>
    public string Coverage(IReadOnlyList<CoverageFigures> coverage)
    {
        const double left = 48;
        var bottom = 8 + coverage.Count * 34;
        var svg = New("coverage", bottom + 22, texts.CoverageChart);
        double X(double share) => Scale(share, 0, 1, left, Right);
        for (var share = 0; share <= 4; share++)
        {
            svg.Line(X(share / 4.0), 4, X(share / 4.0), bottom, "axis");
            svg.Text(X(share / 4.0), bottom + 14, _n.Percent(share / 4.0), share == 4 ? "s e" : "s m");
        }
        for (var i = 0; i < coverage.Count; i++)
        {
            var (c, y) = (coverage[i], 8 + i * 34 + 17);
            svg.Text(0, y + 4, _n.Level(c.Level));
            svg.Line(X(c.Lower), y, X(c.Upper), y, "whisker");
            svg.Line(X(c.Level), y - 12, X(c.Level), y + 12, "tick");
            svg.Dot(X(c.Coverage), y, "dot", 5);
        }
        return svg.ToString();
    }

    /// <summary>Gains as dots with intervals, zero marked.</summary>
    public string Gains(string id, string title, IReadOnlyList<(string Name, Estimate Gain)> gains)
    {
        var left = Beside(gains.Select(g => g.Name));
        var ends = gains.SelectMany(g => new[] { g.Gain.Value, g.Gain.Lower, g.Gain.Upper }).OfType<double>().Append(0).ToArray();
        var ticks = Ticks(Math.Max(-1, ends.Min()), ends.Max());
        var (low, high) = (Math.Min(ticks[0], Math.Max(-1, ends.Min())), Math.Max(ticks[^1], ends.Max()));
        var bottom = 8 + gains.Count * 26;
        var svg = New(id, bottom + 22, title);
        double X(double gain) => Scale(Math.Max(low, gain), low, high, left, Right);
        foreach (var tick in ticks)
        {
            svg.Line(X(tick), 4, X(tick), bottom, tick == 0 ? "zero" : "axis");
            svg.Text(X(tick), bottom + 14, _n.Percent(tick), "s m");
        }
        for (var i = 0; i < gains.Count; i++)
        {
            var (gain, y) = (gains[i].Gain, 8 + i * 26 + 13);
            svg.Text(0, y + 4, gains[i].Name);
            if (gain is { Lower: { } from, Upper: { } until }) svg.Line(X(from), y, X(until), y, "whisker");
            if (gain.Value is { } value) svg.Dot(X(value), y, "dot", 5);
        }
        return svg.ToString();
    }

    /// <summary>What was promised and what came.</summary>
    public string Reliability(IReadOnlyList<ReliabilityCurve> curves)
    {
        const double left = 46, top = 40, size = 280;
        var svg = New("reliability", top + size + 38, texts.ReliabilityChart);
        (double X, double Y) At(double promised, double came) => (left + promised * size, top + (1 - came) * size);
        for (var share = 0; share <= 4; share++)
        {
            var (x, y) = At(share / 4.0, share / 4.0);
            svg.Line(x, top, x, top + size, "axis");
            svg.Line(left, y, left + size, y, "axis");
            svg.Text(x, top + size + 14, _n.Percent(share / 4.0), "s m");
            svg.Text(left - 5, y + 4, _n.Percent(share / 4.0), "s e");
        }
        svg.Path([At(0, 0), At(1, 1)], "dash");
        foreach (var curve in curves.OrderBy(c => c.Method == Method.Engine))
        {
            var mine = curve.Method == Method.Engine;
            svg.Path(curve.Bins.Select(b => At(b.MeanProbability, b.MeanOutcome)), mine ? "curve" : "other");
            foreach (var bin in curve.Bins)
            {
                var (x, y) = At(bin.MeanProbability, bin.MeanOutcome);
                if (mine) svg.Dot(x, y, "dot");
                else svg.Diamond(x, y, "othermark", 4);
            }
        }
        var entry = left;
        foreach (var curve in curves)
        {
            if (curve.Method == Method.Engine) svg.Dot(entry + 5, 10, "dot");
            else svg.Diamond(entry + 5, 10, "othermark", 4);
            svg.Text(entry + 14, 14, texts.MethodName(curve.Method));
            entry += 34 + 5.6 * texts.MethodName(curve.Method).Length;
        }
        svg.Line(left, 26, left + 16, 26, "dash");
        svg.Text(left + 20, 30, texts.Diagonal);
        svg.Text(left + size / 2, top + size + 32, texts.PromisedAxis, "m");
        return svg.ToString();
    }

    /// <summary>Windows by tenth of the probability integral transform.</summary>
    public string Pit(PitFigures pit)
    {
        const double left = 28, top = 8, height = 130;
        var high = Math.Max(pit.Counts.Max(), pit.Windows / 10.0);
        var width = (Right - left) / pit.Counts.Count;
        var svg = New("pit", top + height + 22, texts.PitChart);
        for (var bin = 0; bin < pit.Counts.Count; bin++)
        {
            var (x, tall) = (left + bin * width, height * pit.Counts[bin] / high);
            svg.Bar(x + 1, top + height - tall, width - 2, tall, "b50");
            svg.Text(x, top + height + 14, _n.Number(bin / 10.0, 1), "s m");
        }
        svg.Text(Right, top + height + 14, _n.Number(1, 1), "s m");
        svg.Line(left, top + height, Right, top + height, "zero");
        var level = top + height - height * pit.Windows / 10.0 / high;
        svg.Path([(left, level), (Right, level)], "dash");
        svg.Text(left - 4, level + 4, _n.Number(pit.Windows / 10.0, 1), "s e");
        return svg.ToString();
    }

    // Where the plot starts beside its labels, by their length in the drawing's letters.
    private static double Beside(IEnumerable<string> labels) => Math.Clamp(10 + 5.7 * labels.Max(l => l.Length), 60, 190);

    private Svg New(string id, double height, string title) => new("chart-" + id, height, title, texts.SeeTable);

    private static double Scale(double value, double low, double high, double left, double right) => high <= low ? left : left + (value - low) / (high - low) * (right - left);

    // Three to six round values that span the range.
    private static double[] Ticks(double low, double high)
    {
        var span = high - low;
        if (!(span > 0)) return [low];
        var step = Math.Pow(10, Math.Floor(Math.Log10(span / 3)));
        while (span / step > 5) step *= span / step > 12.5 ? 5 : span / step > 10 ? 2.5 : 2;
        var first = (long)Math.Ceiling(low / step - 1e-9);
        return [.. Enumerable.Range(0, (int)((long)Math.Floor(high / step + 1e-9) - first) + 1).Select(i => (first + i) * step)];
    }
}
