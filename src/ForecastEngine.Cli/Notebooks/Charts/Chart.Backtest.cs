using System.Globalization;
using ForecastEngine.Backtesting;
using ForecastEngine.Cli.Notebooks.Display;
using ScottPlot;

namespace ForecastEngine.Cli.Notebooks.Charts;

/// <content>Charts of a backtest.</content>
public static partial class Chart
{
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
        canvas.LegendBelow();
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
        canvas.NameAcross([.. windows.Select((w, i) => windows.Count <= 8 || i % ((windows.Count + 7) / 8) == 0 ? w.Window.Cutoff.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "")]);
        canvas.AmountsUp();
        canvas.Plot.Axes.SetLimits(-0.6, windows.Count - 0.4, 0, 1.08 * windows.Max(w => Math.Max(w.Actual, w.Engine.Bands.Select(b => b.Level < 0.9 ? b.Upper : 0).DefaultIfEmpty(w.Engine.Mean).Max())));
        canvas.LegendBelow(("expected, 80 % band", Canvas.Main), ("came", Canvas.Other));
        return canvas.Picture();
    }
}
