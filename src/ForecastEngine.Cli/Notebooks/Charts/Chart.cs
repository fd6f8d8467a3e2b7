using ForecastEngine.Backtesting;
using ForecastEngine.Cli.Notebooks.Display;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;
using ScottPlot;

namespace ForecastEngine.Cli.Notebooks.Charts;

/// <summary>Charts for notebooks, a short call each. What they show is computed by the engine; each says its figures in words too.</summary>
public static class Chart
{
    private static readonly int[] ToldDays = [30, 90, 180, 365];

    /// <summary>Cumulative incidence of winning and losing by days since creation, with what is still open (Aalen–Johansen). Censored deals count as long as they were watched.</summary>
    /// <param name="opportunities">A table of <see cref="Exploration.HistoryTables.Opportunities"/>.</param>
    /// <param name="days">How far to look.</param>
    public static Picture CumulativeIncidence(DataFrame opportunities, int days = 365)
    {
        var (observed, outcome) = ((PrimitiveDataFrameColumn<double>)opportunities[TrainingTable.DaysObserved], (PrimitiveDataFrameColumn<int>)opportunities[TrainingTable.Outcome]);
        var curve = AalenJohansen.Fit([.. observed.Select(d => d!.Value)], [.. outcome.Select(o => o!.Value)], 2);
        var canvas = new Canvas("What becomes of a deal", "days since creation", "share of deals");
        double[] at = [.. Enumerable.Range(0, days + 1).Select(d => (double)d)];
        Line("won", Canvas.Gain, d => curve.IncidenceAt(1, d));
        Line("lost", Canvas.Loss, d => curve.IncidenceAt(2, d));
        Line("still open", Canvas.Quiet, curve.SurvivalAt);
        foreach (var day in ToldDays.Where(d => d <= days))
            canvas.Say($"By day {day}: won {curve.IncidenceAt(1, day):0.000}, lost {curve.IncidenceAt(2, day):0.000}, still open {curve.SurvivalAt(day):0.000}.");
        canvas.PercentUp();
        canvas.Plot.Axes.SetLimits(0, days, 0, 1);
        canvas.Plot.ShowLegend(Alignment.UpperRight);
        return canvas.Picture();

        void Line(string name, Color color, Func<double, double> value)
        {
            var line = canvas.Plot.Add.ScatterLine(at, [.. at.Select(value)], color);
            (line.LineWidth, line.LegendText) = (2.5f, name);
        }
    }

    /// <summary>Where stays in each open stage led.</summary>
    /// <param name="flow">A table of <see cref="Exploration.HistoryTables.StageFlow"/>.</param>
    public static Picture StageFlow(DataFrame flow)
    {
        (string Column, string Name, Color Color)[] ways = [("won", "won", Canvas.Gain), ("forward", "to a later stage", Canvas.Main), ("still_there", "still there", Color.FromHex("#d5dade")),
            ("back", "to an earlier stage", Canvas.Other), ("lost", "lost", Canvas.Loss)];
        var canvas = new Canvas("Where each stage leads", "", "share of stays");
        var stages = (StringDataFrameColumn)flow["stage"];
        var bars = new List<Bar>();
        for (var s = 0; s < flow.Rows.Count; s++)
        {
            var stays = Number(flow["stays"], s);
            var below = 0.0;
            foreach (var (column, _, color) in ways)
            {
                var share = stays > 0 ? Number(flow[column], s) / stays : 0;
                bars.Add(new Bar { Position = s, ValueBase = below, Value = below += share, FillColor = color, LineWidth = 0, Size = 0.7 });
            }
            canvas.Say($"{stages[s]}: {stays:0} stays, {Number(flow["forward"], s) / stays:0.000} forward, {Number(flow["back"], s) / stays:0.000} back, {Number(flow["won"], s) / stays:0.000} won, {Number(flow["lost"], s) / stays:0.000} lost.");
        }
        canvas.Plot.Add.Bars(bars);
        canvas.NameAcross([.. stages]);
        canvas.PercentUp();
        canvas.Plot.Axes.SetLimits(-0.6, flow.Rows.Count - 0.4, 0, 1.01);
        canvas.Plot.ShowLegend([.. ways.Select(w => new LegendItem { LabelText = w.Name, FillColor = w.Color })], Alignment.LowerCenter);
        canvas.Plot.Legend.Orientation = Orientation.Horizontal;
        canvas.Plot.ShowLegend(Edge.Bottom);
        return canvas.Picture();
    }

    /// <summary>What was promised of single deals and what came, by bins of equal mass: on the diagonal a probability means what it says.</summary>
    /// <param name="report">A backtest's report.</param>
    public static Picture Calibration(BacktestReport report)
    {
        var canvas = new Canvas("Calibration: won by the end of the period", "promised", "came");
        var diagonal = canvas.Plot.Add.Line(0, 0, 1, 1);
        (diagonal.Color, diagonal.LineWidth, diagonal.LinePattern) = (Canvas.Quiet, 1.5f, LinePattern.Dashed);
        foreach (var (curve, color) in (report.Deals?.Curves ?? []).Zip([Canvas.Main, Canvas.Other, Canvas.Quiet]))
        {
            double[] promised = [.. curve.Bins.Select(b => b.MeanProbability)], came = [.. curve.Bins.Select(b => b.MeanOutcome)];
            var line = canvas.Plot.Add.Scatter(promised, came, color);
            (line.LineWidth, line.MarkerSize, line.LegendText) = (2, 8, curve.Method);
            canvas.Say($"{curve.Method}: {string.Join(", ", curve.Bins.Select(b => FormattableString.Invariant($"{b.MeanProbability:0.000} came {b.MeanOutcome:0.000}")))}.");
        }
        canvas.PercentUp();
        canvas.PercentAcross();
        canvas.Plot.Axes.SetLimits(0, 1, 0, 1);
        canvas.Plot.ShowLegend(Alignment.UpperLeft);
        return canvas.Picture();
    }

    /// <summary>How often revenue fell into the bands, beside what they promised, with 95 % intervals.</summary>
    /// <param name="report">A backtest's report.</param>
    public static Picture Coverage(BacktestReport report)
    {
        var canvas = new Canvas("Coverage of the revenue bands", "level of the band", "share of periods whose revenue fell into it");
        var diagonal = canvas.Plot.Add.Line(0, 0, 1, 1);
        (diagonal.Color, diagonal.LineWidth, diagonal.LinePattern) = (Canvas.Quiet, 1.5f, LinePattern.Dashed);
        foreach (var level in report.Coverage)
        {
            var interval = canvas.Plot.Add.Line(level.Level, level.Lower, level.Level, level.Upper);
            (interval.Color, interval.LineWidth) = (Canvas.Main, 3);
            canvas.Plot.Add.Marker(level.Level, level.Coverage, MarkerShape.FilledCircle, 12, Canvas.Main);
            canvas.Say($"{100 * level.Level:0} % band: {level.Covered} of {level.Windows}, interval {level.Lower:0.000} to {level.Upper:0.000}.");
        }
        canvas.PercentUp();
        canvas.PercentAcross();
        canvas.Plot.Axes.SetLimits(0.3, 1.02, 0, 1.02);
        return canvas.Picture();
    }

    /// <summary>Past forecasts of the engine with their 80 % bands, and what came.</summary>
    /// <param name="windows">A backtest's windows.</param>
    public static Picture Windows(IReadOnlyList<WindowResult> windows)
    {
        var canvas = new Canvas("Past forecasts and what came", "as of", "revenue");
        foreach (var (window, x) in windows.Select((w, i) => (w, i)))
        {
            if (window.Engine.Bands.Where(b => Math.Abs(b.Level - 0.80) < 1e-9).ToList() is [var band])
            {
                Band(canvas, x, band.Lower, band.Upper);
                canvas.Say($"{window.Window.Period.Label} as of {window.Window.Cutoff.Date:yyyy-MM-dd}: {Canvas.Amount(window.Engine.Mean)} ({Canvas.Amount(band.Lower)} to {Canvas.Amount(band.Upper)}), came {Canvas.Amount(window.Actual)}.");
            }
            canvas.Plot.Add.Marker(x, window.Engine.Mean, MarkerShape.FilledCircle, 8, Canvas.Main);
            canvas.Plot.Add.Marker(x, window.Actual, MarkerShape.FilledDiamond, 11, Canvas.Other);
        }
        canvas.NameAcross([.. windows.Select((w, i) => windows.Count <= 8 || i % ((windows.Count + 7) / 8) == 0 ? w.Window.Cutoff.Date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : "")]);
        canvas.AmountsUp();
        canvas.Plot.Axes.SetLimits(-0.6, windows.Count - 0.4, 0, 1.08 * windows.Max(w => Math.Max(w.Actual, w.Engine.Bands.Select(b => b.Level < 0.9 ? b.Upper : 0).DefaultIfEmpty(w.Engine.Mean).Max())));
        canvas.Plot.ShowLegend([new LegendItem { LabelText = "expected, 80 % band", FillColor = Canvas.Main }, new LegendItem { LabelText = "came", FillColor = Canvas.Other }], Alignment.UpperLeft);
        return canvas.Picture();
    }

    /// <summary>Expected revenue by period with its bands of 80 and 95 %, and what is won of it already.</summary>
    /// <param name="forecasts">Forecasts of one part of the company.</param>
    public static Picture Forecast(IReadOnlyList<RevenueForecast> forecasts)
    {
        if (forecasts.Select(f => (f.Dimension, f.Key)).Distinct().Count() > 1) throw new ArgumentException("Chart: found forecasts of several parts; expected one part's. Choose one: forecasts.Where(f => f.Key == \"...\").");
        var canvas = new Canvas("Revenue forecast", "", forecasts.Count > 0 ? forecasts[0].Currency : "");
        foreach (var (forecast, x) in forecasts.Select((f, i) => (f, i)))
        {
            var (inner, outer) = (forecast.BandOf(0.80), forecast.BandOf(0.95));
            Band(canvas, x, outer.Lower, outer.Upper, 0.25);
            Band(canvas, x, inner.Lower, inner.Upper, 0.55);
            canvas.Plot.Add.Marker(x, forecast.Mean, MarkerShape.FilledCircle, 11, Canvas.Main);
            canvas.Plot.Add.Marker(x, forecast.AlreadyWon, MarkerShape.FilledDiamond, 10, Canvas.Gain);
            canvas.Say($"{forecast.Period.Label}: {Canvas.Amount(forecast.Mean)}, 80 % band {Canvas.Amount(inner.Lower)} to {Canvas.Amount(inner.Upper)}, won so far {Canvas.Amount(forecast.AlreadyWon)}.");
        }
        canvas.NameAcross([.. forecasts.Select(f => f.Period.Label)]);
        canvas.AmountsUp();
        canvas.Plot.Axes.SetLimits(-0.6, forecasts.Count - 0.4, 0, 1.08 * forecasts.Max(f => f.BandOf(0.95).Upper));
        canvas.Plot.ShowLegend([new LegendItem { LabelText = "expected, bands of 80 and 95 %", FillColor = Canvas.Main }, new LegendItem { LabelText = "won so far", FillColor = Canvas.Gain }], Alignment.LowerLeft);
        return canvas.Picture();
    }

    /// <summary>Why a win probability is what it is: from the average deal, driver by driver, to this one.</summary>
    /// <param name="score">An explained score.</param>
    public static Picture Drivers(OpportunityScore score)
    {
        var canvas = new Canvas($"Why {score.OpportunityId} stands at {100 * score.WinProbability:0} %", "", "win probability");
        var start = score.BaseProbability ?? throw new ArgumentException($"Chart: found no drivers of {score.OpportunityId}; expected an explained score. Ask for one: await bench.Explain(\"{score.OpportunityId}\").");
        Steps(canvas, "average deal", start, [.. score.Drivers.Select(d => (Words(d.Name), d.Contribution))], "this deal");
        canvas.Say($"Average deal {start:0.0000}; {string.Join(", ", score.Drivers.Select(d => FormattableString.Invariant($"{Words(d.Name)} {d.Contribution:+0.0000;-0.0000}")))}; this deal {score.WinProbability:0.0000}.");
        canvas.PercentUp();
        return canvas.Picture();
    }

    /// <summary>Why a forecast moved between two runs, step by step.</summary>
    /// <param name="bridge">The move told apart.</param>
    /// <param name="title">What moved.</param>
    public static Picture Bridge(ForecastBridge bridge, string title)
    {
        var canvas = new Canvas(title, "", "expected revenue");
        (string Name, double Step)[] steps = [("won", bridge.Won), ("lost", bridge.Lost), ("new", bridge.New), ("moved", bridge.Moved), ("amount", bridge.Amount), ("timing", bridge.Timing),
            ("progress", bridge.Progress), ("market", bridge.Market), ("model", bridge.Model), ("late data", bridge.LateData)];
        Steps(canvas, "before", bridge.Before, [.. steps.Where(s => Math.Abs(s.Step) >= 0.5)], "after");
        canvas.Say($"Before {Canvas.Amount(bridge.Before)}; {string.Join(", ", steps.Select(s => s.Name + " " + Canvas.Amount(s.Step)))}; after {Canvas.Amount(bridge.After)}.");
        canvas.AmountsUp();
        return canvas.Picture();
    }

    private static void Steps(Canvas canvas, string first, double start, IReadOnlyList<(string Name, double Step)> steps, string last)
    {
        var bars = new List<Bar> { new() { Position = 0, Value = start, FillColor = Canvas.Quiet, LineWidth = 0 } };
        var (sum, least, most) = (start, Math.Min(0, start), start);
        foreach (var (_, step) in steps)
        {
            bars.Add(new Bar { Position = bars.Count, ValueBase = sum, Value = sum + step, FillColor = step >= 0 ? Canvas.Gain : Canvas.Loss, LineWidth = 0 });
            (sum, least, most) = (sum + step, Math.Min(least, sum + step), Math.Max(most, sum + step));
        }
        bars.Add(new Bar { Position = bars.Count, Value = sum, FillColor = Canvas.Main, LineWidth = 0 });
        canvas.Plot.Add.Bars(bars);
        canvas.NameAcross([first, .. steps.Select(s => s.Name), last]);
        canvas.Plot.Axes.Bottom.TickLabelStyle.Rotation = -35;
        canvas.Plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.UpperRight;
        canvas.Plot.Axes.SetLimits(-0.7, bars.Count - 0.3, least, least + 1.1 * (most - least));
        canvas.Plot.Axes.Bottom.MinimumSize = 70;
    }

    private static void Band(Canvas canvas, double x, double lower, double upper, double opacity = 0.35)
    {
        var band = canvas.Plot.Add.Rectangle(x - 0.22, x + 0.22, lower, upper);
        (band.FillColor, band.LineWidth) = (Canvas.Main.WithAlpha(opacity), 0);
    }

    private static double Number(DataFrameColumn column, long row) => Convert.ToDouble(column[row], System.Globalization.CultureInfo.InvariantCulture);

    private static string Words(string driver) => driver.StartsWith("attribute:", StringComparison.Ordinal) ? driver["attribute:".Length..].Replace('_', ' ') : driver.Replace('_', ' ');
}
