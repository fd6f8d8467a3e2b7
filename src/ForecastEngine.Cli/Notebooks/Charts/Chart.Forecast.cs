using ForecastEngine.Cli.Notebooks.Display;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ScottPlot;

namespace ForecastEngine.Cli.Notebooks.Charts;

/// <content>Charts of scores and forecasts.</content>
public static partial class Chart
{
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
        canvas.LegendBelow(("expected, bands of 80 and 95 %", Canvas.Main), ("won so far", Canvas.Gain));
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
            ("progress", bridge.Progress), ("market", bridge.Market), ("model", bridge.Model), ("leaning", bridge.Leaning), ("late data", bridge.LateData)];
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
}
