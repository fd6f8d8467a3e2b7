using ForecastEngine.Cli.Notebooks.Display;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;
using ScottPlot;

namespace ForecastEngine.Cli.Notebooks.Charts;

/// <summary>Charts for notebooks, a short call each. What they show is computed by the engine; each says its figures in words too.</summary>
public static partial class Chart
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
        canvas.LegendBelow();
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
        (string Column, string Name, Color Color)[] ways = [("won", "won", Canvas.Gain), ("forward", "forward", Canvas.Main), ("still_there", "still there", Color.FromHex("#d5dade")),
            ("back", "back", Canvas.Other), ("lost", "lost", Canvas.Loss)];
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
        canvas.LegendBelow([.. ways.Select(w => (w.Name, w.Color))]);
        return canvas.Picture();
    }

    private static void Band(Canvas canvas, double x, double lower, double upper, double opacity = 0.35)
    {
        var band = canvas.Plot.Add.Rectangle(x - 0.22, x + 0.22, lower, upper);
        (band.FillColor, band.LineWidth) = (Canvas.Main.WithAlpha(opacity), 0);
    }

    private static double Number(DataFrameColumn column, long row) => Convert.ToDouble(column[row], System.Globalization.CultureInfo.InvariantCulture);

    private static string Words(string driver) => driver.StartsWith("attribute:", StringComparison.Ordinal) ? driver["attribute:".Length..].Replace('_', ' ') : driver.Replace('_', ' ');
}
