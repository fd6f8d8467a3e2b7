using System.Globalization;
using ForecastEngine.Cli.Notebooks.Display;
using ForecastEngine.Operations;
using ScottPlot;
using SkiaSharp;

namespace ForecastEngine.Cli.Notebooks.Charts;

/// <summary>A plot in the house's colours that becomes a picture with words. Draws with what fonts the machine has.</summary>
internal sealed class Canvas
{
    private const int Width = 760;
    private const int Height = 420;

    /// <summary>The engine, and what is expected.</summary>
    public static readonly Color Main = Color.FromHex("#1f5fa8");
    /// <summary>What is compared with it.</summary>
    public static readonly Color Other = Color.FromHex("#c8761b");
    /// <summary>Good news.</summary>
    public static readonly Color Gain = Color.FromHex("#2e8b57");
    /// <summary>Bad news.</summary>
    public static readonly Color Loss = Color.FromHex("#b03a48");
    /// <summary>What is neither.</summary>
    public static readonly Color Quiet = Color.FromHex("#9aa3ad");

    private static readonly Lazy<string> Font = new(() =>
    {
        var families = SKFontManager.Default.FontFamilies.ToList();
        return families.Count == 0
            ? throw new OperationException("Chart: found no font on this machine; expected one. Install some, for instance: apt-get install fonts-dejavu-core.")
            : new[] { "DejaVu Sans", "Liberation Sans", "Arial", "Helvetica" }.FirstOrDefault(families.Contains) ?? families[0];
    });

    private readonly string _title;
    private readonly List<string> _words = [];

    /// <summary>An empty plot.</summary>
    public Canvas(string title, string across, string up)
    {
        _title = title;
        Plot.Font.Set(Font.Value);
        Plot.Title(title, 16);
        Plot.XLabel(across, 13);
        Plot.YLabel(up, 13);
        Plot.Axes.Right.MinimumSize = 28;
        Plot.Grid.MajorLineColor = Color.FromHex("#e6e9ec");
    }

    /// <summary>The plot.</summary>
    public Plot Plot { get; } = new();

    /// <summary>Says in words what was drawn, figures included.</summary>
    public void Say(FormattableString words) => _words.Add(words.ToString(CultureInfo.InvariantCulture));

    /// <summary>Names places on the lower axis.</summary>
    public void NameAcross(IReadOnlyList<string> names)
    {
        Plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, names.Count).Select(i => (double)i)], [.. names]);
        Plot.Axes.Bottom.MajorTickStyle.Length = 0;
    }

    /// <summary>Writes amounts of the left axis in thousands and millions.</summary>
    public void AmountsUp() => Plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { LabelFormatter = v => Amount(v).Replace(".00 M", " M", StringComparison.Ordinal) };

    /// <summary>Writes fractions of the left axis as percent.</summary>
    public void PercentUp() => Plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { LabelFormatter = Percent };

    /// <summary>Writes fractions of the lower axis as percent.</summary>
    public void PercentAcross() => Plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { LabelFormatter = Percent };

    /// <summary>Puts the legend below the plot, where it hides nothing: that of what was drawn, or of what is named here.</summary>
    public void LegendBelow(params (string Name, Color Color)[] named)
    {
        foreach (var (name, color) in named) Plot.Legend.ManualItems.Add(new LegendItem { LabelText = name, FillColor = color });
        Plot.Legend.Orientation = Orientation.Horizontal;
        Plot.Legend.OutlineWidth = 0;
        Plot.Legend.ShadowColor = Colors.Transparent;
        Plot.ShowLegend(Edge.Bottom);
    }

    /// <summary>The picture.</summary>
    public Picture Picture(int height = Height) => new(Plot.GetImageBytes(Width, height, ImageFormat.Png), string.Join('\n', [$"Chart: {_title}.", .. _words]));

    /// <summary>For instance 1.3 M or 59 k.</summary>
    public static string Amount(double value) => Math.Abs(value) switch
    {
        >= 999_500 => (value / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " M",
        >= 1_000 => (value / 1e3).ToString("0", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };

    private static string Percent(double value) => (100 * value).ToString("0", CultureInfo.InvariantCulture) + " %";
}
